#include "runtime/rootfs/unpack.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/rootfs/copy_tree.h"
#include "runtime/rootfs/diff.h"
#include "runtime/rootfs/layer_top.h"
#include "runtime/rootfs/overlay.h"

namespace cowbell {
namespace {

constexpr std::string_view kOverlayPrefix = "trusted.overlay.";
constexpr std::string_view kOpaqueXattr = "trusted.overlay.opaque";

Error SysError(const std::string& what) { return Error::FromErrno(errno, what); }

struct Walk {
  bool is_bottom;
  std::set<std::pair<dev_t, ino_t>> linked;
  uint64_t bytes = 0;
};

Status CheckEntry(int dir_fd, const std::string& name, Walk* walk);

Status CheckChildren(int dir_fd, Walk* walk) {
  const std::vector<std::string> names = TRY(ListDirFd(dir_fd));
  for (const std::string& name : names)
    TRY(CheckEntry(dir_fd, name, walk).Within(Sanitize(name, 300)));
  return Ok();
}

Status CheckXattrs(const std::string& path, bool is_directory, bool is_bottom) {
  const std::vector<std::string> names = TRY(XattrNames(path));
  for (const std::string& name : names) {
    if (name.rfind(kOverlayPrefix, 0) != 0) continue;
    if (!is_bottom && is_directory && name == kOpaqueXattr) continue;
    const std::string_view kind = std::string_view(name).substr(kOverlayPrefix.size());
    if (is_bottom || kind == "redirect" || kind == "metacopy") {
      return Error::FromMessage("the layer has the private attribute '" + name + "'");
    }
    // Where a copy came from: of use only to a writable layer.
    if (lremovexattr(path.c_str(), name.c_str()) != 0) return SysError("remove '" + name + "'");
  }
  return Ok();
}

Status CheckEntry(int dir_fd, const std::string& name, Walk* walk) {
  struct stat st = {};
  if (fstatat(dir_fd, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return SysError("stat");
  if (S_ISCHR(st.st_mode) && st.st_rdev == 0) {
    if (!walk->is_bottom) return Ok();
    return Error::FromMessage("the bottom layer has a deletion");
  }
  if (S_ISREG(st.st_mode) &&
      (st.st_nlink == 1 || walk->linked.emplace(st.st_dev, st.st_ino).second)) {
    walk->bytes += static_cast<uint64_t>(st.st_size);
  }
  const std::string path = "/proc/self/fd/" + std::to_string(dir_fd) + "/" + name;
  TRY(CheckXattrs(path, S_ISDIR(st.st_mode), walk->is_bottom));
  if (!S_ISDIR(st.st_mode)) return Ok();
  const UniqueFd child = TRY(OpenAt(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  return CheckChildren(child.get(), walk);
}

Result<uint64_t> CheckTree(const std::string& directory, bool is_bottom) {
  const UniqueFd top = TRY(Open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  Walk walk{is_bottom, {}};
  TRY(CheckXattrs(directory, true, is_bottom));
  TRY(CheckChildren(top.get(), &walk));
  return walk.bytes;
}

}  // namespace

Result<uint64_t> CheckLayerDirectory(const std::string& directory, bool is_bottom) {
  return CheckTree(directory, is_bottom).Within("check the layer directory '" + directory + "'");
}

Result<uint64_t> UnpackLayer(ByteSource& tar, const std::vector<std::string>& lower_dirs,
                             const std::string& directory) {
  const std::string diff = directory + "/diff";
  if (mkdir(diff.c_str(), 0755) != 0) return SysError("mkdir '" + diff + "'");
  if (chmod(diff.c_str(), 0755) != 0) return SysError("chmod '" + diff + "'");
  if (lower_dirs.empty()) {
    UniqueFd root = TRY(Open(diff, O_RDONLY | O_DIRECTORY));
    TRY(ApplyLayer(tar, std::move(root), false));
    return CheckLayerDirectory(diff, true);
  }
  TRY(CopyLayerTop(lower_dirs.front(), diff));
  const std::string work = directory + "/work";
  if (mkdir(work.c_str(), 0700) != 0) return SysError("mkdir '" + work + "'");
  {
    const UniqueFd mount = TRY(MountOverlay({lower_dirs, diff, work, /*is_volatile=*/true}));
    UniqueFd root = TRY(OpenAt(mount.get(), ".", O_RDONLY | O_DIRECTORY));
    TRY(ApplyLayer(tar, std::move(root), true));
  }
  TRY(RemoveTree(work));
  return CheckLayerDirectory(diff, false);
}

Result<uint64_t> UnpackWholeLayer(ByteSource& tar, const std::string& parent,
                                  const std::string& directory) {
  if (parent.empty()) return UnpackLayer(tar, {}, directory);
  const std::string diff = directory + "/diff";
  if (mkdir(diff.c_str(), 0755) != 0) return SysError("mkdir '" + diff + "'");
  TRY(CopyTree(parent, diff));
  UniqueFd root = TRY(Open(diff, O_RDONLY | O_DIRECTORY));
  TRY(ApplyLayer(tar, std::move(root), true));
  const uint64_t before = TRY(LayerBytes(parent));
  const uint64_t after = TRY(CheckLayerDirectory(diff, true));
  return after > before ? after - before : 0;
}

}  // namespace cowbell
