// COW-094, COW-097: special files, and locks.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

// Layers cannot carry sockets, so FIFOs and devices stand for all special files. The character
// device is /dev/null's, which every container may open.
std::vector<Layer> SpecialFiles() {
  return {Layer()
              .Dir("t/")
              .Fifo("t/fifo")
              .Mode(0622)
              .Owner(70123, 70124)
              .CharDevice("t/null", 1, 3)
              .Mode(0666)
              .Owner(70123, 70124)
              .BlockDevice("t/block", 7, 200)
              .Mode(0622)
              .Owner(70123, 70124)};
}

constexpr const char* kSpecial[] = {"fifo", "null", "block"};

// `change` copies one special file up; `edit` says what becomes of it in the tree.
void ExpectTypesKept(Scene& scene, When when,
                     const std::function<Status(Actor&, const std::string&)>& change,
                     const std::function<void(Tree&, const std::string&)>& edit) {
  Container& container = scene.Create(scene.MakeImage(SpecialFiles()));
  Tree expected = ModelPart(SpecialFiles(), "/t", {"/t"});

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        for (const char* name : kSpecial) {
          const std::string path = std::string("/t/") + name;
          EXPECT_THAT(change(actor, path), Succeeds()) << path;
          edit(expected, path);
        }
      },
      [&](Actor& actor) { EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(expected))); });
}

Status ChangeMode(Actor& actor, const std::string& path) { return actor.Chmod(path, 0640); }
void ExpectMode(Tree& tree, const std::string& path) { tree[path].mode = 0640; }

Status ChangeOwner(Actor& actor, const std::string& path) {
  return actor.Lchown(path, 70001, 70002);
}
void ExpectOwner(Tree& tree, const std::string& path) {
  tree[path].uid = 70001;
  tree[path].gid = 70002;
}

Status ChangeName(Actor& actor, const std::string& path) {
  return actor.Rename(path, path + ".moved");
}
void ExpectName(Tree& tree, const std::string& path) { tree = Moved(tree, path, path + ".moved"); }

COWBELL_CASE(COW_094, ChmodKeepsTheType) {
  ExpectTypesKept(scene, When::kLive, ChangeMode, ExpectMode);
}
COWBELL_CASE(COW_094, ChmodKeepsTheTypeAfterRestart) {
  ExpectTypesKept(scene, When::kRestarted, ChangeMode, ExpectMode);
}
COWBELL_CASE(COW_094, ChownKeepsTheType) {
  ExpectTypesKept(scene, When::kLive, ChangeOwner, ExpectOwner);
}
COWBELL_CASE(COW_094, ChownKeepsTheTypeAfterRestart) {
  ExpectTypesKept(scene, When::kRestarted, ChangeOwner, ExpectOwner);
}
COWBELL_CASE(COW_094, RenameKeepsTheType) {
  ExpectTypesKept(scene, When::kLive, ChangeName, ExpectName);
}
COWBELL_CASE(COW_094, RenameKeepsTheTypeAfterRestart) {
  ExpectTypesKept(scene, When::kRestarted, ChangeName, ExpectName);
}

COWBELL_CASE(COW_094, CopiedUpFifoJoinsReaderAndWriter) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(SpecialFiles())));
  Require(actor.Chmod("/t/fifo", 0640));

  const auto reply = Require(actor.Do("fifo", {"/t/fifo", "through the pipe"}));

  EXPECT_EQ(reply.error, 0) << reply.call << ": " << ErrnoName(reply.error);
  EXPECT_EQ(reply.Get("data"), "through the pipe");
  const auto stat = actor.Lstat("/t/fifo");
  EXPECT_THAT(stat, Yields(::testing::Field("type", &FileStat::type, 'p')));
  actor.Finish();
}

COWBELL_CASE(COW_094, CopiedUpDeviceOpens) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(SpecialFiles())));
  Require(actor.Open("before", "/t/null", "rdwr"));
  Require(actor.Chmod("/t/null", 0640));

  EXPECT_THAT(actor.Open("after", "/t/null", "rdwr"), Succeeds());
  EXPECT_THAT(actor.Pwrite("after", 0, "swallowed"), Succeeds());
  EXPECT_THAT(actor.Pread("after", 0, 100), Yields(std::string()));
  actor.Finish();
}

// `before` is taken on a descriptor that was read-only when the file was not copied up yet.
void ExpectLockConflict(Scene& scene, const std::string& before, const std::string& after) {
  Actor actor = scene.Start(
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/db", "old").Mode(0666)})));
  Require(actor.Open("a", "/t/db", "rdonly"));
  Require(actor.Flock("a", before, true));
  Require(actor.Open("b", "/t/db", "rdwr"));
  Require(actor.Pwrite("b", 0, "new"));

  EXPECT_THAT(actor.Flock("b", after, true), FailsWith(EWOULDBLOCK));

  Require(actor.Flock("a", "un", true));
  EXPECT_THAT(actor.Flock("b", after, true), Succeeds()) << "once the first lock is released";
  actor.Finish();
}

COWBELL_CASE(COW_097, ExclusiveConflictsWithExclusive) { ExpectLockConflict(scene, "ex", "ex"); }
COWBELL_CASE(COW_097, ExclusiveConflictsWithShared) { ExpectLockConflict(scene, "ex", "sh"); }
COWBELL_CASE(COW_097, SharedConflictsWithExclusive) { ExpectLockConflict(scene, "sh", "ex"); }

}  // namespace
}  // namespace cowbell::conformance
