// DIF-001…012: which letter `diff` gives to what.

#include "conformance/suites/changes.h"
#include "conformance/suites/commits.h"

namespace cowbell::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAre;

using Lines = std::vector<std::string>;

// A stopped container in which `change` was made.
Container& Changed(Scene& scene, const Layer& layer, const Change& change) {
  Container& container = scene.Create(scene.MakeImage({layer}));
  Actor actor = scene.Start(container);
  change(actor);
  actor.Finish();
  return container;
}

Layer ThreeFiles() { return Layer().Dir("t/").File("t/bar", "old").File("t/del", "old"); }

void AddChangeAndDelete(Actor& actor) {
  Require(actor.CreateFile("/t/add", "new"));
  Require(actor.Write("/t/bar", "changed"));
  Require(actor.Unlink("/t/del"));
}

COWBELL_CASE(DIF_001, FilesOfAStoppedContainer) {
  Container& container = Changed(scene, ThreeFiles(), AddChangeAndDelete);
  EXPECT_THAT(ChangesBelow(scene, container),
              UnorderedElementsAre("A /t/add", "C /t/bar", "D /t/del"));
}

COWBELL_CASE(DIF_001, FilesOfARunningContainer) {
  Container& container = scene.Create(scene.MakeImage({ThreeFiles()}));
  Actor actor = scene.Start(container);
  AddChangeAndDelete(actor);
  EXPECT_THAT(ChangesBelow(scene, container),
              UnorderedElementsAre("A /t/add", "C /t/bar", "D /t/del"));
  actor.Finish();
}

COWBELL_CASE(DIF_001, EveryKindOfNewEntry) {
  Container& container = Changed(scene, Layer().Dir("t/").File("t/old", "old"), [](Actor& actor) {
    Require(actor.Mkdir("/t/dir", 0700));
    Require(actor.CreateFile("/t/dir/inside", "new"));
    Require(actor.CreateFile("/t/empty", ""));
    Require(actor.Symlink("old", "/t/symlink"));
    Require(actor.Link("/t/empty", "/t/link"));
    Require(actor.Mknod("/t/fifo", 'p', 0640));
  });
  EXPECT_THAT(ChangesBelow(scene, container),
              UnorderedElementsAre("A /t/dir", "A /t/dir/inside", "A /t/empty", "A /t/fifo",
                                   "A /t/link", "A /t/symlink"));
}

COWBELL_CASE(DIF_001, ChangesOfTwoStartsAddUp) {
  Container& container = Changed(scene, ThreeFiles(), AddChangeAndDelete);
  Actor actor = scene.Start(container);
  Require(actor.Unlink("/t/add"));
  Require(actor.CreateFile("/t/del", "made anew, and longer"));
  actor.Finish();
  EXPECT_THAT(ChangesBelow(scene, container), UnorderedElementsAre("C /t/bar", "C /t/del"));
}

COWBELL_CASE(DIF_002, NeverStarted) {
  Container& container = scene.Create(scene.MakeImage({ThreeFiles()}));
  EXPECT_THAT(OwnChangesOf(scene, container), IsEmpty());
}

COWBELL_CASE(DIF_002, RanAndReadEverything) {
  Container& container = Changed(scene, ThreeFiles(), [](Actor& actor) {
    Require(actor.ReadTree("/"));
    Require(actor.Read("/t/bar"));
  });
  EXPECT_THAT(OwnChangesOf(scene, container), IsEmpty());
}

COWBELL_CASE(DIF_003, CreatedAndRemovedAgain) {
  Container& container = Changed(scene, ThreeFiles(), [](Actor& actor) {
    Require(actor.CreateFile("/t/file", "x"));
    Require(actor.Unlink("/t/file"));
    Require(actor.Mkdir("/t/dir", 0755));
    Require(actor.Rmdir("/t/dir"));
    Require(actor.Mkdir("/t/tree", 0755));
    Require(actor.CreateFile("/t/tree/inside", "x"));
    Require(actor.RemoveTree("/t/tree"));
    Require(actor.CreateFile("/t/first", "x"));
    Require(actor.Rename("/t/first", "/t/second"));
    Require(actor.Unlink("/t/second"));
  });
  EXPECT_THAT(ChangesBelow(scene, container), IsEmpty());
}

// A replaced name is there: removing it again leaves the deletion.
COWBELL_CASE(DIF_003, ReplacedImageFileRemovedAgainIsADeletion) {
  Container& container = Changed(scene, ThreeFiles(), [](Actor& actor) {
    Require(actor.Unlink("/t/bar"));
    Require(actor.CreateFile("/t/bar", "x"));
    Require(actor.Unlink("/t/bar"));
  });
  EXPECT_THAT(ChangesBelow(scene, container), ElementsAre("D /t/bar"));
}

