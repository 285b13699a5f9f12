// COW-026, COW-040, COW-049: what a file is, apart from its data, over a copy-up.

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

// st_dev and st_ino: what programs take for the identity of a file.
using Identity = std::pair<uint64_t, uint64_t>;

Result<Identity> IdentityOf(Actor& actor, const std::string& path) {
  const FileStat stat = TRY(actor.Lstat(path));
  return Identity{stat.dev, stat.ino};
}

std::vector<Layer> OneOfEachKind() {
  return {Layer()
              .Dir("t/")
              .File("t/file", "old")
              .Symlink("t/link", "file")
              .Fifo("t/fifo")
              .Dir("t/dir/")
              .File("t/dir/child", "c")};
}

// `change` copies `path` up; afterwards it is looked up under `path_after`.
void ExpectSameIdentity(Scene& scene, const std::string& path, const std::string& path_after,
                        const std::function<void(Actor&)>& change) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(OneOfEachKind())));
  const Identity before = Require(IdentityOf(actor, path));

  change(actor);

  EXPECT_THAT(IdentityOf(actor, path_after), Yields(before));
  actor.Finish();
}

void ExpectSameAfterChmod(Scene& scene, const std::string& path) {
  ExpectSameIdentity(scene, path, path, [&](Actor& actor) { Require(actor.Chmod(path, 0600)); });
}

void ExpectSameAfterRename(Scene& scene, const std::string& path) {
  ExpectSameIdentity(scene, path, "/t/renamed",
                     [&](Actor& actor) { Require(actor.Rename(path, "/t/renamed")); });
}

void ExpectSameAfterLink(Scene& scene, const std::string& path) {
  const auto link = [&](Actor& actor) { Require(actor.Link(path, "/t/second")); };
  ExpectSameIdentity(scene, path, path, link);
  ExpectSameIdentity(scene, path, "/t/second", link);
}

COWBELL_CASE(COW_026, FileKeepsItOverChmod) { ExpectSameAfterChmod(scene, "/t/file"); }
COWBELL_CASE(COW_026, FifoKeepsItOverChmod) { ExpectSameAfterChmod(scene, "/t/fifo"); }
COWBELL_CASE(COW_026, DirectoryKeepsItOverChmod) { ExpectSameAfterChmod(scene, "/t/dir"); }
COWBELL_CASE(COW_026, FileKeepsItOverRename) { ExpectSameAfterRename(scene, "/t/file"); }
COWBELL_CASE(COW_026, SymlinkKeepsItOverRename) { ExpectSameAfterRename(scene, "/t/link"); }
COWBELL_CASE(COW_026, FifoKeepsItOverRename) { ExpectSameAfterRename(scene, "/t/fifo"); }
COWBELL_CASE(COW_026, FileKeepsItOverLink) { ExpectSameAfterLink(scene, "/t/file"); }
COWBELL_CASE(COW_026, SymlinkKeepsItOverLink) { ExpectSameAfterLink(scene, "/t/link"); }
COWBELL_CASE(COW_026, FifoKeepsItOverLink) { ExpectSameAfterLink(scene, "/t/fifo"); }

COWBELL_CASE(COW_026, FileKeepsItOverWrite) {
  ExpectSameIdentity(scene, "/t/file", "/t/file",
                     [](Actor& actor) { Require(actor.Append("/t/file", "er")); });
}

// A directory is copied up with the first entry made in it.
COWBELL_CASE(COW_026, DirectoryKeepsItOverNewEntry) {
  ExpectSameIdentity(scene, "/t/dir", "/t/dir",
                     [](Actor& actor) { Require(actor.CreateFile("/t/dir/new", "n")); });
}

COWBELL_CASE(COW_026, DirectoryKeepsItOverRename) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(OneOfEachKind())));
  const Identity before = Require(IdentityOf(actor, "/t/dir"));

  const Status renamed = actor.Rename("/t/dir", "/t/renamed");
  const Result<Identity> after = IdentityOf(actor, "/t/renamed");
  actor.Finish();

  if (!renamed.has_value() && renamed.error().errno_value() == EXDEV) {
    scene.SkipNotApplicable("a directory of the image cannot be renamed here (EXDEV, COW-071)");
  }
  EXPECT_THAT(renamed, Succeeds());
  EXPECT_THAT(after, Yields(before));
}

constexpr char kDeepFile[] = "/t/p/q/r/file";
constexpr const char* kCopiedPaths[] = {"/t/p", "/t/p/q", "/t/p/q/r", kDeepFile};

