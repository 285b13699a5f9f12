// COW-039, COW-041, COW-042, COW-055, COW-056: the three times of files and directories.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/stats.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

using ::testing::Field;
using ::testing::Gt;

std::vector<Layer> ThingsWithTimes() {
  return {Layer()
              .Dir("t/")
              .File("t/file", "old")
              .Symlink("t/link", "file")
              .Fifo("t/fifo")
              .Dir("t/dir/")
              .File("t/dir/child", "old")
              .Xattr("user.cowbell", "x")
              .File("t/dir/second", "old")};
}

constexpr TimeSpec kAtime{1'500'000'000, 123'456'789};
constexpr TimeSpec kMtime{1'400'000'000, 987'654'321};
constexpr const char* kTimed[] = {"/t/file", "/t/link", "/t/fifo", "/t/dir", "/t/created"};

void ExpectTimesSet(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(ThingsWithTimes()));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        Require(actor.CreateFile("/t/created", "n"));
        for (const char* path : kTimed)
          EXPECT_THAT(actor.SetTimes(path, kAtime, kMtime), Succeeds()) << path;
      },
      [](Actor& actor) {
        for (const char* path : kTimed) {
          const FileStat stat = Require(actor.Lstat(path));
          EXPECT_EQ(TimeText(stat.atime), TimeText(kAtime)) << path;
          EXPECT_EQ(TimeText(stat.mtime), TimeText(kMtime)) << path;
        }
      });
}

COWBELL_CASE(COW_039, EveryKindKeepsThem) { ExpectTimesSet(scene, When::kLive); }
COWBELL_CASE(COW_039, EveryKindKeepsThemAfterRestart) { ExpectTimesSet(scene, When::kRestarted); }

COWBELL_CASE(COW_039, DescriptorSetsThem) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(ThingsWithTimes())));
  Require(actor.Open("f", "/t/file", "rdonly"));

  EXPECT_THAT(actor.Do("futimens", {"f", "1500000000", "123456789", "1400000000", "987654321"}),
              Succeeds());

  const FileStat stat = Require(actor.Lstat("/t/file"));
  EXPECT_EQ(TimeText(stat.atime), TimeText(kAtime));
  EXPECT_EQ(TimeText(stat.mtime), TimeText(kMtime));
  actor.Finish();
}

// The first of these copies the directory up as well.
void ChangeChildren(Actor& actor) {
  EXPECT_THAT(actor.Chmod("/t/dir/child", 0600), Succeeds());
  EXPECT_THAT(actor.Append("/t/dir/second", "er"), Succeeds());
  EXPECT_THAT(actor.Lchown("/t/dir/second", 1, 1), Succeeds());
  EXPECT_THAT(actor.Truncate("/t/dir/second", 1), Succeeds());
  EXPECT_THAT(actor.SetTimes("/t/dir/child", kAtime, kMtime), Succeeds());
  EXPECT_THAT(actor.Setxattr("/t/dir/child", "user.cowbell", "y"), Succeeds());
}

void ExpectDirectoryTimeKept(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(ThingsWithTimes()));
  std::string before;

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        before = TimeText(Require(actor.Lstat("/t/dir")).mtime);
        ChangeChildren(actor);
      },
      [&](Actor& actor) {
        EXPECT_EQ(TimeText(Require(actor.Lstat("/t/dir")).mtime), before);
        EXPECT_EQ(before, TimeText(kFixtureTime));
      });
}

COWBELL_CASE(COW_041, ChangedChildrenLeaveIt) { ExpectDirectoryTimeKept(scene, When::kLive); }
COWBELL_CASE(COW_041, ChangedChildrenLeaveItAfterRestart) {
  ExpectDirectoryTimeKept(scene, When::kRestarted);
}

// `change` is the first one to the directory: the clock has moved on since the image was made.
void ExpectNewer(Scene& scene, const std::string& path, bool mtime_too,
                 const std::function<Status(Actor&)>& change) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(ThingsWithTimes())));
  const FileStat before = Require(actor.Lstat(path));

  EXPECT_THAT(change(actor), Succeeds());

  const FileStat after = Require(actor.Lstat(path));
  EXPECT_GT(after.ctime, before.ctime)
      << TimeText(after.ctime) << " is not newer than " << TimeText(before.ctime);
  if (mtime_too) {
    EXPECT_GT(after.mtime, before.mtime)
        << TimeText(after.mtime) << " is not newer than " << TimeText(before.mtime);
  }
  actor.Finish();
}

void ExpectDirectoryNewer(Scene& scene, const std::function<Status(Actor&)>& change) {
  ExpectNewer(scene, "/t/dir", true, change);
}

COWBELL_CASE(COW_042, NewFile) {
  ExpectDirectoryNewer(scene, [](Actor& a) { return a.CreateFile("/t/dir/new", "n"); });
}
COWBELL_CASE(COW_042, NewDirectory) {
  ExpectDirectoryNewer(scene, [](Actor& a) { return a.Mkdir("/t/dir/new"); });
}
COWBELL_CASE(COW_042, RemovedFile) {
  ExpectDirectoryNewer(scene, [](Actor& a) { return a.Unlink("/t/dir/child"); });
}
COWBELL_CASE(COW_042, RenamedFile) {
  ExpectDirectoryNewer(scene, [](Actor& a) { return a.Rename("/t/dir/child", "/t/dir/moved"); });
}
COWBELL_CASE(COW_042, FileMovedAway) {
  ExpectDirectoryNewer(scene, [](Actor& a) { return a.Rename("/t/dir/child", "/t/moved"); });
}
COWBELL_CASE(COW_042, FileMovedHere) {
  ExpectDirectoryNewer(scene, [](Actor& a) { return a.Rename("/t/file", "/t/dir/moved"); });
}

COWBELL_CASE(COW_055, ReadingLeavesOrMovesIt) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(ThingsWithTimes())));
  FileStat before = Require(actor.Lstat("/t/file"));

  Require(actor.Read("/t/file"));

  FileStat after = Require(actor.Lstat("/t/file"));
  scene.Outcome("atime", after.atime == before.atime ? "left" : "moved");
  EXPECT_GE(after.atime, before.atime);
  before.atime = after.atime;
  EXPECT_EQ(StatText(after), StatText(before)) << "all but atime";
  actor.Finish();
}

void ExpectFileNewer(Scene& scene, const std::function<Status(Actor&)>& change) {
  ExpectNewer(scene, "/t/dir/child", false, change);
}

COWBELL_CASE(COW_056, Chmod) {
  ExpectFileNewer(scene, [](Actor& a) { return a.Chmod("/t/dir/child", 0600); });
}
COWBELL_CASE(COW_056, Chown) {
  ExpectFileNewer(scene, [](Actor& a) { return a.Lchown("/t/dir/child", 1, 1); });
}
COWBELL_CASE(COW_056, Utimensat) {
  ExpectFileNewer(scene, [](Actor& a) { return a.SetTimes("/t/dir/child", kAtime, kMtime); });
}
COWBELL_CASE(COW_056, Setxattr) {
  ExpectFileNewer(scene, [](Actor& a) { return a.Setxattr("/t/dir/child", "user.cowbell", "y"); });
}
COWBELL_CASE(COW_056, Removexattr) {
  ExpectFileNewer(scene, [](Actor& a) { return a.Removexattr("/t/dir/child", "user.cowbell"); });
}
COWBELL_CASE(COW_056, Link) {
  ExpectFileNewer(scene, [](Actor& a) { return a.Link("/t/dir/child", "/t/second"); });
}

}  // namespace
}  // namespace cowbell::conformance
