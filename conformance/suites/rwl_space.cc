// Space that comes back, and disks that are full.

#include <sys/statvfs.h>

#include <cerrno>
#include <functional>

#include "conformance/suites/bulk.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/store_paths.h"
#include "runtime/base/sha256.h"

namespace cowbell::conformance {
namespace {

using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

constexpr uint64_t kBytes = 8 * kMiB;
constexpr uint64_t kSlack = 256 * kKiB;

// Bytes that may still be written on the volume of the store.
uint64_t FreeOn(const OwnPaths& own) {
  struct statvfs volume {};
  if (statvfs(own.store.c_str(), &volume) != 0) {
    throw SceneError("statvfs '" + own.store + "': " + ErrnoText(errno));
  }
  return uint64_t{volume.f_bfree} * volume.f_frsize;
}

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

// A file without a name takes its space until nobody has it open.
void UnlinkedButOpen(Scene& scene, const std::function<void(Container&, Actor&)>& let_go) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));
  const OwnPaths own = PathsOf(scene, container);
  Actor actor = scene.Start(container);
  const uint64_t before = FreeOn(own);
  Require(actor.Open("f", "/t/open", "rdwr,creat,excl"));
  Require(actor.Pwrite("f", 0, std::string(kBytes, 'x')));
  Require(actor.Unlink("/t/open"));
  EXPECT_THAT(FreeOn(own), Le(before - kBytes)) << "while it is open";

  let_go(container, actor);

  EXPECT_THAT(FreeOn(own), Ge(before - kSlack)) << "when nobody has it open any more";
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

// Writes until nothing goes any more, down to the last block. The answer is what was free before.
uint64_t Fill(Scene& scene, const OwnPaths& own, Actor& actor) {
  scene.LeaveFree(16 * kMiB);
  const uint64_t before = FreeOn(own);
  EXPECT_THAT(TryWriteBulk(actor, "/t", 1000), FailsWith(ENOSPC));
  Status small = Ok();
  for (int i = 0; i < 1000 && small.has_value(); ++i)
    small = actor.CreateFile("/t/small" + std::to_string(i), std::string(4 * kKiB, 'x'));
  EXPECT_THAT(small, FailsWith(ENOSPC));
  return before;
}

COWBELL_CASE(RWL_033, AContainerOnAFullDiskIsListedStoppedAndRemoved) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  Container& container = scene.Create(image);
  const OwnPaths own = PathsOf(scene, container);
  Actor actor = scene.Start(container);
  const uint64_t before = Fill(scene, own, actor);

  EXPECT_THAT(scene.Run({"container", "ls", "--quiet", "--no-trunc"}).out,
              HasSubstr(container.id()));
  EXPECT_THAT(scene.Run({"container", "stop", "--time", "0", container.name()}), ExitsWith(0));
  actor.Abandon();
  EXPECT_EQ(StatusOf(scene, container.name()), "exited");
  EXPECT_THAT(scene.Run({"container", "rm", container.name()}), ExitsWith(0));

  EXPECT_THAT(FreeOn(own), Ge(before - kMiB));
  Actor next = scene.Start(scene.Create(image));
  EXPECT_THAT(next.CreateFile("/t/again", "works"), Succeeds());
  next.Finish();
}

COWBELL_CASE(RWL_033, AContainerThatEndsOnAFullDiskIsRemoved) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  Container& container = scene.Create(image);
  const OwnPaths own = PathsOf(scene, container);
  Actor actor = scene.Start(container);
  const uint64_t before = Fill(scene, own, actor);
  actor.Finish();

  EXPECT_EQ(StatusOf(scene, container.name()), "exited");
  EXPECT_THAT(scene.Run({"container", "rm", container.name()}), ExitsWith(0));
  EXPECT_THAT(FreeOn(own), Ge(before - kMiB));
}

COWBELL_CASE(RWL_033, ARunningContainerOnAFullDiskIsRemovedByForce) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  Container& container = scene.Create(image);
  const OwnPaths own = PathsOf(scene, container);
  Actor actor = scene.Start(container);
  const uint64_t before = Fill(scene, own, actor);

  EXPECT_THAT(scene.Run({"container", "rm", "--force", container.name()}), ExitsWith(0));
  actor.Abandon();
  EXPECT_THAT(FreeOn(own), Ge(before - kMiB));
}

COWBELL_CASE(RWL_034, ALoadThatDoesNotFitLeavesNothingAndFitsLater) {
  const OwnPaths own = PathsOf(scene, scene.Create(scene.MakeImage({Layer().Dir("t/")})));
  const std::string ref = NewImageRef(scene, "large");
  const std::string content = UniqueBytes(kBytes);
  const ImageSpec spec = ProbeImage(scene, {ref}, {Layer().Dir("t/").File("t/big", content)});
  // The archive lies on the same volume: it fits, its content does not fit beside it.
  scene.LeaveFree(kBytes + 4 * kMiB);
  const uint64_t before = FreeOn(own);

  const Result<Image*> loaded = scene.TryLoad(spec);

  EXPECT_THAT(loaded, IsRefused());
  if (!loaded.has_value()) {
    EXPECT_THAT(loaded.error().ToString(), HasSubstr("exit code")) << "not the engine's word";
  }
  EXPECT_FALSE(ImageExists(scene, ref)) << "half an image";
  EXPECT_THAT(FreeOn(own), Ge(before - kMiB)) << "what the failed load left";

  scene.LeaveFree(64 * kMiB);
  Actor actor = scene.Start(scene.Create(scene.Load(spec)));
  EXPECT_EQ(HashOf(actor, "/t/big"), Sha256Hex(content));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
