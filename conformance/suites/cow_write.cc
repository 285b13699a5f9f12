// COW-001, COW-018, COW-023: data written to a file of the image.

#include <algorithm>
#include <map>

#include "conformance/harness/scene.h"
#include "conformance/suites/lowers.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"
#include "fixtures/image/model.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

constexpr char kBig[] = "/t/big";
constexpr uint64_t kOffset = 4096;

// 8 KiB, so that a write in the middle leaves bytes of the image on both sides.
std::string ImageBytes() {
  std::string bytes;
  for (int i = 0; bytes.size() < 2 * kOffset; ++i)
    bytes += "line " + std::to_string(i) + "\n";
  bytes.resize(2 * kOffset);
  return bytes;
}

std::string ChangedBytes() { return ImageBytes().replace(kOffset, 3, "NEW"); }

std::vector<Layer> BigFile() {
  Layer layer = Layer().Dir("t/").File("t/big", ImageBytes());
  layer.Mode(0741).Owner(70123, 70124).Xattr("user.cowbell", "kept");
  return {layer};
}

void ChangeTheMiddle(Actor& actor) {
  EXPECT_THAT(actor.Open("f", kBig, "rdwr"), Succeeds());
  EXPECT_THAT(actor.Pwrite("f", kOffset, "NEW"), Succeeds());
  EXPECT_THAT(actor.Close("f"), Succeeds());
}

void ExpectChangeIsSeen(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(BigFile()));

  ChangeThenJudge(scene, container, when, ChangeTheMiddle,
                  [&](Actor& actor) { EXPECT_THAT(actor.Read(kBig), Yields(ChangedBytes())); });
}

COWBELL_CASE(COW_001, WriterSeesItsChangeAtOnce) { ExpectChangeIsSeen(scene, When::kLive); }
COWBELL_CASE(COW_001, WriterSeesItsChangeAfterRestart) {
  ExpectChangeIsSeen(scene, When::kRestarted);
}

COWBELL_CASE(COW_001, OtherContainersSeeTheImage) {
  Image& image = scene.MakeImage(BigFile());
  Container& sibling = scene.Create(image);
  {
    Actor writer = scene.Start(scene.Create(image));
    ChangeTheMiddle(writer);
    writer.Finish();
  }
  Container& later = scene.Create(image);
  const Tree expected = ModelPart(BigFile(), "/t");

  for (Container* container : {&sibling, &later}) {
    Actor reader = scene.Start(*container);
    EXPECT_THAT(SeenPart(reader, "/t"), Yields(IsTree(expected)))
        << (container == &sibling ? "created before the write" : "created after the write");
    reader.Finish();
  }
}

COWBELL_CASE(COW_001, LowerFileKeepsBytesAndMetadata) {
  Container& container = scene.Create(scene.MakeImage(BigFile()));
  const LowerTrees before = ReadLowers(scene, container);

  Actor actor = scene.Start(container);
  ChangeTheMiddle(actor);
  actor.Finish();

  ExpectLowersUnchanged(before);
}

constexpr int kWorkers = 4;
constexpr int kFiles = 60;

std::vector<Layer> ManyFiles() {
  Layer layer;
  layer.Dir("t/").Dir("t/dir/");
  for (int i = 0; i < kFiles; ++i)
    layer.File("t/dir/f" + std::to_string(i), "old");
  return {layer};
}

// All workers append to every file at once, so each file meets several first writes.
void AppendConcurrently(Actor& actor, bool rivals) {
  const auto reply = actor.Do("appenders", {std::to_string(kWorkers), "1", "/t/dir",
                                            std::to_string(kFiles), rivals ? "1" : "0"});
  EXPECT_THAT(reply, Succeeds());
}

// The content with the appended bytes in sorted order: who comes first is open.
std::string Normalised(std::string content) {
  if (content.size() > 3) std::sort(content.begin() + 3, content.end());
  return content;
}

