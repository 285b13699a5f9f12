// COW-002 to 005, 007 to 009, 022: opening, reading, truncating and the first write.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/answers.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"
#include "conformance/suites/upper.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

std::vector<Layer> ReadableThings() {
  return {Layer()
              .Dir("t/")
              .File("t/file", "of the image")
              .Xattr("user.cowbell", "x")
              .Symlink("t/link", "file")
              .Fifo("t/fifo")
              .Dir("t/dir/")
              .File("t/dir/child", "c")};
}

void ReadEverything(Actor& actor) {
  Require(actor.Read("/t/file"));
  Require(actor.Read("/t/link"));
  Require(actor.Do("hash", {"/t/dir/child"}));
  Require(actor.Stat("/t/link"));
  Require(actor.Lstat("/t/fifo"));
  Require(actor.Do("access", {"/t/file", "rw"}));
  Require(actor.Readlink("/t/link"));
  Require(actor.Do("listxattr", {"/t/file"}));
  Require(actor.Getxattr("/t/file", "user.cowbell"));
  Require(actor.List("/t/dir"));
  Require(actor.ReadTree("/t"));
}

void MapAndLock(Actor& actor) {
  Require(actor.Open("f", "/t/file", "rdonly"));
  Require(actor.Do("map", {"m", "f", "12", "r", "shared"}));
  EXPECT_THAT(Ask(actor, "peek", {"m", "0", "12"}, "data"), Yields(std::string("of the image")));
  Require(actor.Flock("f", "sh", true));
  Require(actor.Do("unmap", {"m"}));
  Require(actor.Close("f"));
}

void ExpectNothingCopied(Scene& scene, const std::string& path,
                         const std::function<void(Actor&)>& read) {
  Container& container = scene.Create(scene.MakeImage(ReadableThings()));
  const std::string copy = InUpper(scene, container, path);
  Actor actor = scene.Start(container);

  read(actor);

  EXPECT_FALSE(Exists(copy)) << copy;
  actor.Finish();
}

COWBELL_CASE(COW_002, ReadingCopiesNothing) { ExpectNothingCopied(scene, "/t", ReadEverything); }
COWBELL_CASE(COW_002, MappingForReadingCopiesNothing) {
  ExpectNothingCopied(scene, "/t", MapAndLock);
}
COWBELL_CASE(COW_002, ExecutingCopiesNothing) {
  ExpectNothingCopied(scene, probe::kProbePath, [](Actor& actor) {
    EXPECT_THAT(Ask(actor, "exec", {"0", "0", probe::kProbePath, "echo", "it runs"}, "out"),
                Yields(std::string("it runs\n")));
  });
}

// 64 KiB of which every line is another one.
std::string LongText() {
  std::string text;
  for (int i = 0; text.size() < (64 << 10); ++i)
    text += "line " + std::to_string(i) + "\n";
  text.resize(64 << 10);
  return text;
}

// As kTarget of origin.h, with more in it.
std::vector<Layer> LongTarget(Origin origin) {
  std::vector<Layer> layers = LayersFor(origin);
  for (Layer& layer : layers) {
    for (Entry& entry : layer.entries()) {
      if (entry.name == "t/foo") entry.content = LongText();
    }
  }
  return layers;
}

void ExpectRestKept(Scene& scene, Origin origin, When when, const std::string& flags) {
  Container& container = scene.Create(scene.MakeImage(LongTarget(origin)));
  const std::string expected = LongText().replace(100, 3, "NEW");

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        if (origin == Origin::kCreated) Require(actor.Write(kTarget, LongText()));
        EXPECT_THAT(actor.Open("f", kTarget, flags), Succeeds());
        EXPECT_THAT(actor.Pwrite("f", 100, "NEW"), Succeeds());
        EXPECT_THAT(actor.Close("f"), Succeeds());
      },
      [&](Actor& actor) { EXPECT_THAT(actor.Read(kTarget), Yields(expected)); });
}

COWBELL_CASE(COW_003, WriteToImageFileKeepsTheRest) {
  ExpectRestKept(scene, Origin::kImage, When::kLive, "wronly");
}
COWBELL_CASE(COW_003, WriteToImageFileKeepsTheRestAfterRestart) {
  ExpectRestKept(scene, Origin::kImage, When::kRestarted, "wronly");
}
COWBELL_CASE(COW_003, ReadWriteDescriptorKeepsTheRest) {
  ExpectRestKept(scene, Origin::kImage, When::kLive, "rdwr");
}
COWBELL_CASE(COW_003, WriteToFileOfTwoLayersKeepsTheRest) {
  ExpectRestKept(scene, Origin::kTwoLayers, When::kLive, "wronly");
}
COWBELL_CASE(COW_003, WriteToCopiedUpFileKeepsTheRest) {
  ExpectRestKept(scene, Origin::kCopiedUp, When::kLive, "wronly");
}
COWBELL_CASE(COW_003, WriteToCreatedFileKeepsTheRest) {
  ExpectRestKept(scene, Origin::kCreated, When::kRestarted, "wronly");
}

// Opens with `flags`, writes `data`, and expects nothing but that.
void ExpectTruncated(Scene& scene, Origin origin, When when, const std::string& flags,
                     const std::string& data) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        EXPECT_THAT(actor.Open("f", kTarget, flags), Succeeds());
        if (!data.empty()) {
          EXPECT_THAT(actor.Pwrite("f", 0, data), Succeeds());
        }
        EXPECT_THAT(actor.Close("f"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Read(kTarget), Yields(data));
        EXPECT_THAT(actor.Lstat(kTarget),
                    Yields(::testing::Field("size", &FileStat::size, data.size())));
      });
}

