// COW-072 … COW-074, COW-076, COW-077: directories that get another name, by rename or by copy.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

// Gives `path` the attributes of `node`. Owner before mode: chown clears setuid.
Status CopyAttributes(Actor& actor, const Node& node, const std::string& path) {
  TRY(actor.Lchown(path, node.uid, node.gid));
  if (node.type != 'l') TRY(actor.Chmod(path, node.mode));
  for (const auto& [name, value] : node.xattrs)
    TRY(actor.Setxattr(path, name, value));
  return actor.SetTimes(path, node.mtime, node.mtime);
}

// One entry without its attributes. `first_name`: where the file has been copied to already.
Status CopyEntry(Actor& actor, const std::string& from, const Node& node, const std::string& to,
                 const std::string& first_name) {
  if (!first_name.empty()) return actor.Link(first_name, to);
  if (node.type == 'd') return actor.Mkdir(to, 0700);
  if (node.type == 'l') return actor.Symlink(node.link, to);
  if (node.type != 'f')
    return actor.Mknod(to, node.type, 0600, node.device_major, node.device_minor);
  const std::string content = TRY(actor.Read(from));
  return actor.CreateFile(to, content, 0600);
}

std::string Renamed(const std::string& path, const std::string& from, const std::string& to) {
  return to + path.substr(from.size());
}

// As `cp -a` does it: the times of directories come last.
Status CopyTree(Actor& actor, const std::string& from, const std::string& to) {
  const Tree tree = Part(TRY(actor.ReadTree(from)), from);
  for (const auto& [path, node] : tree) {
    const bool again = !node.hard_link_group.empty() && node.hard_link_group != path;
    TRY(CopyEntry(actor, path, node, Renamed(path, from, to),
                  again ? Renamed(node.hard_link_group, from, to) : ""));
  }
  for (auto entry = tree.rbegin(); entry != tree.rend(); ++entry)
    TRY(CopyAttributes(actor, entry->second, Renamed(entry->first, from, to)));
  return Ok();
}

// As mv(1) does it: a rename, else a copy and the removal of the old tree.
Status MoveTree(Actor& actor, const std::string& from, const std::string& to) {
  const Status renamed = actor.Rename(from, to);
  if (renamed.has_value() || renamed.error().errno_value() != EXDEV) return renamed;
  TRY(CopyTree(actor, from, to));
  return actor.RemoveTree(from);
}

std::vector<Layer> OddTree() {
  return {Layer()
              .Dir("t/")
              .Dir("t/d/")
              .Mode(01751)
              .Owner(70123, 70124)
              .Time({1'100'000'001, 111'111'111})
              .Xattr("user.level", "d")
              .File("t/d/file", "content")
              .Mode(04741)
              .Owner(70123, 70124)
              .HardLink("t/d/twin", "t/d/file")
              .Symlink("t/d/link", "../elsewhere")
              .Owner(7, 8)
              .Fifo("t/d/fifo")
              .Mode(0622)
              .Dir("t/d/sub/")
              .Mode(0700)
              .Time({1'100'000'002, 222'222'222})
              .File("t/d/sub/deep", "deep")};
}

std::vector<Layer> OddTreeOfTwoLayers() {
  return {OddTree()[0], Layer().File("t/d/sub/more", "more")};
}

void ExpectMoved(Scene& scene, const std::vector<Layer>& layers, When when) {
  Container& container = scene.Create(scene.MakeImage(layers));
  Tree before;

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        before = Require(SeenPart(actor, "/t", {"/t"}));
        EXPECT_THAT(MoveTree(actor, "/t/d", "/t/d2"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Lstat("/t/d"), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"d2"}));
        EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(Moved(before, "/t/d", "/t/d2"))));
      });
}

COWBELL_CASE(COW_072, ImageDirectoryIsMovedWhole) { ExpectMoved(scene, OddTree(), When::kLive); }
COWBELL_CASE(COW_072, ImageDirectoryIsMovedWholeAfterRestart) {
  ExpectMoved(scene, OddTree(), When::kRestarted);
}
COWBELL_CASE(COW_072, DirectoryOfTwoLayersIsMovedWhole) {
  ExpectMoved(scene, OddTreeOfTwoLayers(), When::kRestarted);
}

void ExpectOldNameUsable(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(OddTree()));
  Tree expected;

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        const Tree before = Require(SeenPart(actor, "/t", {"/t"}));
        Require(MoveTree(actor, "/t/d", "/t/tmp"));
        EXPECT_THAT(CopyTree(actor, "/t/tmp", "/t/d"), Succeeds());
        expected = Moved(before, "/t/d", "/t/tmp");
        expected.insert(before.begin(), before.end());
      },
      [&](Actor& actor) { EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(expected))); });
}

COWBELL_CASE(COW_073, OldNameIsFilledAgain) { ExpectOldNameUsable(scene, When::kLive); }
COWBELL_CASE(COW_073, OldNameIsFilledAgainAfterRestart) {
  ExpectOldNameUsable(scene, When::kRestarted);
}

std::vector<Layer> EmptyAndFull() {
  return {Layer()
              .Dir("t/")
              .Dir("t/empty/")
              .Dir("t/emptied/")
              .File("t/emptied/old", "old")
              .Dir("t/full/")
              .File("t/full/old", "old")};
}

