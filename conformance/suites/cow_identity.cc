// COW-024, COW-025, COW-027 to COW-030, COW-035, COW-036: what a file is known by.

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "conformance/harness/scene.h"
#include "conformance/suites/answers.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/trees.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::ContainerEq;
using ::testing::Field;

void ExpectSizeIsSeen(Scene& scene, Origin origin, uint64_t size) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(LayersFor(origin))));
  Prepare(actor, origin);
  Require(actor.Open("a", kTarget, "rdonly"));

  EXPECT_THAT(actor.Truncate(kTarget, size), Succeeds());

  EXPECT_THAT(actor.Fstat("a"), Yields(Field("size", &FileStat::size, size)));
  actor.Finish();
}

COWBELL_CASE(COW_024, ShrunkImageFile) { ExpectSizeIsSeen(scene, Origin::kImage, 1); }
COWBELL_CASE(COW_024, GrownImageFile) { ExpectSizeIsSeen(scene, Origin::kImage, 4000); }
COWBELL_CASE(COW_024, ShrunkFileOfTwoLayers) { ExpectSizeIsSeen(scene, Origin::kTwoLayers, 1); }
COWBELL_CASE(COW_024, ShrunkCopiedUpFile) { ExpectSizeIsSeen(scene, Origin::kCopiedUp, 1); }
COWBELL_CASE(COW_024, ShrunkCreatedFile) { ExpectSizeIsSeen(scene, Origin::kCreated, 1); }

constexpr size_t kPage = 4096;

COWBELL_CASE(COW_025, MappingShowsWholeOldOrNewPages) {
  const std::string old_page(kPage, 'o');
  const std::string new_page(kPage, 'n');
  Actor actor = scene.Start(
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/file", old_page + old_page)})));
  Require(actor.Open("a", "/t/file", "rdonly"));
  Require(actor.Do("map", {"m", "a", std::to_string(2 * kPage), "r", "shared"}));
  Require(Ask(actor, "peek", {"m", "0", "1"}, "data"));

  Require(actor.Open("b", "/t/file", "rdwr"));
  Require(actor.Pwrite("b", 0, new_page + new_page));

  std::string seen;
  for (size_t page = 0; page < 2; ++page) {
    const std::string bytes = Require(
        Ask(actor, "peek", {"m", std::to_string(page * kPage), std::to_string(kPage)}, "data"));
    EXPECT_TRUE(bytes == old_page || bytes == new_page)
        << "page " << page << " is neither the old nor the new one";
    seen += std::string(page == 0 ? "" : ", ") + (bytes == old_page ? "old" : "new");
  }
  scene.Outcome("mmap", seen);
  actor.Finish();
}

// Two layers, every kind, and a directory that both make up.
std::vector<Layer> EveryKindInTwoLayers() {
  return {Layer()
              .Dir("t/")
              .File("t/file", "old")
              .File("t/other", "old")
              .Symlink("t/link", "file")
              .Fifo("t/fifo")
              .Dir("t/dir/")
              .File("t/dir/lower", "l")
              .Dir("t/untouched/")
              .File("t/untouched/child", "c"),
          Layer().Dir("t/").File("t/upper", "u").Dir("t/dir/").File("t/dir/upper", "u")};
}

// Copies up, makes and moves.
void ChangeSome(Actor& actor) {
  Require(actor.Append("/t/file", "er"));
  Require(actor.Chmod("/t/fifo", 0600));
  Require(actor.Lchown("/t/link", 1, 1));
  Require(actor.CreateFile("/t/created", "n"));
  Require(actor.Mkdir("/t/made"));
  Require(actor.CreateFile("/t/dir/created", "n"));
  Require(actor.Rename("/t/other", "/t/dir/moved"));
}

// path -> stat of everything below /t.
std::map<std::string, FileStat> StatsOf(Actor& actor) {
  std::map<std::string, FileStat> stats;
  for (const auto& [path, node] : Require(actor.ReadTree("/t")))
    stats[path] = Require(actor.Lstat(path));
  return stats;
}

enum class Changes { kNone, kSome };

Actor StartWith(Scene& scene, Changes changes) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(EveryKindInTwoLayers())));
  if (changes == Changes::kSome) ChangeSome(actor);
  return actor;
}

void ExpectOneDevice(Scene& scene, Changes changes) {
  Actor actor = StartWith(scene, changes);
  const uint64_t root = Require(actor.Lstat("/")).dev;

  for (const auto& [path, stat] : StatsOf(actor))
    EXPECT_EQ(stat.dev, root) << path;

  actor.Finish();
}

COWBELL_CASE(COW_027, ObjectsOfTheImageAreOnTheRootsDevice) {
  ExpectOneDevice(scene, Changes::kNone);
}
COWBELL_CASE(COW_027, ChangedObjectsAreOnTheRootsDevice) { ExpectOneDevice(scene, Changes::kSome); }

void ExpectDistinct(Scene& scene, Changes changes) {
  Actor actor = StartWith(scene, changes);
  std::map<std::pair<uint64_t, uint64_t>, std::string> owners;

  for (const auto& [path, stat] : StatsOf(actor)) {
    const auto [owner, fresh] = owners.emplace(std::pair(stat.dev, stat.ino), path);
    EXPECT_TRUE(fresh) << owner->second << " and " << path << " are both device " << stat.dev
                       << " inode " << stat.ino;
  }

  actor.Finish();
}

COWBELL_CASE(COW_028, ObjectsOfTheImageDiffer) { ExpectDistinct(scene, Changes::kNone); }
COWBELL_CASE(COW_028, ChangedObjectsDiffer) { ExpectDistinct(scene, Changes::kSome); }

