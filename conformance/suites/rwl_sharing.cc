// Containers of one image share its layers: the store holds them once.

#include <sys/stat.h>

#include <functional>
#include <set>
#include <utility>

#include "conformance/suites/bulk.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/store_paths.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Ge;
using ::testing::Le;
using ::testing::SizeIs;

constexpr int kContainers = 10;

struct Copies {
  std::set<std::pair<dev_t, ino_t>> files;  // different files that offer the image's data
  int offers = 0;                           // containers below which it lies
};

void AddCopies(Container& container, const std::string& path, Copies& copies) {
  bool offered = false;
  for (const std::string& layer : Require(container.LowerDirs())) {
    struct stat status {};
    if (stat((layer + path).c_str(), &status) != 0) continue;
    copies.files.emplace(status.st_dev, status.st_ino);
    offered = true;
  }
  copies.offers += offered ? 1 : 0;
}

// Ten containers have started; each lies on the same file of the same layer, and none holds a copy
// of its own.
COWBELL_CASE(RWL_015, TenContainersShareOneCopyOfTheImage) {
  NeedsSharedLayers(scene);
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/big", UniqueBytes(32 * kMiB))});
  Copies copies;
  for (int i = 1; i <= kContainers; ++i) {
    Container& container = scene.Create(image);
    const OwnPaths own = PathsOf(scene, container);
    Actor actor = scene.Start(container);
    EXPECT_THAT(Require(actor.Stat("/t/big")).size, 32 * kMiB);
    actor.Finish();
    EXPECT_THAT(DiskUsage(own.upper), Yields(Le(kMiB))) << "container " << i;
    AddCopies(container, "/t/big", copies);
  }

  EXPECT_EQ(copies.offers, kContainers) << "containers whose lower layers hold the image's file";
  EXPECT_THAT(copies.files, SizeIs(1)) << "copies of the image's file in the store";
}

// The directories of `container`'s layers that hold `path`.
std::vector<std::string> LayersWith(Container& container, const std::string& path) {
  std::vector<std::string> found;
  for (const std::string& layer : Require(container.LowerDirs())) {
    if (Exists(layer + path)) found.push_back(layer);
  }
  return found;
}

// Where everything lies, and what it takes there.
class Store {
 public:
  Store(Scene& scene, Container& container) : path_(PathsOf(scene, container).store) {}
  // Since the last call, or since the beginning.
  int64_t Growth() {
    const auto now = static_cast<int64_t>(UsageOf(path_));
    return now - std::exchange(last_, now);
  }

 private:
  std::string path_;
  int64_t last_ = static_cast<int64_t>(UsageOf(path_));
};

// What an engine may take for its records of one image or container.
constexpr auto kSlack = static_cast<int64_t>(kMiB);
constexpr auto kOwn = static_cast<int64_t>(4 * kMiB);
// An engine may keep a layer's archive, which does not compress here, beside its tree.
constexpr int64_t kOwnAtMost = 2 * kOwn + kSlack;

Layer BulkLayer(const std::string& path, uint64_t size) {
  return Layer().Dir("t/").File(path, UniqueBytes(size));
}

COWBELL_CASE(RWL_016, ASecondImageTakesOnlyItsOwnLayers) {
  const Layer base = BulkLayer("t/base", 16 * kMiB);
  Image& first = scene.MakeImage({base, BulkLayer("t/one", kOwn)});
  Store store(scene, scene.Create(first));

  Image& second = scene.MakeImage({base, BulkLayer("t/two", kOwn)});
  EXPECT_THAT(store.Growth(), AllOf(Ge(kOwn), Le(kOwnAtMost)));

  Container& container = scene.Create(second);
  EXPECT_THAT(LayersWith(container, "/t/base"), SizeIs(1));
  Actor actor = scene.Start(container);
  EXPECT_EQ(Require(actor.Stat("/t/base")).size, 16 * kMiB);
  actor.Finish();
}

// ChainIDs tell the two apart, contents do not.
COWBELL_CASE(RWL_017, OneLayerOnTwoParentsIsStoredOnceOrTwice) {
  const Layer common = BulkLayer("t/common", kOwn);
  Image& first = scene.MakeImage({Layer().File("parent", "one"), common});
  Store store(scene, scene.Create(first));

  scene.MakeImage({Layer().File("parent", "two"), common});

  const int64_t growth = store.Growth();
  scene.Outcome("store.diffid", growth < kSlack ? "once" : "per parent");
  EXPECT_THAT(growth, AnyOf(Le(kSlack), AllOf(Ge(kOwn), Le(kOwnAtMost))));
}

COWBELL_CASE(RWL_018, RemovingOneOfTwoImagesFreesOnlyItsOwnLayers) {
  const Layer base = BulkLayer("t/base", 16 * kMiB);
  Image& goes = scene.MakeImage({base, BulkLayer("t/goes", kOwn)});
  Image& stays = scene.MakeImage({base, BulkLayer("t/stays", kOwn)});
  Container& container = scene.Create(stays);
  Actor actor = scene.Start(container);
  const Tree before = Require(actor.ReadTree("/t"));
  Store store(scene, container);

  scene.Must({"image", "rm", goes.ref()});

  EXPECT_THAT(store.Growth(), AllOf(Ge(-kOwnAtMost), Le(-kOwn)));
  EXPECT_THAT(Require(actor.ReadTree("/t")), IsTree(before)) << "a running container of the other";
  actor.Finish();
  actor = scene.Start(scene.Create(stays));
  EXPECT_THAT(Require(actor.ReadTree("/t")), IsTree(before)) << "a new container of the other";
  actor.Finish();
}

// Loads an image, runs it, and lets `remove` take both away: the store is what it was before.
void ReturnsToItsSize(Scene& scene,
                      const std::function<void(Container& container, Image& image)>& remove) {
  // An engine makes directories with the first image; they stay.
  Container& reference = scene.Create(scene.MakeImage({Layer().File("reference", "x")}));
  Store store(scene, reference);
  Image& image = scene.MakeImage({BulkLayer("t/big", 8 * kMiB)});
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  WriteBulk(actor, "/t", 4);
  actor.Finish();
  const std::vector<std::string> layers = LayersWith(container, "/t/big");
  ASSERT_THAT(layers, SizeIs(1));
  const OwnPaths own = PathsOf(scene, container);

  remove(container, image);

  EXPECT_THAT(store.Growth(), AllOf(Ge(-kSlack), Le(kSlack)));
  EXPECT_FALSE(Exists(layers.front())) << layers.front();
  EXPECT_FALSE(Exists(own.upper)) << own.upper;
}

COWBELL_CASE(RWL_019, ContainerThenImage) {
  ReturnsToItsSize(scene, [&](Container& container, Image& image) {
    scene.Must({"container", "rm", container.name()});
    scene.Must({"image", "rm", image.ref()});
  });
}

// The image goes first, by force; its layers are needed until the container goes.
COWBELL_CASE(RWL_019, ImageByForceThenContainer) {
  ReturnsToItsSize(scene, [&](Container& container, Image& image) {
    scene.Must({"image", "rm", "--force", image.ref()});
    const bool kept = scene.Run({"container", "inspect", container.name()}).status.ok();
    scene.Outcome("rmi.force.stopped", kept ? "container-kept" : "container-removed");
    if (kept) scene.Must({"container", "rm", container.name()});
  });
}

}  // namespace
}  // namespace cowbell::conformance
