// How much a change takes in the RW layer, by what its own directory holds on the disk.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <set>

#include "conformance/suites/bulk.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/store_paths.h"
#include "fixtures/image/tree.h"
#include "runtime/base/file.h"
#include "runtime/base/sha256.h"
#include "runtime/base/unique_fd.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

// What directories and the like may take beside the data.
constexpr uint64_t kSlack = 64 * kKiB;

// By how much the RW layer has grown when `change` is done and the container has stopped.
uint64_t GrowthOver(Scene& scene, Container& container, const std::function<void(Actor&)>& change) {
  const OwnPaths own = PathsOf(scene, container);
  const uint64_t before = UsageOf(own.upper);
  Actor actor = scene.Start(container);
  change(actor);
  actor.Finish();
  const uint64_t after = UsageOf(own.upper);
  return after - std::min(before, after);
}

Container& ContainerWithFile(Scene& scene, uint64_t size) {
  return scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/big", UniqueBytes(size))}));
}

// Everything in the store is measured: the layers, the RW layer, and what is neither.
COWBELL_CASE(RWL_001, OnlyTheRwLayerGrowsByWhatIsWritten) {
  Container& container = ContainerWithFile(scene, 4 * kMiB);
  const OwnPaths own = PathsOf(scene, container);
  const std::vector<std::string> lowers = Require(container.LowerDirs());
  const uint64_t lowers_before = UsageOf(lowers);
  const uint64_t rest_before = UsageOf(own.store) - UsageOf(own.upper);

  // 4 MiB are of the image, 8 MiB are new.
  const uint64_t growth = GrowthOver(scene, container, [](Actor& actor) {
    Require(actor.Append("/t/big", "x"));
    WriteBulk(actor, "/t", 8);
  });

  EXPECT_THAT(growth, AllOf(Ge(12 * kMiB * 95 / 100), Le(12 * kMiB * 105 / 100)));
  EXPECT_EQ(UsageOf(lowers), lowers_before);
  EXPECT_THAT(UsageOf(own.store) - UsageOf(own.upper), Le(rest_before + kMiB));
}

COWBELL_CASE(RWL_002, TheUpperDirectoryHoldsTheTouchedPathsAndTheirParents) {
  const auto whiteout = scene.profile().choices.find("store.whiteout");
  if (whiteout == scene.profile().choices.end() || whiteout->second != "device") {
    scene.SkipNotApplicable("the store does not say that its RW layers are overlayfs's own");
  }
  Container& container = scene.Create(scene.MakeImage({Layer()
                                                           .Dir("t/")
                                                           .File("t/a", "image")
                                                           .File("t/read", "image")
                                                           .Dir("t/looked-at/")
                                                           .File("t/looked-at/b", "image")}));
  const OwnPaths own = PathsOf(scene, container);
  Actor actor = scene.Start(container);
  Require(actor.Append("/t/a", "more"));
  Require(actor.Read("/t/read"));
  Require(actor.List("/t/looked-at"));
  actor.Finish();

  std::set<std::string> expected = {"/", "/t", "/t/a"};
  std::set<std::string> seen;
  for (const auto& [path, node] : Require(ReadTree(own.upper)))
    seen.insert(path);
  // The engine's own files and their parents may be there.
  for (const std::string& managed : scene.profile().managed_paths) {
    std::erase_if(seen, [&](const std::string& path) {
      return !expected.contains(path) && (path == managed || path.starts_with(managed + "/") ||
                                          managed.starts_with(path + "/"));
    });
  }
  EXPECT_EQ(seen, expected);
}

// Half of it would be seen.
constexpr uint64_t kImageBytes = 16 * kMiB;

COWBELL_CASE(RWL_003, ACreatedContainerTakesAlmostNothing) {
  NeedsSharedLayers(scene);
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/big", UniqueBytes(kImageBytes))});
  const OwnPaths reference = PathsOf(scene, scene.Create(image));
  const uint64_t before = UsageOf(reference.store);

  Container& container = scene.Create(image);

  EXPECT_THAT(DiskUsage(PathsOf(scene, container).upper), Yields(Le(kSlack)));
  EXPECT_THAT(UsageOf(reference.store), Le(before + kMiB));
}