// Judges the entries of `directory` that `wanted` accepts.
void ExpectDirentsMatch(Actor& actor, const std::string& directory,
                        const std::function<bool(const std::string& name)>& wanted) {
  const auto reply = Require(actor.Do("dirents", {directory}));
  const NameList names = Split(reply.Get("names"), '/');
  const NameList inodes = Split(reply.Get("inodes"), '/');
  ASSERT_EQ(names.size(), inodes.size());
  EXPECT_GE(names.size(), 3U) << directory << " lists nothing";
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string path = directory + "/" + names[i];
    if (!wanted(names[i])) continue;
    EXPECT_EQ(inodes[i], std::to_string(Require(actor.Lstat(path)).ino)) << path;
  }
}

void ExpectAllDirentsMatch(Scene& scene, Changes changes) {
  Actor actor = StartWith(scene, changes);
  for (const char* directory : {"/t/dir", "/t/untouched"})
    ExpectDirentsMatch(actor, directory, [](const std::string&) { return true; });
  ExpectDirentsMatch(actor, "/t", [](const std::string& name) { return name != ".."; });
  actor.Finish();
}

COWBELL_CASE(COW_029, NumbersOfTheImageMatch) { ExpectAllDirentsMatch(scene, Changes::kNone); }
COWBELL_CASE(COW_029, NumbersOfChangedDirectoriesMatch) {
  ExpectAllDirentsMatch(scene, Changes::kSome);
}
COWBELL_CASE(COW_029, NumberOfTheRootMatchesBelowIt) {
  scene.RelaxFor("kernel.overlay.root-inode");
  Actor actor = StartWith(scene, Changes::kNone);
  ExpectDirentsMatch(actor, "/t", [](const std::string& name) { return name == ".."; });
  actor.Finish();
}

std::map<std::string, uint64_t> InodesOf(Actor& actor) {
  std::map<std::string, uint64_t> inodes;
  for (const auto& [path, stat] : StatsOf(actor))
    inodes[path] = stat.ino;
  return inodes;
}

void ExpectNumbersPersist(Scene& scene, Changes changes) {
  Container& container = scene.Create(scene.MakeImage(EveryKindInTwoLayers()));
  Actor actor = scene.Start(container);
  if (changes == Changes::kSome) ChangeSome(actor);
  const std::map<std::string, uint64_t> before = InodesOf(actor);
  actor.Finish();

  actor = scene.Start(container);
  EXPECT_THAT(InodesOf(actor), ContainerEq(before));
  actor.Finish();
}

COWBELL_CASE(COW_030, NumbersOfTheImagePersist) { ExpectNumbersPersist(scene, Changes::kNone); }
COWBELL_CASE(COW_030, NumbersOfChangedObjectsPersist) {
  ExpectNumbersPersist(scene, Changes::kSome);
}

// The copy-up in the first start, the look in two later ones.
COWBELL_CASE(COW_030, NumberOfAFilePersistsOverItsCopyUp) {
  Container& container = scene.Create(scene.MakeImage(EveryKindInTwoLayers()));
  Actor actor = scene.Start(container);
  const uint64_t before = Require(actor.Lstat("/t/file")).ino;
  Require(actor.Append("/t/file", "er"));
  actor.Finish();

  actor = scene.Start(container);
  EXPECT_THAT(actor.Lstat("/t/file"), Yields(Field("ino", &FileStat::ino, before)));
  actor.Finish();
}

void ExpectWorkingDirectory(Scene& scene, const std::string& directory,
                            const std::function<void(Actor&)>& change) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(EveryKindInTwoLayers())));
  Require(actor.Do("chdir", {directory}));

  change(actor);

  EXPECT_THAT(Ask(actor, "ids", {}, "cwd"), Yields(directory));
  actor.Finish();
}

COWBELL_CASE(COW_035, AfterARefusedRmdir) {
  ExpectWorkingDirectory(scene, "/t/dir", [](Actor& actor) {
    EXPECT_THAT(actor.Rmdir("/t/dir"), FailsWith(ENOTEMPTY));
  });
}
COWBELL_CASE(COW_035, AfterItsCopyUp) {
  ExpectWorkingDirectory(
      scene, "/t/dir", [](Actor& actor) { EXPECT_THAT(actor.Chmod("/t/dir", 0700), Succeeds()); });
}
COWBELL_CASE(COW_035, AfterARefusedRmdirAndItsCopyUp) {
  ExpectWorkingDirectory(scene, "/t/untouched", [](Actor& actor) {
    EXPECT_THAT(actor.Rmdir("/t/untouched"), FailsWith(ENOTEMPTY));
    EXPECT_THAT(actor.CreateFile("/t/untouched/new", "n"), Succeeds());
    EXPECT_THAT(actor.Chmod("/t/untouched", 0700), Succeeds());
  });
}

COWBELL_CASE(COW_036, HandleIsGivenOrRefused) {
  Actor actor = StartWith(scene, Changes::kSome);

  for (const char* path : {"/t/upper", "/t/file", "/t/dir"}) {
    const auto handle = actor.Do("handle", {path});
    if (handle.has_value()) {
      scene.Outcome(path, "given");
      EXPECT_NE(handle.value().Get("bytes"), "0") << path;
      continue;
    }
    const int error = handle.error().errno_value();
    scene.Outcome(path, ErrnoName(error));
    if (error == EPERM || error == ENOSYS) {
      scene.SkipNotApplicable("the sandbox does not let a process ask");
    }
    EXPECT_THAT(handle, FailsWith(EOPNOTSUPP)) << path;
  }

  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
