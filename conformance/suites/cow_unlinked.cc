// COW-031 to COW-034: files that are open and have no name any more.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/answers.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

using ::testing::Field;

// Opens the target as "a", removes its name, and goes on.
void ExpectUnlinked(Scene& scene, Origin origin, const std::string& flags,
                    const std::function<void(Actor&)>& judge) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(LayersFor(origin))));
  Prepare(actor, origin);
  Require(actor.Open("a", kTarget, flags));
  Require(actor.Unlink(kTarget));

  judge(actor);

  actor.Finish();
}

void StaysReadable(Actor& actor) {
  EXPECT_THAT(actor.Pread("a", 0, 100), Yields(std::string(kTargetContent)));
  EXPECT_THAT(actor.CreateFile(kTarget, "NEW"), Succeeds());
  EXPECT_THAT(actor.Pread("a", 0, 100), Yields(std::string(kTargetContent)))
      << "once the name is another file's";
  EXPECT_THAT(actor.Read(kTarget), Yields(std::string("NEW")));
  EXPECT_THAT(actor.Fstat("a"), Yields(Field("size", &FileStat::size, 3U)));
}

COWBELL_CASE(COW_031, ImageFileStaysReadable) {
  ExpectUnlinked(scene, Origin::kImage, "rdonly", StaysReadable);
}
COWBELL_CASE(COW_031, FileOfTwoLayersStaysReadable) {
  ExpectUnlinked(scene, Origin::kTwoLayers, "rdonly", StaysReadable);
}
COWBELL_CASE(COW_031, CopiedUpFileStaysReadable) {
  ExpectUnlinked(scene, Origin::kCopiedUp, "rdonly", StaysReadable);
}
COWBELL_CASE(COW_031, CreatedFileStaysReadable) {
  ExpectUnlinked(scene, Origin::kCreated, "rdonly", StaysReadable);
}
COWBELL_CASE(COW_031, ReplacedImageFileStaysReadable) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(LayersFor(Origin::kImage))));
  Require(actor.Open("a", kTarget, "rdonly"));
  Require(actor.CreateFile("/t/new", "NEW"));

  EXPECT_THAT(actor.Rename("/t/new", kTarget), Succeeds());

  EXPECT_THAT(actor.Pread("a", 0, 100), Yields(std::string(kTargetContent)));
  EXPECT_THAT(actor.Read(kTarget), Yields(std::string("NEW")));
  actor.Finish();
}

// `operation` on the descriptor of an unlinked file of the image.
void ExpectWorksOnUnlinked(Scene& scene, const std::string& operation,
                           const std::vector<std::string>& args) {
  scene.RelaxFor("kernel.overlay.unlinked-metadata");
  ExpectUnlinked(scene, Origin::kImage, "rdonly", [&](Actor& actor) {
    EXPECT_THAT(actor.Do(operation, args), Succeeds());
    EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"keep"})) << "no name comes back";
  });
}

COWBELL_CASE(COW_032, Fchmod) { ExpectWorksOnUnlinked(scene, "fchmod", {"a", "0600"}); }
COWBELL_CASE(COW_032, Fchown) { ExpectWorksOnUnlinked(scene, "fchown", {"a", "1", "2"}); }
COWBELL_CASE(COW_032, Fsetxattr) {
  ExpectWorksOnUnlinked(scene, "fsetxattr", {"a", "user.cowbell", "x"});
}
COWBELL_CASE(COW_032, Futimens) {
  ExpectWorksOnUnlinked(scene, "futimens", {"a", "1", "2", "3", "4"});
}
COWBELL_CASE(COW_032, ReopenForWriting) {
  ExpectWorksOnUnlinked(scene, "reopen", {"b", "a", "rdwr"});
}

void HasNoLink(Actor& actor) {
  EXPECT_THAT(actor.Fstat("a"), Yields(Field("nlink", &FileStat::nlink, 0U)));
}

COWBELL_CASE(COW_033, UnlinkedImageFile) {
  scene.RelaxFor("kernel.overlay.unlinked-nlink");
  ExpectUnlinked(scene, Origin::kImage, "rdonly", HasNoLink);
}
COWBELL_CASE(COW_033, UnlinkedCopiedUpFile) {
  ExpectUnlinked(scene, Origin::kCopiedUp, "rdonly", HasNoLink);
}
COWBELL_CASE(COW_033, UnlinkedCreatedFile) {
  ExpectUnlinked(scene, Origin::kCreated, "rdonly", HasNoLink);
}

// A temporary file of a database: made, opened, unlinked, used.
void StaysUsable(Actor& actor) {
  EXPECT_THAT(actor.Pwrite("a", 0, "NEW"), Succeeds());
  EXPECT_THAT(actor.Pread("a", 0, 100), Yields(std::string("NEW")));
  EXPECT_THAT(actor.Do("fallocate", {"a", "extend", "0", "6"}), Succeeds());
  EXPECT_THAT(actor.Do("ftruncate", {"a", "5"}), Succeeds());
  EXPECT_THAT(actor.Do("fsync", {"a"}), Succeeds());
  Require(actor.Open("copy", "/t/copy", "rdwr,creat,excl"));
  EXPECT_THAT(Ask(actor, "copyrange", {"a", "copy", "100"}, "n"), Yields(std::string("5")));
  EXPECT_THAT(actor.Read("/t/copy"), Yields(std::string("NEW\0\0", 5)));
  EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"copy", "keep"}));
}

COWBELL_CASE(COW_034, CreatedFileStaysUsable) {
  ExpectUnlinked(scene, Origin::kCreated, "rdwr", StaysUsable);
}
COWBELL_CASE(COW_034, CopiedUpFileStaysUsable) {
  ExpectUnlinked(scene, Origin::kCopiedUp, "rdwr", StaysUsable);
}
// Opening for writing copies up, so this one has a file of its own by then.
COWBELL_CASE(COW_034, ImageFileOpenedForWritingStaysUsable) {
  ExpectUnlinked(scene, Origin::kImage, "rdwr", StaysUsable);
}

}  // namespace
}  // namespace cowbell::conformance
