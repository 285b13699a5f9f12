#include "runtime/store/rw_layer.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>
#include <string>

#include "runtime/rootfs/overlay.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

// What an overlay takes; a RW layer that is only read counts as one of them.
constexpr size_t kMaxLowers = 500;

}  // namespace

Result<UniqueFd> MountForReading(const Store& store, const ContainerConfig& config) {
  OverlaySpec spec;
  spec.lower_dirs = ContainerLowerDirs(store, config);
  if (spec.lower_dirs.size() < kMaxLowers) {
    spec.lower_dirs.insert(spec.lower_dirs.begin(), UpperDir(store, config.id));
    // An overlay of one directory alone is refused by the kernel.
    if (spec.lower_dirs.size() == 1) spec.lower_dirs.push_back(RootDir(store, config.id));
    return MountOverlay(spec);
  }
  spec.upper_dir = UpperDir(store, config.id);
  spec.work_dir = WorkDir(store, config.id);
  UniqueFd mount = TRY(MountOverlay(spec));
  mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(mount.get(), "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) != 0) {
    return Error::FromErrno(errno, "mount_setattr");
  }
  return mount;
}

Result<std::vector<Change>> DiffRwLayer(const Store& store, const ContainerConfig& config,
                                        DiffFor purpose) {
  DiffSpec spec;
  spec.upper_dir = UpperDir(store, config.id);
  spec.lower_dirs = ContainerLowerDirs(store, config);
  spec.managed = EngineManagedPaths();
  spec.for_layer = purpose == DiffFor::kLayer;
  const std::vector<std::string> image_dirs = LowerDirs(store, config.chain);
  if (!image_dirs.empty()) spec.top_below = image_dirs.front();
  return DiffLayers(spec);
}

}  // namespace cowbell