Layer DeepDirectories() {
  return Layer()
      .Dir("t/")
      .Dir("t/dir/")
      .Dir("t/dir/deep/")
      .File("t/dir/deep/old", "old")
      .Dir("t/other/")
      .File("t/other/untouched", "x");
}

COWBELL_CASE(DIF_004, ParentsOfANewFile) {
  Container& container = Changed(scene, DeepDirectories(), [](Actor& actor) {
    Require(actor.CreateFile("/t/dir/deep/new", "x"));
  });
  EXPECT_THAT(ChangesAt(scene, container),
              UnorderedElementsAre("C /t", "C /t/dir", "C /t/dir/deep", "A /t/dir/deep/new"));
}

COWBELL_CASE(DIF_004, ParentsOfAChangedFile) {
  Container& container = Changed(scene, DeepDirectories(), [](Actor& actor) {
    Require(actor.Write("/t/dir/deep/old", "changed"));
  });
  EXPECT_THAT(ChangesAt(scene, container),
              UnorderedElementsAre("C /t", "C /t/dir", "C /t/dir/deep", "C /t/dir/deep/old"));
}

COWBELL_CASE(DIF_004, ParentsOfADeletedFile) {
  Container& container = Changed(scene, DeepDirectories(),
                                 [](Actor& actor) { Require(actor.Unlink("/t/dir/deep/old")); });
  EXPECT_THAT(ChangesAt(scene, container),
              UnorderedElementsAre("C /t", "C /t/dir", "C /t/dir/deep", "D /t/dir/deep/old"));
}