void ExpectNothingIsLost(Scene& scene, bool rivals, When when) {
  Container& container = scene.Create(scene.MakeImage(ManyFiles()));
  std::map<std::string, std::string> expected;
  for (int i = 0; i < kFiles; ++i)
    expected["f" + std::to_string(i)] = "oldABCD";

  ChangeThenJudge(
      scene, container, when, [&](Actor& actor) { AppendConcurrently(actor, rivals); },
      [&](Actor& actor) {
        std::map<std::string, std::string> seen;
        for (const std::string& name : Require(actor.Names("/t/dir"))) {
          const auto content = actor.Read("/t/dir/" + name);
          seen[name] =
              content.has_value() ? Normalised(content.value()) : content.error().ToString();
        }
        EXPECT_THAT(seen, ::testing::ContainerEq(expected));
      });
}

COWBELL_CASE(COW_018, NoAppendIsLost) { ExpectNothingIsLost(scene, false, When::kLive); }
COWBELL_CASE(COW_018, NoAppendIsLostAfterRestart) {
  ExpectNothingIsLost(scene, false, When::kRestarted);
}
COWBELL_CASE(COW_018, NoAppendIsLostBesideChmodAndTruncate) {
  ExpectNothingIsLost(scene, true, When::kLive);
}

COWBELL_CASE(COW_018, OneCopyAndNoTemporaryFileIsLeft) {
  Container& container = scene.Create(scene.MakeImage(ManyFiles()));
  Result<std::string> upper = container.UpperDir();
  if (!upper.has_value()) scene.SkipNotApplicable(upper.error().ToString());

  Actor actor = scene.Start(container);
  AppendConcurrently(actor, true);
  actor.Finish();

  NameList expected;
  for (int i = 0; i < kFiles; ++i)
    expected.push_back("f" + std::to_string(i));
  EXPECT_THAT(ListDir(upper.value() + "/t/dir"),
              Yields(::testing::UnorderedElementsAreArray(expected)));
  // overlayfs keeps what it is about to move into place in a directory beside the upper one.
  const std::string work = upper.value().substr(0, upper.value().rfind('/')) + "/work/work";
  if (Exists(work)) {
    EXPECT_THAT(ListDir(work), Yields(::testing::IsEmpty()));
  }
}

void ExpectOldDescriptorSees(Scene& scene, Origin origin, const std::function<void(Actor&)>& write,
                             const std::string& expected) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));
  Actor actor = scene.Start(container);
  Prepare(actor, origin);
  Require(actor.Open("a", kTarget, "rdonly"));
  if (Require(actor.Pread("a", 0, 100)) != kTargetContent) {
    throw SceneError("the file of the image does not hold its content to begin with");
  }

  write(actor);

  EXPECT_THAT(actor.Pread("a", 0, 100), Yields(expected));
  actor.Finish();
}

void WriteThroughDescriptor(Actor& actor) {
  EXPECT_THAT(actor.Open("b", kTarget, "rdwr"), Succeeds());
  EXPECT_THAT(actor.Pwrite("b", 0, "NEW"), Succeeds());
}

COWBELL_CASE(COW_023, WriteToImageFileIsSeen) {
  ExpectOldDescriptorSees(scene, Origin::kImage, WriteThroughDescriptor, "NEW");
}
COWBELL_CASE(COW_023, WriteToFileOfTwoLayersIsSeen) {
  ExpectOldDescriptorSees(scene, Origin::kTwoLayers, WriteThroughDescriptor, "NEW");
}
COWBELL_CASE(COW_023, WriteToCopiedUpFileIsSeen) {
  ExpectOldDescriptorSees(scene, Origin::kCopiedUp, WriteThroughDescriptor, "NEW");
}
COWBELL_CASE(COW_023, AppendIsSeen) {
  ExpectOldDescriptorSees(
      scene, Origin::kImage,
      [](Actor& actor) { EXPECT_THAT(actor.Append(kTarget, " and new"), Succeeds()); },
      "old and new");
}
COWBELL_CASE(COW_023, TruncationAndRewriteAreSeen) {
  ExpectOldDescriptorSees(
      scene, Origin::kImage,
      [](Actor& actor) { EXPECT_THAT(actor.Write(kTarget, "replaced"), Succeeds()); }, "replaced");
}
// The copy-up comes first, by metadata alone.
COWBELL_CASE(COW_023, WriteAfterChmodIsSeen) {
  ExpectOldDescriptorSees(
      scene, Origin::kImage,
      [](Actor& actor) {
        Require(actor.Chmod(kTarget, 0600));
        WriteThroughDescriptor(actor);
      },
      "NEW");
}

}  // namespace
}  // namespace cowbell::conformance