COWBELL_CASE(RWL_003, AStartedContainerTakesAlmostNothing) {
  NeedsSharedLayers(scene);
  Container& container = ContainerWithFile(scene, kImageBytes);
  const OwnPaths own = PathsOf(scene, container);
  const uint64_t before = UsageOf(own.store);

  const uint64_t growth =
      GrowthOver(scene, container, [](Actor& actor) { (void)HashOf(actor, "/t/big"); });

  EXPECT_THAT(growth, Le(kSlack));
  EXPECT_THAT(UsageOf(own.store), Le(before + kMiB));
}

COWBELL_CASE(RWL_004, OneByteCostsAtMostTheFile) {
  Container& container = ContainerWithFile(scene, kImageBytes);

  const uint64_t growth = GrowthOver(scene, container, [](Actor& actor) {
    Require(actor.Open("f", "/t/big", "rdwr"));
    Require(actor.Pwrite("f", 0, "x"));
    Require(actor.Close("f"));
  });

  EXPECT_THAT(growth, AllOf(Ge(uint64_t{1}), Le(kImageBytes * 105 / 100)));
}

// Whether metadata alone copies the data is the storage's choice; more than the data it never is.
void MetadataCosts(Scene& scene, const std::string& key,
                   const std::function<void(Actor&)>& change) {
  constexpr uint64_t kBytes = kMiB;
  Container& container = ContainerWithFile(scene, kBytes);

  const uint64_t growth = GrowthOver(scene, container, change);

  scene.Outcome(key, growth >= kBytes ? "data copied" : "data not copied");
  EXPECT_THAT(growth, Le(kBytes + kSlack));
}

COWBELL_CASE(RWL_005, ChmodCostsAtMostTheFile) {
  MetadataCosts(scene, "copyup.chmod", [](Actor& a) { Require(a.Chmod("/t/big", 0741)); });
}
COWBELL_CASE(RWL_005, ChownCostsAtMostTheFile) {
  MetadataCosts(scene, "copyup.chown", [](Actor& a) { Require(a.Chown("/t/big", 70123, 70124)); });
}

COWBELL_CASE(RWL_006, TenRewritesInPlaceCostOneFile) {
  constexpr uint64_t kBytes = 256 * kKiB;
  Container& container = ContainerWithFile(scene, kBytes);

  const uint64_t growth = GrowthOver(scene, container, [](Actor& actor) {
    Require(actor.Open("f", "/t/big", "rdwr"));
    for (int i = 0; i < 10; ++i)
      Require(actor.Pwrite("f", 0, std::string(kBytes, static_cast<char>('0' + i))));
    Require(actor.Close("f"));
  });

  EXPECT_THAT(growth, AllOf(Ge(kBytes), Le(kBytes + kSlack)));
}

COWBELL_CASE(RWL_006, TenNewContentsCostOneFile) {
  constexpr uint64_t kBytes = 256 * kKiB;
  Container& container = ContainerWithFile(scene, kBytes);

  const uint64_t growth = GrowthOver(scene, container, [](Actor& actor) {
    for (int i = 0; i < 10; ++i)
      Require(actor.Write("/t/big", std::string(kBytes, static_cast<char>('0' + i))));
  });

  EXPECT_THAT(growth, AllOf(Ge(kBytes), Le(kBytes + kSlack)));
}

COWBELL_CASE(RWL_007, DeletingAnImageFileCostsNothingAndKeepsTheImage) {
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/big", UniqueBytes(kImageBytes))});
  Container& container = scene.Create(image);
  const std::vector<std::string> lowers = Require(container.LowerDirs());
  const uint64_t lowers_before = UsageOf(lowers);
  const auto image_size = [&] {
    return TrimmedOutput(scene.Must({"image", "inspect", "--format", "{{.Size}}", image.ref()}));
  };
  const std::string size_before = image_size();

  const uint64_t growth = GrowthOver(scene, container, [](Actor& actor) {
    Require(actor.Unlink("/t/big"));
    EXPECT_THAT(actor.Lstat("/t/big"), FailsWith(ENOENT));
  });

  EXPECT_THAT(growth, Le(kSlack));
  EXPECT_EQ(image_size(), size_before);
  EXPECT_EQ(UsageOf(lowers), lowers_before);
}

