#include "runtime/rootfs/mount_points.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/base/unique_fd.h"
#include "runtime/rootfs/layer_top.h"
#include "runtime/rootfs/overlay.h"

namespace cowbell {
namespace {

struct MountPoint {
  const char* parent;
  const char* name;
  mode_t type;
};
// Parents first.
constexpr MountPoint kMountPoints[] = {
    {"/", "proc", S_IFDIR},
    {"/", "sys", S_IFDIR},
    {"/", "dev", S_IFDIR},
    {"/", "etc", S_IFDIR},
    {"/etc", "hostname", S_IFREG},
    {"/etc", "hosts", S_IFREG},
    {"/etc", "resolv.conf", S_IFREG},
};

Status MakeMissing(int parent_fd, const MountPoint& point) {
  if (point.type == S_IFDIR) {
    if (mkdirat(parent_fd, point.name, 0755) != 0 ||
        fchmodat(parent_fd, point.name, 0755, 0) != 0) {
      return Error::FromErrno(errno, "mkdir");
    }
    return Ok();
  }
  const UniqueFd file = TRY(OpenAt(parent_fd, point.name, O_WRONLY | O_CREAT | O_EXCL, 0644));
  if (fchmod(file.get(), 0644) != 0) return Error::FromErrno(errno, "chmod");
  return Ok();
}

Status MakeOne(int root_fd, const MountPoint& point) {
  const std::string what = std::string("mount point ") + point.parent + "/" + point.name;
  const UniqueFd parent =
      TRY(OpenInRoot(root_fd, point.parent, O_PATH | O_DIRECTORY | O_NOFOLLOW).Within(what));
  struct stat before = {};
  if (fstat(parent.get(), &before) != 0) return Error::FromErrno(errno, what);
  struct stat st = {};
  if (fstatat(parent.get(), point.name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
    if ((st.st_mode & S_IFMT) == point.type) return Ok();
    if (S_ISDIR(st.st_mode)) {
      return Error::FromErrno(EISDIR, what + ": the image has a directory in its place");
    }
    if (unlinkat(parent.get(), point.name, 0) != 0) return Error::FromErrno(errno, what);
  } else if (errno != ENOENT) {
    return Error::FromErrno(errno, what);
  }
  TRY(MakeMissing(parent.get(), point).Within(what));
  // A place for a mount is no change of what the image says.
  const timespec times[2] = {{0, UTIME_OMIT}, before.st_mtim};
  const std::string path = "/proc/self/fd/" + std::to_string(parent.get());
  if (utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) return Error::FromErrno(errno, what);
  return Ok();
}

Status Fill(const std::vector<std::string>& lower_dirs, const std::string& staging,
            const std::string& layer) {
  TRY(MakeDirs(staging + "/work", 0700));
  TRY(MakeDirs(layer, 0755));
  if (lower_dirs.empty()) {
    if (chmod(layer.c_str(), 0755) != 0) return Error::FromErrno(errno, "chmod '" + layer + "'");
    const UniqueFd root = TRY(Open(layer, O_PATH | O_DIRECTORY));
    return MakeMountPoints(root.get());
  }
  {
    const UniqueFd mount = TRY(MountOverlay({lower_dirs, layer, staging + "/work"}));
    TRY(MakeMountPoints(mount.get()));
  }
  return CopyLayerTop(lower_dirs.front(), layer);
}

}  // namespace

Status MakeMountPoints(int root_fd) {
  for (const MountPoint& point : kMountPoints)
    TRY(MakeOne(root_fd, point));
  return Ok();
}

Status BuildInitLayer(const std::vector<std::string>& lower_dirs, const std::string& staging,
                      const std::string& target) {
  const std::string layer = staging + "/layer";
  Status status = Fill(lower_dirs, staging, layer);
  if (status.has_value() && rename(layer.c_str(), target.c_str()) != 0 && errno != EEXIST &&
      errno != ENOTEMPTY) {
    status = Error::FromErrno(errno, "rename '" + layer + "' to '" + target + "'");
  }
  (void)RemoveTree(staging).has_value();
  return std::move(status).Within("make the layer of mount points");
}

}  // namespace cowbell
