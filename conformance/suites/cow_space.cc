// COW-006, COW-019 to COW-021, COW-057: the space that the RW layer has.

#include <sys/statvfs.h>

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/answers.h"
#include "conformance/suites/trees.h"
#include "conformance/suites/upper.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::Field;
using ::testing::IsEmpty;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kLeft = 2 * kMiB;
constexpr char kBig[] = "/t/big";

// 4 MiB that no file system stores in less: no two pages are equal.
std::string BigContent() {
  std::string bytes;
  for (int i = 0; bytes.size() < 4 * kMiB; ++i)
    bytes += "line " + std::to_string(i) + "\n";
  bytes.resize(4 * kMiB);
  return bytes;
}

std::vector<Layer> BigFile() {
  return {Layer()
              .Dir("t/")
              .File("t/big", BigContent())
              .Mode(0741)
              .File("t/small", "small")
              .File("t/keep", "kept")};
}

// A store that copies whole files when they are first changed. Others need no space for it.
void RequireCopyOfFiles(Scene& scene) {
  const auto& choices = scene.profile().choices;
  const auto is = [&](const char* key, const char* value) {
    const auto found = choices.find(key);
    return found != choices.end() && found->second == value;
  };
  if (!is("store.sharing", "shared") || !is("store.granularity", "file")) {
    scene.SkipNotApplicable("nothing is copied when a file is first changed");
  }
}

COWBELL_CASE(COW_006, TruncatingOpenSucceeds) {
  Container& container = scene.Create(scene.MakeImage(BigFile()));
  Actor actor = scene.Start(container);
  scene.LeaveFree(kLeft);

  EXPECT_THAT(actor.Open("f", kBig, "wronly,trunc"), Succeeds());
  EXPECT_THAT(actor.Pwrite("f", 0, "q"), Succeeds());

  EXPECT_THAT(actor.Read(kBig), Yields(std::string("q")));
  actor.Finish();
}

const auto kNoSpace = AnyOf(FailsWith(ENOSPC), FailsWith(EDQUOT));

// The data of the whole file has to be copied, and cannot be.
void FailToCopy(Actor& actor) {
  EXPECT_THAT(actor.Open("w", kBig, "wronly"), kNoSpace);
  EXPECT_THAT(actor.Append(kBig, "x"), kNoSpace);
  EXPECT_THAT(actor.Truncate(kBig, 4 * kMiB + 1), kNoSpace);
}

COWBELL_CASE(COW_019, FailedCopyUpLeavesTheFile) {
  RequireCopyOfFiles(scene);
  Container& container = scene.Create(scene.MakeImage(BigFile()));
  Actor actor = scene.Start(container);
  const Tree before = Require(SeenPart(actor, "/t"));
  Require(actor.Open("r", kBig, "rdonly"));
  scene.LeaveFree(kLeft);

  FailToCopy(actor);

  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(before)));
  EXPECT_THAT(actor.Pread("r", 0, 100), Yields(BigContent().substr(0, 100)));
  actor.Finish();
}

COWBELL_CASE(COW_019, FailedCopyUpLeavesTheFileAfterRestart) {
  RequireCopyOfFiles(scene);
  Container& container = scene.Create(scene.MakeImage(BigFile()));
  Actor actor = scene.Start(container);
  const Tree before = Require(SeenPart(actor, "/t"));
  scene.LeaveFree(kLeft);
  FailToCopy(actor);
  actor.Finish();

  actor = scene.Start(container);
  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(before)));
  actor.Finish();
}

COWBELL_CASE(COW_019, FailedCopyUpLeavesNoPart) {
  RequireCopyOfFiles(scene);
  Container& container = scene.Create(scene.MakeImage(BigFile()));
  const std::string copy = InUpper(scene, container, kBig);
  Actor actor = scene.Start(container);
  scene.LeaveFree(kLeft);

  FailToCopy(actor);

  EXPECT_FALSE(Exists(copy)) << copy;
  const std::string upper = copy.substr(0, copy.size() - std::string(kBig).size());
  const std::string work = upper.substr(0, upper.rfind('/')) + "/work/work";
  if (Exists(work)) {
    EXPECT_THAT(ListDir(work), Yields(IsEmpty()));
  }
  // What the failed copies took is free again.
  EXPECT_THAT(actor.CreateFile("/t/new", std::string(kMiB, 'n')), Succeeds());
  actor.Finish();
}