// Image archives hold no holes here: the zeros of the stored file are given back before anything
// runs. Its content stays what it is.
void PunchHoles(const std::string& path, uint64_t from, uint64_t end) {
  const UniqueFd fd = Require(Open(path, O_RDWR));
  const auto punch = [&](uint64_t first, uint64_t last) {
    if (fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(first),
                  static_cast<off_t>(last - first)) != 0) {
      throw SceneError("no holes in '" + path + "': " + ErrnoText(errno));
    }
  };
  punch(0, from);
  punch(from + 4 * kKiB, end);
}

COWBELL_CASE(RWL_013, CopyUpKeepsHoles) {
  constexpr uint64_t kBytes = 16 * kMiB;
  constexpr uint64_t kAt = 8 * kMiB;
  std::string content(kBytes, '\0');
  content.replace(kAt, 4 * kKiB, std::string(4 * kKiB, 'x'));
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/sparse", content)}));
  const auto lowers = container.LowerDirs();
  if (!lowers.has_value()) scene.SkipNotApplicable(lowers.error().ToString());
  for (const std::string& lower : lowers.value()) {
    if (Exists(lower + "/t/sparse")) PunchHoles(lower + "/t/sparse", kAt, kBytes);
  }
  const auto allocated = [](Actor& actor) {
    return std::stoull(Require(actor.Do("stat", {"/t/sparse"})).Get("blocks")) * 512;
  };
  Actor actor = scene.Start(container);
  if (allocated(actor) > kMiB) throw SceneError("the image's file has no holes to keep");

  Require(actor.Open("f", "/t/sparse", "rdwr"));
  Require(actor.Pwrite("f", kAt, "y"));
  Require(actor.Close("f"));

  content[kAt] = 'y';
  EXPECT_THAT(allocated(actor), Le(kMiB));
  EXPECT_EQ(HashOf(actor, "/t/sparse"), Sha256Hex(content));
  actor.Finish();
}

Status CollectInodes(const std::string& path, std::set<ino_t>& inodes) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return Error::FromErrno(errno, "lstat '" + path + "'");
  inodes.insert(status.st_ino);
  if (!S_ISDIR(status.st_mode)) return Ok();
  const std::vector<std::string> names = TRY(ListDir(path));
  for (const std::string& name : names)
    TRY(CollectInodes(path + "/" + name, inodes));
  return Ok();
}

COWBELL_CASE(RWL_014, DeletionsTakeAtMostOneInodeEach) {
  constexpr uint64_t kFiles = 1000;
  Layer layer = Layer().Dir("t/");
  for (uint64_t i = 0; i < kFiles; ++i) {
    char name[32];
    snprintf(name, sizeof(name), "t/f%05llu", static_cast<unsigned long long>(i));
    layer.File(name, "");
  }
  Container& container = scene.Create(scene.MakeImage({layer}));
  const auto upper = container.UpperDir();
  if (!upper.has_value()) scene.SkipNotApplicable(upper.error().ToString());
  std::set<ino_t> before;
  Require(CollectInodes(upper.value(), before));
  Actor actor = scene.Start(container);
  const probe::Reply deleted =
      Require(actor.Do("bulk", {"/t", "f", "0", "1", std::to_string(kFiles), "unlink"}));
  if (!deleted.ok()) throw SceneError("unlink: " + ErrnoName(deleted.error));
  EXPECT_THAT(Require(actor.Names("/t")), IsEmpty());
  actor.Finish();

  std::set<ino_t> after;
  Require(CollectInodes(upper.value(), after));
  const uint64_t taken = after.size() - std::min(before.size(), after.size());
  scene.Outcome("store.whiteout.inodes", taken < kFiles / 2 ? "shared" : "one each");
  // One more is the directory they lie in.
  EXPECT_THAT(taken, Le(kFiles + 1));
}

}  // namespace
}  // namespace cowbell::conformance