COWBELL_CASE(DIF_005, MetadataOfFiles) {
  const Layer layer = Layer()
                          .Dir("t/")
                          .File("t/chmod", "x")
                          .File("t/chown", "x")
                          .File("t/setcap", "x")
                          .File("t/touch", "x")
                          .File("t/untouched", "x");
  Container& container = Changed(scene, layer, [](Actor& actor) {
    Require(actor.Chmod("/t/chmod", 0741));
    Require(actor.Chown("/t/chown", 70123, 70124));
    Require(actor.Setxattr("/t/setcap", "security.capability", FileCapability()));
    Require(actor.SetTimes("/t/touch", kFixtureTime, {1'100'000'000, 0}));
  });
  EXPECT_THAT(ChangesBelow(scene, container),
              UnorderedElementsAre("C /t/chmod", "C /t/chown", "C /t/setcap", "C /t/touch"));
}

Layer Directories() {
  return Layer()
      .Dir("t/")
      .Dir("t/opt/")
      .Dir("t/opt/sub/")
      .File("t/opt/sub/file", "x")
      .Dir("t/other/")
      .File("t/other/untouched", "x");
}

COWBELL_CASE(DIF_006, ChownOfATree) {
  Container& container = Changed(scene, Directories(), [](Actor& actor) {
    for (const char* path : {"/t/opt", "/t/opt/sub", "/t/opt/sub/file"})
      Require(actor.Chown(path, 1, 1));
  });
  EXPECT_THAT(ChangesBelow(scene, container),
              UnorderedElementsAre("C /t/opt", "C /t/opt/sub", "C /t/opt/sub/file"));
}

COWBELL_CASE(DIF_006, ChmodOfADirectoryAlone) {
  Container& container =
      Changed(scene, Directories(), [](Actor& actor) { Require(actor.Chmod("/t/opt/sub", 0741)); });
  EXPECT_THAT(ChangesBelow(scene, container), Contains("C /t/opt/sub"));
}

// The times differ in the part that some stores cut.
void ExpectSameTimeChangeShown(Scene& scene, TimeSpec time) {
  const Layer layer = Layer().Dir("t/").File("t/same", "AAAA").Time(time).File("t/keep", "x");
  Container& container = Changed(scene, layer, [&](Actor& actor) {
    Require(actor.Write("/t/same", "BBBB"));
    Require(actor.SetTimes("/t/same", time, time));
  });
  EXPECT_THAT(ChangesBelow(scene, container), ElementsAre("C /t/same"));
}

COWBELL_CASE(DIF_007, EqualTimeInNanoseconds) { ExpectSameTimeChangeShown(scene, kFixtureTime); }
COWBELL_CASE(DIF_007, EqualTimeInWholeSeconds) {
  ExpectSameTimeChangeShown(scene, {1'000'000'000, 0});
}

COWBELL_CASE(DIF_008, SymlinkWithAnotherTargetOfTheSameLength) {
  const Layer layer = Layer().Dir("t/").Symlink("t/link", "aaa").Symlink("t/keep", "aaa");
  Container& container = Changed(scene, layer, [](Actor& actor) {
    Require(actor.Unlink("/t/link"));
    Require(actor.Symlink("bbb", "/t/link"));
    Require(actor.SetTimes("/t/link", kFixtureTime, kFixtureTime));
  });
  EXPECT_THAT(ChangesBelow(scene, container),
              AnyOf(ElementsAre("C /t/link"), ElementsAre("A /t/link")));
}

COWBELL_CASE(DIF_009, RenamedFile) {
  Container& container = Changed(scene, ThreeFiles(),
                                 [](Actor& actor) { Require(actor.Rename("/t/bar", "/t/bar2")); });
  EXPECT_THAT(ChangesBelow(scene, container), UnorderedElementsAre("D /t/bar", "A /t/bar2"));
}

COWBELL_CASE(DIF_009, FileRenamedIntoAnotherDirectory) {
  Container& container = Changed(scene, DeepDirectories(), [](Actor& actor) {
    Require(actor.Rename("/t/dir/deep/old", "/t/other/moved"));
  });
  EXPECT_THAT(ChangesBelow(scene, container),
              IsSupersetOf({"D /t/dir/deep/old", "A /t/other/moved"}));
}

COWBELL_CASE(DIF_009, FileRenamedOverAnother) {
  Container& container = Changed(scene, ThreeFiles(), [](Actor& actor) {
    Require(actor.Rename("/t/bar", "/t/del"));
    Require(actor.Append("/t/del", "and longer"));
  });
  EXPECT_THAT(ChangesBelow(scene, container), UnorderedElementsAre("D /t/bar", "C /t/del"));
}

// The letters of one path, in the order of the alphabet.
std::string LettersOf(const Lines& changes, const std::string& path) {
  std::string letters;
  for (const std::string& line : changes) {
    if (line.substr(2) == path) letters += line[0];
  }
  return letters;
}

void ExpectRetyped(Scene& scene, const std::string& what, const Lines& changes,
                   const std::string& path) {
  const std::string letters = LettersOf(changes, path);
  EXPECT_THAT(letters, AnyOf("C", "AD")) << path << " in " << ::testing::PrintToString(changes);
  scene.Outcome("diff.kind." + what, letters);
}

COWBELL_CASE(DIF_010, FileBecomesDirectory) {
  Container& container = Changed(scene, ThreeFiles(), [](Actor& actor) {
    Require(actor.Unlink("/t/bar"));
    Require(actor.Mkdir("/t/bar", 0755));
    Require(actor.CreateFile("/t/bar/inside", "x"));
  });
  const Lines changes = ChangesBelow(scene, container);
  EXPECT_THAT(changes, Contains("A /t/bar/inside"));
  ExpectRetyped(scene, "file-to-directory", changes, "/t/bar");
}

COWBELL_CASE(DIF_010, DirectoryBecomesFile) {
  Container& container = Changed(scene, DeepDirectories(), [](Actor& actor) {
    Require(actor.RemoveTree("/t/dir"));
    Require(actor.CreateFile("/t/dir", "x"));
  });
  ExpectRetyped(scene, "directory-to-file", ChangesBelow(scene, container), "/t/dir");
}

COWBELL_CASE(DIF_010, FileBecomesSymlink) {
  Container& container = Changed(scene, ThreeFiles(), [](Actor& actor) {
    Require(actor.Unlink("/t/bar"));
    Require(actor.Symlink("del", "/t/bar"));
  });
  ExpectRetyped(scene, "file-to-symlink", ChangesBelow(scene, container), "/t/bar");
}

COWBELL_CASE(DIF_011, DirectoryRemovedAndMadeAnew) {
  const Layer layer = Layer().Dir("t/").Dir("t/dir/").File("t/dir/x", "old");
  Container& container = Changed(scene, layer, [](Actor& actor) {
    Require(actor.RemoveTree("/t/dir"));
    Require(actor.Mkdir("/t/dir", 0755));
    Require(actor.CreateFile("/t/dir/n", "new"));
  });
  EXPECT_THAT(ChangesBelow(scene, container),
              UnorderedElementsAre("C /t/dir", "A /t/dir/n", "D /t/dir/x"));
}

COWBELL_CASE(DIF_012, RemovedDirectoryIsOneLine) {
  Container& container =
      Changed(scene, DeepDirectories(), [](Actor& actor) { Require(actor.RemoveTree("/t/dir")); });
  EXPECT_THAT(ChangesBelow(scene, container), ElementsAre("D /t/dir"));
}

}  // namespace
}  // namespace cowbell::conformance