void ExpectModeSetOrKept(Scene& scene, bool restart) {
  Container& container = scene.Create(scene.MakeImage(BigFile()));
  Actor actor = scene.Start(container);
  scene.LeaveFree(kLeft);

  const Status changed = actor.Chmod(kBig, 0600);
  scene.Outcome("chmod", changed.has_value() ? "set" : "refused");
  if (!changed.has_value()) {
    EXPECT_THAT(changed, kNoSpace);
  }
  if (restart) {
    actor.Finish();
    actor = scene.Start(container);
  }
  const uint32_t expected = changed.has_value() ? 0600 : 0741;
  EXPECT_THAT(actor.Lstat(kBig), Yields(Field("mode", &FileStat::mode, expected)));
  EXPECT_THAT(actor.Lstat(kBig), Yields(Field("size", &FileStat::size, 4 * kMiB)));
  actor.Finish();
}

COWBELL_CASE(COW_020, ChmodWorksOrLeavesTheMode) { ExpectModeSetOrKept(scene, false); }
COWBELL_CASE(COW_020, ChmodWorksOrLeavesTheModeAfterRestart) { ExpectModeSetOrKept(scene, true); }

COWBELL_CASE(COW_021, FilesOfAFullLayerCanBeRemoved) {
  Container& container = scene.Create(scene.MakeImage(BigFile()));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/own", std::string(kMiB, 'o')));
  Require(actor.Mkdir("/t/fill"));
  scene.LeaveFree(kLeft);
  const auto filled = actor.Do("fill", {"/t/fill", "100000", "f", "65536"});
  if (filled.has_value() || filled.error().errno_value() != ENOSPC) {
    throw SceneError("the RW layer is not full after filling it");
  }

  EXPECT_THAT(actor.Unlink("/t/own"), Succeeds());
  EXPECT_THAT(actor.Unlink("/t/small"), AnyOf(Succeeds(), FailsWith(EDQUOT)));
  EXPECT_THAT(actor.CreateFile("/t/new", std::string(kMiB / 2, 'n')), Succeeds())
      << "the removed file's space is free";
  EXPECT_THAT(actor.RemoveTree("/t/fill"), Succeeds());
  EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"big", "keep", "new"}));
  actor.Finish();
}

COWBELL_CASE(COW_057, LongestNameIsThatLong) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage({Layer().Dir("t/")})));
  const size_t longest = std::stoul(Require(Ask(actor, "statfs", {"/t"}, "namelen")));
  ASSERT_GT(longest, 13U);
  ASSERT_LT(longest, 4096U);
  const std::string name(longest, 'n');

  EXPECT_THAT(actor.CreateFile("/t/" + name, "x"), Succeeds());
  EXPECT_THAT(actor.CreateFile("/t/" + name + "n", "x"), FailsWith(ENAMETOOLONG));

  EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{name}));
  EXPECT_THAT(actor.Rename("/t/" + name, "/t/short"), Succeeds());
  EXPECT_THAT(actor.Unlink("/t/short"), Succeeds());
  actor.Finish();
}

// The size of a file system does not move while others write to it; its free space does.
COWBELL_CASE(COW_057, SizeIsThatOfTheStore) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));
  struct statvfs store = {};
  const std::string upper = InUpper(scene, container, "");
  if (statvfs(upper.c_str(), &store) != 0) throw SceneError("statvfs '" + upper + "'");
  Actor actor = scene.Start(container);

  const auto seen = Require(actor.Do("statfs", {"/t"}));

  EXPECT_EQ(std::stoull(seen.Get("blocks")) * std::stoull(seen.Get("bsize")),
            uint64_t{store.f_blocks} * store.f_frsize);
  EXPECT_NE(seen.Get("bfree"), "0");
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