void MakeDirectory(Actor& actor, const std::string& path) {
  Require(actor.Mkdir(path));
  Require(actor.CreateFile(path + "/a", "a"));
  Require(actor.CreateFile(path + "/b", "b"));
}

void ExpectNewDirectoriesMove(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(EmptyAndFull()));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        for (const char* path : {"/t/n1", "/t/n2", "/t/n3", "/t/n4"})
          MakeDirectory(actor, path);
        Require(actor.Unlink("/t/emptied/old"));
        EXPECT_THAT(actor.Rename("/t/n1", "/t/moved"), Succeeds());
        EXPECT_THAT(actor.Rename("/t/n2", "/t/empty"), Succeeds());
        EXPECT_THAT(actor.Rename("/t/n3", "/t/emptied"), Succeeds());
        EXPECT_THAT(actor.Rename("/t/n4", "/t/full"), FailsWith(ENOTEMPTY));
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.List("/t"),
                    ListsExactly(NameList{"emptied", "empty", "full", "moved", "n4"}));
        for (const char* path : {"/t/moved", "/t/empty", "/t/emptied", "/t/n4"})
          EXPECT_THAT(actor.List(path), ListsExactly(NameList{"a", "b"})) << path;
        EXPECT_THAT(actor.List("/t/full"), ListsExactly(NameList{"old"}));
      });
}

COWBELL_CASE(COW_074, NewDirectoriesMove) { ExpectNewDirectoriesMove(scene, When::kLive); }
COWBELL_CASE(COW_074, NewDirectoriesMoveAfterRestart) {
  ExpectNewDirectoriesMove(scene, When::kRestarted);
}

void ExpectNotMergedWithDeleted(Scene& scene, const std::vector<Layer>& layers, When when) {
  Container& container = scene.Create(scene.MakeImage(layers));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        Require(actor.RemoveTree("/t/d"));
        Require(actor.Mkdir("/t/n"));
        Require(actor.CreateFile("/t/n/k", "k"));
        EXPECT_THAT(actor.Rename("/t/n", "/t/d"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.List("/t/d"), ListsExactly(NameList{"k"}));
        EXPECT_THAT(actor.Lstat("/t/d/file"), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"d"}));
      });
}

COWBELL_CASE(COW_076, NewDirectoryDoesNotMergeWithDeletedOne) {
  ExpectNotMergedWithDeleted(scene, OddTree(), When::kLive);
}
COWBELL_CASE(COW_076, NewDirectoryDoesNotMergeWithDeletedOneAfterRestart) {
  ExpectNotMergedWithDeleted(scene, OddTree(), When::kRestarted);
}
COWBELL_CASE(COW_076, NewDirectoryDoesNotMergeWithDeletedOneOfTwoLayers) {
  ExpectNotMergedWithDeleted(scene, OddTreeOfTwoLayers(), When::kRestarted);
}

// "i" stands for the image's, "c" for those made in the container.
std::vector<Layer> ImageSources() {
  return {Layer()
              .Dir("t/")
              .File("t/i-file", "f")
              .Dir("t/i-empty/")
              .Dir("t/i-full/")
              .File("t/i-full/child", "c")};
}
void MakeSources(Actor& actor) {
  Require(actor.CreateFile("/t/c-file", "f"));
  Require(actor.Mkdir("/t/c-empty"));
  Require(actor.Mkdir("/t/c-full"));
  Require(actor.CreateFile("/t/c-full/child", "c"));
}

struct WrongRename {
  const char* from;
  const char* to;
  int error;
};
constexpr WrongRename kWrongRenames[] = {
    {"file", "empty", EISDIR},    {"file", "full", EISDIR},     {"empty", "file", ENOTDIR},
    {"full", "file", ENOTDIR},    {"empty", "full", ENOTEMPTY}, {"full", "full", ENOTEMPTY},
    {"full", "full/sub", EINVAL},
};

// A union that cannot move directories of the image may say so first; a directory that is not empty
// is EEXIST or ENOTEMPTY (POSIX, rename), and what lies below a union says which.
void ExpectRefusal(Actor& actor, const std::string& from, const std::string& to, int error) {
  const bool moves_image_directory = from.starts_with("/t/i-") && !from.ends_with("file");
  EXPECT_THAT(actor.Rename(from, to),
              ::testing::AnyOf(FailsWith(error), FailsWith(error == ENOTEMPTY ? EEXIST : error),
                               FailsWith(moves_image_directory ? EXDEV : error)))
      << from << " -> " << to;
}

COWBELL_CASE(COW_077, WrongRenamesFailAsOnAnyFileSystem) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(ImageSources())));
  MakeSources(actor);
  const Tree before = Require(SeenPart(actor, "/t"));

  for (const WrongRename& wrong : kWrongRenames) {
    for (const std::string from : {"/t/i-", "/t/c-"}) {
      for (const std::string to : {"/t/i-", "/t/c-"}) {
        const bool below_itself = std::string(wrong.to).find('/') != std::string::npos;
        const bool same = std::string(wrong.from) == wrong.to;
        if ((below_itself && from != to) || (same && from == to)) continue;
        ExpectRefusal(actor, from + wrong.from, to + wrong.to, wrong.error);
      }
    }
  }

  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(before)));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
