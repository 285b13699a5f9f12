#include "runtime/store/rw_layer.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <set>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/rootfs/copy_tree.h"
#include "runtime/rootfs/diff_trees.h"
#include "runtime/rootfs/layer_top.h"
#include "runtime/rootfs/mount_program.h"
#include "runtime/rootfs/overlay.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

// What an overlay takes; a RW layer that is only read counts as one of them.
constexpr size_t kMaxLowers = 500;

bool IsVfs(const Store& store) { return store.storage().driver == StorageDriver::kVfs; }

// A detached mount of a directory alone.
Result<UniqueFd> MountDirectory(const std::string& path) {
  UniqueFd tree(open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree.valid()) return Error::FromErrno(errno, "open_tree '" + path + "'");
  return tree;
}

Result<UniqueFd> ReadOnly(UniqueFd mount) {
  mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(mount.get(), "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) != 0) {
    return Error::FromErrno(errno, "mount_setattr");
  }
  return mount;
}

Result<UniqueFd> MountUnion(const Store& store, const ContainerConfig& config,
                            const OverlaySpec& spec) {
  const std::string& program = store.storage().mount_program;
  if (program.empty()) return MountOverlay(spec);
  return MountByProgram(program, spec, RootDir(store, config.id));
}

// The layers below, as one tree. Their format is the kernel's, whatever mounts the RW layer.
Result<UniqueFd> MountImage(const std::vector<std::string>& dirs) {
  if (dirs.empty()) return UniqueFd();
  if (dirs.size() == 1) return Open(dirs.front(), O_PATH | O_DIRECTORY);
  OverlaySpec spec;
  spec.lower_dirs = dirs;
  return MountOverlay(spec);
}

DiffSpec SpecOf(const Store& store, const ContainerConfig& config, DiffFor purpose) {
  DiffSpec spec;
  spec.upper_dir = UpperDir(store, config.id);
  spec.lower_dirs = ContainerLowerDirs(store, config);
  spec.managed = EngineManagedPaths();
  spec.for_layer = purpose == DiffFor::kLayer;
  const std::vector<std::string> image_dirs = LowerDirs(store, config.chain);
  if (!image_dirs.empty()) spec.top_below = image_dirs.front();
  return spec;
}

}  // namespace

Status FillRwLayer(const Store& store, const ContainerConfig& config,
                   const std::string& upper_dir) {
  const std::vector<std::string> dirs = LowerDirs(store, config.chain);
  if (dirs.empty()) {
    // Whatever the caller's umask.
    if (chmod(upper_dir.c_str(), 0755) == 0) return Ok();
    return Error::FromErrno(errno, "chmod '" + upper_dir + "'");
  }
  return IsVfs(store) ? CopyTree(dirs.front(), upper_dir) : CopyLayerTop(dirs.front(), upper_dir);
}

Result<UniqueFd> MountForWriting(const Store& store, const ContainerConfig& config) {
  if (IsVfs(store)) return MountDirectory(UpperDir(store, config.id));
  return MountUnion(
      store, config,
      {ContainerLowerDirs(store, config), UpperDir(store, config.id), WorkDir(store, config.id)});
}

Result<UniqueFd> MountForReading(const Store& store, const ContainerConfig& config) {
  OverlaySpec spec;
  spec.lower_dirs = ContainerLowerDirs(store, config);
  if (IsVfs(store) || spec.lower_dirs.size() >= kMaxLowers) {
    UniqueFd mount = TRY(MountForWriting(store, config));
    return ReadOnly(std::move(mount));
  }
  spec.lower_dirs.insert(spec.lower_dirs.begin(), UpperDir(store, config.id));
  // An overlay of one directory alone is refused by the kernel.
  if (spec.lower_dirs.size() == 1) return ReadOnly(TRY(MountDirectory(spec.lower_dirs.front())));
  return MountUnion(store, config, spec);
}

Result<std::vector<Change>> DiffRwLayer(const Store& store, const ContainerConfig& config,
                                        int root_fd, DiffFor purpose) {
  const DiffSpec spec = SpecOf(store, config, purpose);
  if (store.storage().UsesKernelOverlay()) return DiffLayers(spec);
  const UniqueFd image = TRY(MountImage(spec.lower_dirs));
  return DiffTrees({root_fd, image.get(), spec.managed, spec.for_layer});
}

Result<uint64_t> RwLayerBytes(const Store& store, const ContainerConfig& config) {
  const std::string upper = UpperDir(store, config.id);
  if (!IsVfs(store)) return LayerBytes(upper);
  const UniqueFd root = TRY(Open(upper, O_PATH | O_DIRECTORY));
  const std::vector<Change> changes = TRY(DiffRwLayer(store, config, root.get(), DiffFor::kUser));
  std::set<std::pair<dev_t, ino_t>> counted;
  uint64_t bytes = 0;
  for (const Change& change : changes) {
    struct stat st = {};
    // What has vanished meanwhile has no bytes.
    if (change.kind == ChangeKind::kDeleted || lstat((upper + change.path).c_str(), &st) != 0 ||
        S_ISDIR(st.st_mode) || !counted.emplace(st.st_dev, st.st_ino).second) {
      continue;
    }
    bytes += static_cast<uint64_t>(st.st_size);
  }
  return bytes;
}

}  // namespace cowbell