// Every attribute odd, and another one on every level: defaults hide what is reset.
std::vector<Layer> OddAttributes() {
  return {Layer()
              .Dir("t/")
              .Dir("t/p/")
              .Mode(0751)
              .Owner(70001, 70011)
              .Time({1'100'000'001, 111'111'111})
              .Xattr("user.level", "p")
              .Dir("t/p/q/")
              .Mode(01732)
              .Owner(70002, 70012)
              .Time({1'100'000'002, 222'222'222})
              .Xattr("user.level", "q")
              .Dir("t/p/q/r/")
              .Mode(02715)
              .Owner(70003, 70013)
              .Time({1'100'000'003, 333'333'333})
              .Xattr("user.level", "r")
              .File("t/p/q/r/file", "old")
              .Mode(0741)
              .Owner(70123, 70124)
              .Time({1'100'000'004, 444'444'444})
              .Xattr("user.level", "file")
              .Xattr("user.second", "x")};
}

// path -> {atime, mtime}. Taken without reading any file or directory, which would move atime.
using Times =
    std::map<std::string, std::pair<std::pair<int64_t, int64_t>, std::pair<int64_t, int64_t>>>;

Times TimesOf(Actor& actor) {
  Times times;
  for (const char* path : kCopiedPaths) {
    const FileStat stat = Require(actor.Lstat(path));
    times[path] = {{stat.atime.seconds, stat.atime.nanoseconds},
                   {stat.mtime.seconds, stat.mtime.nanoseconds}};
  }
  return times;
}

// `trigger` copies the file and its parents up; `edit` says what it changes in the tree.
void ExpectAttributesKept(Scene& scene, When when, const std::function<void(Actor&)>& trigger,
                          const std::function<void(Tree&)>& edit) {
  Container& container = scene.Create(scene.MakeImage(OddAttributes()));
  Actor actor = scene.Start(container);
  Tree expected = Require(SeenPart(actor, "/t"));
  if (expected[kDeepFile].xattrs.count("user.level") == 0) {
    throw SceneError("the xattrs of the image are missing before the copy-up");
  }
  edit(expected);
  const Times times = TimesOf(actor);

  trigger(actor);
  if (when == When::kRestarted) {
    actor.Finish();
    actor = scene.Start(container);
  }

  EXPECT_THAT(TimesOf(actor), ::testing::ContainerEq(times)) << "atime and mtime";
  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(expected)));
  actor.Finish();
}

void SetThirdXattr(Actor& actor) {
  EXPECT_THAT(actor.Setxattr(kDeepFile, "user.third", "new"), Succeeds());
}
void ExpectThirdXattr(Tree& tree) { tree[kDeepFile].xattrs["user.third"] = "new"; }

void OpenForWriting(Actor& actor) {
  EXPECT_THAT(actor.Open("f", kDeepFile, "rdwr"), Succeeds());
  EXPECT_THAT(actor.Close("f"), Succeeds());
}

COWBELL_CASE(COW_040, SetxattrKeepsTheRest) {
  ExpectAttributesKept(scene, When::kLive, SetThirdXattr, ExpectThirdXattr);
}
COWBELL_CASE(COW_040, SetxattrKeepsTheRestAfterRestart) {
  ExpectAttributesKept(scene, When::kRestarted, SetThirdXattr, ExpectThirdXattr);
}
COWBELL_CASE(COW_040, OpenForWritingKeepsEverything) {
  ExpectAttributesKept(scene, When::kLive, OpenForWriting, [](Tree&) {});
}
COWBELL_CASE(COW_040, OpenForWritingKeepsEverythingAfterRestart) {
  ExpectAttributesKept(scene, When::kRestarted, OpenForWriting, [](Tree&) {});
}

constexpr char kProgram[] = "/t/program";
constexpr uint64_t kUser = 1000;

std::vector<Layer> PrivilegedProgram(uint32_t mode) {
  return {Layer().Dir("t/").File("t/program", "old").Mode(mode).Owner(kUser, kUser)};
}

Result<uint32_t> ModeOf(Actor& actor, const std::string& path) {
  const FileStat stat = TRY(actor.Lstat(path));
  return stat.mode;
}

void ExpectMode(Scene& scene, uint32_t before, uint32_t after, When when,
                const std::function<void(Actor&)>& change) {
  Container& container = scene.Create(scene.MakeImage(PrivilegedProgram(before)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        if (Require(ModeOf(actor, kProgram)) != before) {
          throw SceneError("the file of the image has lost its mode before the copy-up");
        }
        change(actor);
      },
      [&](Actor& actor) { EXPECT_THAT(ModeOf(actor, kProgram), Yields(after)); });
}

void OpenWithoutWriting(Actor& actor) {
  EXPECT_THAT(actor.Open("f", kProgram, "rdwr"), Succeeds());
  EXPECT_THAT(actor.Close("f"), Succeeds());
}

void WriteAsUser(Actor& actor) {
  const auto reply = Require(actor.DoAs(kUser, kUser, "append", {kProgram, "x"}));
  EXPECT_EQ(reply.error, 0) << "append as the owner: " << ErrnoName(reply.error);
}

void ChownAsRoot(Actor& actor) { EXPECT_THAT(actor.Chown(kProgram, 70123, 70124), Succeeds()); }

COWBELL_CASE(COW_049, OpenKeepsSetuid) {
  ExpectMode(scene, 04755, 04755, When::kLive, OpenWithoutWriting);
}
COWBELL_CASE(COW_049, OpenKeepsSetuidAfterRestart) {
  ExpectMode(scene, 04755, 04755, When::kRestarted, OpenWithoutWriting);
}
COWBELL_CASE(COW_049, OpenKeepsSetgid) {
  ExpectMode(scene, 02755, 02755, When::kLive, OpenWithoutWriting);
}
COWBELL_CASE(COW_049, WriteByUserClearsSetuid) {
  ExpectMode(scene, 04755, 0755, When::kLive, WriteAsUser);
}
COWBELL_CASE(COW_049, WriteByUserClearsSetuidAfterRestart) {
  ExpectMode(scene, 04755, 0755, When::kRestarted, WriteAsUser);
}
COWBELL_CASE(COW_049, WriteByUserClearsSetgid) {
  ExpectMode(scene, 02755, 0755, When::kLive, WriteAsUser);
}
COWBELL_CASE(COW_049, ChownByRootClearsSetuid) {
  ExpectMode(scene, 04755, 0755, When::kLive, ChownAsRoot);
}
COWBELL_CASE(COW_049, ChownByRootClearsSetgid) {
  ExpectMode(scene, 02755, 0755, When::kLive, ChownAsRoot);
}

}  // namespace
}  // namespace cowbell::conformance