COWBELL_CASE(COW_004, WriteOnlyLeavesOnlyTheNew) {
  ExpectTruncated(scene, Origin::kImage, When::kLive, "wronly,trunc", "q");
}
COWBELL_CASE(COW_004, WriteOnlyLeavesOnlyTheNewAfterRestart) {
  ExpectTruncated(scene, Origin::kImage, When::kRestarted, "wronly,trunc", "q");
}
COWBELL_CASE(COW_004, ReadWriteLeavesOnlyTheNew) {
  ExpectTruncated(scene, Origin::kImage, When::kLive, "rdwr,trunc", "q");
}
COWBELL_CASE(COW_004, AppendLeavesOnlyTheNew) {
  ExpectTruncated(scene, Origin::kImage, When::kLive, "wronly,append,trunc", "q");
}
COWBELL_CASE(COW_004, CreateLeavesOnlyTheNew) {
  ExpectTruncated(scene, Origin::kImage, When::kLive, "wronly,creat,trunc", "q");
}
COWBELL_CASE(COW_004, FileOfTwoLayersHoldsOnlyTheNew) {
  ExpectTruncated(scene, Origin::kTwoLayers, When::kRestarted, "wronly,trunc", "q");
}
COWBELL_CASE(COW_004, CopiedUpFileHoldsOnlyTheNew) {
  ExpectTruncated(scene, Origin::kCopiedUp, When::kLive, "wronly,trunc", "q");
}
COWBELL_CASE(COW_004, CreatedFileHoldsOnlyTheNew) {
  ExpectTruncated(scene, Origin::kCreated, When::kLive, "wronly,trunc", "q");
}

COWBELL_CASE(COW_005, ImageFileIsEmptied) {
  ExpectTruncated(scene, Origin::kImage, When::kLive, "rdonly,trunc", "");
}
COWBELL_CASE(COW_005, ImageFileIsEmptiedForGood) {
  ExpectTruncated(scene, Origin::kImage, When::kRestarted, "rdonly,trunc", "");
}
COWBELL_CASE(COW_005, FileOfTwoLayersIsEmptied) {
  ExpectTruncated(scene, Origin::kTwoLayers, When::kLive, "rdonly,trunc", "");
}
COWBELL_CASE(COW_005, CopiedUpFileIsEmptied) {
  ExpectTruncated(scene, Origin::kCopiedUp, When::kLive, "rdonly,trunc", "");
}

constexpr size_t kLengths = 30;
constexpr char kTwelve[] = "twelve bytes";

// One file for each length. `truncated`: what they are to become.
std::vector<Layer> FilesToTruncate(bool truncated) {
  Layer layer = Layer().Dir("t/");
  for (size_t length = 0; length < kLengths; ++length) {
    std::string content = kTwelve;
    if (truncated) content.resize(length, '\0');
    layer.File("t/f" + std::to_string(length), content);
  }
  return {layer};
}

using TruncateTo = std::function<void(Actor&, const std::string& path, size_t length)>;

void ByName(Actor& actor, const std::string& path, size_t length) {
  EXPECT_THAT(actor.Truncate(path, length), Succeeds()) << length;
}
void ByDescriptor(Actor& actor, const std::string& path, size_t length) {
  EXPECT_THAT(actor.Open("f", path, "wronly"), Succeeds());
  EXPECT_THAT(actor.Do("ftruncate", {"f", std::to_string(length)}), Succeeds()) << length;
  EXPECT_THAT(actor.Close("f"), Succeeds());
}

void ExpectLengths(Scene& scene, When when, const TruncateTo& truncate) {
  Container& container = scene.Create(scene.MakeImage(FilesToTruncate(false)));
  std::set<std::string> paths;
  for (size_t length = 0; length < kLengths; ++length)
    paths.insert("/t/f" + std::to_string(length));
  const Tree expected = ModelPart(FilesToTruncate(true), "/t", paths);

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        for (size_t length = 0; length < kLengths; ++length)
          truncate(actor, "/t/f" + std::to_string(length), length);
      },
      [&](Actor& actor) { EXPECT_THAT(SeenPart(actor, "/t", paths), Yields(IsTree(expected))); });
}

COWBELL_CASE(COW_007, TruncateGivesEveryLength) { ExpectLengths(scene, When::kLive, ByName); }
COWBELL_CASE(COW_007, TruncateGivesEveryLengthAfterRestart) {
  ExpectLengths(scene, When::kRestarted, ByName);
}
COWBELL_CASE(COW_007, FtruncateGivesEveryLength) {
  ExpectLengths(scene, When::kLive, ByDescriptor);
}
COWBELL_CASE(COW_007, FtruncateGivesEveryLengthAfterRestart) {
  ExpectLengths(scene, When::kRestarted, ByDescriptor);
}

// The first truncation copies up, the second one works on the copy.
COWBELL_CASE(COW_007, ShrunkAndGrownFileHoldsZeros) {
  Container& container = scene.Create(scene.MakeImage(FilesToTruncate(false)));

  ChangeThenJudge(
      scene, container, When::kRestarted,
      [](Actor& actor) {
        EXPECT_THAT(actor.Truncate("/t/f0", 6), Succeeds());
        EXPECT_THAT(actor.Truncate("/t/f0", 9), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Read("/t/f0"), Yields(std::string("twelve\0\0\0", 9)));
      });
}

}  // namespace
}  // namespace cowbell::conformance
