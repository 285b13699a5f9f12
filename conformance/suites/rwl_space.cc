// Space that comes back, and disks that are full.

#include <functional>

#include "conformance/harness/small_disk.h"
#include "conformance/suites/bulk.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/store_paths.h"
#include "runtime/base/sha256.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

constexpr uint64_t kBytes = 8 * kMiB;
constexpr uint64_t kSlack = 256 * kKiB;

uint64_t FreeOn(const std::string& disk) { return Require(FreeBytes(disk)); }

// Most engines' stores lie on a disk that others write too: there the RW layer's own directory says
// what it takes.
COWBELL_CASE(RWL_008, TheRwLayerShrinksWhenItsFilesAreDeleted) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));
  const OwnPaths own = PathsOf(scene, container);
  Actor actor = scene.Start(container);
  Require(actor.Mkdir("/t/own"));
  const uint64_t before = UsageOf(own.upper);
  WriteBulk(actor, "/t/own", kBytes / kMiB);
  ASSERT_THAT(UsageOf(own.upper), Ge(before + kBytes));

  Require(actor.RemoveTree("/t/own"));

  EXPECT_THAT(UsageOf(own.upper), Le(before + kSlack));
  actor.Finish();
}

COWBELL_CASE(RWL_008, TheDiskHasItsSpaceBack) {
  const std::string disk = SmallDiskOf(scene);
  Actor actor = scene.Start(scene.Create(scene.MakeImage({Layer().Dir("t/")})));
  Require(actor.Mkdir("/t/own"));
  const uint64_t before = FreeOn(disk);
  WriteBulk(actor, "/t/own", kBytes / kMiB);
  ASSERT_THAT(FreeOn(disk), Le(before - kBytes));

  Require(actor.RemoveTree("/t/own"));

  EXPECT_THAT(FreeOn(disk), Ge(before - kSlack));
  actor.Finish();
}

// A file without a name takes its space until nobody has it open.
void UnlinkedButOpen(Scene& scene, const std::function<void(Container&, Actor&)>& let_go) {
  const std::string disk = SmallDiskOf(scene);
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));
  Actor actor = scene.Start(container);
  const uint64_t before = FreeOn(disk);
  Require(actor.Open("f", "/t/open", "rdwr,creat,excl"));
  Require(actor.Pwrite("f", 0, std::string(kBytes, 'x')));
  Require(actor.Unlink("/t/open"));
  EXPECT_THAT(FreeOn(disk), Le(before - kBytes)) << "while it is open";

  let_go(container, actor);

  EXPECT_THAT(FreeOn(disk), Ge(before - kSlack)) << "when nobody has it open any more";
}

COWBELL_CASE(RWL_009, SpaceOfAnUnlinkedFileReturnsAtClose) {
  UnlinkedButOpen(scene, [](Container&, Actor& actor) {
    Require(actor.Close("f"));
    actor.Finish();
  });
}

COWBELL_CASE(RWL_009, SpaceOfAnUnlinkedFileReturnsAtTheContainersEnd) {
  UnlinkedButOpen(scene, [](Container&, Actor& actor) { actor.Finish(); });
}

COWBELL_CASE(RWL_009, SpaceOfAnUnlinkedFileReturnsWhenTheContainerIsKilled) {
  UnlinkedButOpen(scene, [&](Container& container, Actor& actor) {
    scene.Must({"container", "kill", container.name()});
    actor.Abandon();
    scene.Must({"container", "wait", container.name()});
  });
}

// Writes until nothing goes any more, down to the last block.
void FillDisk(Actor& actor) {
  EXPECT_THAT(TryWriteBulk(actor, "/t", 1000), FailsWith(ENOSPC));
  Status small = Ok();
  for (int i = 0; i < 1000 && small.has_value(); ++i)
    small = actor.CreateFile("/t/small" + std::to_string(i), std::string(4 * kKiB, 'x'));
  EXPECT_THAT(small, FailsWith(ENOSPC));
}

COWBELL_CASE(RWL_033, AContainerOnAFullDiskIsListedStoppedAndRemoved) {
  const std::string disk = SmallDiskOf(scene);
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  const uint64_t before = FreeOn(disk);
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  FillDisk(actor);

  EXPECT_THAT(scene.Run({"container", "ls", "--quiet", "--no-trunc"}).out,
              HasSubstr(container.id()));
  EXPECT_THAT(scene.Run({"container", "stop", "--time", "0", container.name()}), ExitsWith(0));
  actor.Abandon();
  EXPECT_EQ(StatusOf(scene, container.name()), "exited");
  EXPECT_THAT(scene.Run({"container", "rm", container.name()}), ExitsWith(0));

  EXPECT_THAT(FreeOn(disk), Ge(before - kMiB));
  Actor next = scene.Start(scene.Create(image));
  EXPECT_THAT(next.CreateFile("/t/again", "works"), Succeeds());
  next.Finish();
}

COWBELL_CASE(RWL_033, AContainerThatEndsOnAFullDiskIsRemoved) {
  const std::string disk = SmallDiskOf(scene);
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  const uint64_t before = FreeOn(disk);
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  FillDisk(actor);
  actor.Finish();

  EXPECT_EQ(StatusOf(scene, container.name()), "exited");
  EXPECT_THAT(scene.Run({"container", "rm", container.name()}), ExitsWith(0));
  EXPECT_THAT(FreeOn(disk), Ge(before - kMiB));
}

COWBELL_CASE(RWL_033, ARunningContainerOnAFullDiskIsRemovedByForce) {
  const std::string disk = SmallDiskOf(scene);
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  const uint64_t before = FreeOn(disk);
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  FillDisk(actor);

  EXPECT_THAT(scene.Run({"container", "rm", "--force", container.name()}), ExitsWith(0));
  actor.Abandon();
  EXPECT_THAT(FreeOn(disk), Ge(before - kMiB));
}

COWBELL_CASE(RWL_034, ALoadThatDoesNotFitLeavesNothingAndFitsLater) {
  const std::string disk = SmallDiskOf(scene);
  // Neither fits beside the other.
  const uint64_t size = FreeOn(disk) * 6 / 10;
  Image& first = scene.Load(ProbeImage(scene, {NewImageRef(scene, "first")},
                                       {Layer().Dir("t/").File("t/big", UniqueBytes(size))}));
  const uint64_t before = FreeOn(disk);
  const std::string ref = NewImageRef(scene, "second");
  const std::string content = UniqueBytes(size);
  const ImageSpec second = ProbeImage(scene, {ref}, {Layer().Dir("t/").File("t/big", content)});

  EXPECT_THAT(scene.TryLoad(second), IsRefused());
  EXPECT_FALSE(ImageExists(scene, ref)) << "half an image";
  EXPECT_THAT(FreeOn(disk), Ge(before - kMiB)) << "what the failed load left";

  scene.Must({"image", "rm", first.ref()});
  Actor actor = scene.Start(scene.Create(scene.Load(second)));
  EXPECT_EQ(Require(actor.Stat("/t/big")).size, size);
  EXPECT_EQ(HashOf(actor, "/t/big"), Sha256Hex(content));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
