// Containers of one image share its layers: the store holds them once.

#include <sys/stat.h>

#include <set>
#include <utility>

#include "conformance/suites/commands.h"
#include "conformance/suites/store_paths.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::Le;
using ::testing::SizeIs;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr int kContainers = 10;

// Bytes that neither compress nor deduplicate.
std::string UniqueBytes(uint64_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    const std::string block = RandomHex(32 * 1024);
    bytes += block;
  }
  return bytes;
}

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
  const auto sharing = scene.profile().choices.find("store.sharing");
  if (sharing != scene.profile().choices.end() && sharing->second == "copied") {
    scene.SkipNotApplicable("the storage driver copies the image for each container by design");
  }
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

}  // namespace
}  // namespace cowbell::conformance
