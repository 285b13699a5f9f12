#include "runtime/rootfs/root.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/base/unique_fd.h"
#include "runtime/rootfs/device_nodes.h"
#include "runtime/rootfs/mount_options.h"
#include "runtime/rootfs/mount_points.h"
#include "runtime/rootfs/root_path.h"

namespace cowbell {
namespace {

constexpr unsigned long kSafe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

struct KernelMount {
  const char* type;
  const char* target;
  unsigned long flags;
  const char* options;
};
constexpr KernelMount kKernelMounts[] = {
    {"proc", "/proc", kSafe, ""},
    {"sysfs", "/sys", kSafe | MS_RDONLY, ""},
    {"tmpfs", "/dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"},
    {"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
    {"tmpfs", "/dev/shm", kSafe, "mode=1777,size=65536k"},
    {"mqueue", "/dev/mqueue", kSafe, ""},
};

// Docker's lists; what the kernel does not have is passed over.
constexpr const char* kMasked[] = {
    "/proc/acpi",        "/proc/asound",        "/proc/interrupts", "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi",          "/sys/firmware",    "/sys/devices/virtual/powercap",
};
constexpr const char* kReadOnly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                     "/proc/sysrq-trigger"};

Error MountError(const std::string& target) {
  return Error::FromErrno(errno, "mount on '" + target + "'");
}

struct OpenBind {
  const RootBind* bind;
  UniqueFd tree;
  bool is_directory;
};

// Sources are host paths: they are opened before the host goes out of sight.
Result<std::vector<OpenBind>> OpenSources(const std::vector<RootBind>& binds) {
  std::vector<OpenBind> open;
  for (const RootBind& bind : binds) {
    UniqueFd tree(
        open_tree(AT_FDCWD, bind.source.c_str(),
                  static_cast<unsigned>(OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)));
    struct stat st = {};
    if (!tree.valid() || fstat(tree.get(), &st) != 0) {
      return Error::FromErrno(errno, "bind source '" + bind.source + "'");
    }
    open.push_back({&bind, std::move(tree), S_ISDIR(st.st_mode)});
  }
  return open;
}

size_t Depth(const std::string& path) {
  return static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
}

Status SetAttributes(int fd, uint64_t set, bool recursive) {
  mount_attr attributes = {};
  attributes.attr_set = set;
  const unsigned flags = AT_EMPTY_PATH | (recursive ? static_cast<unsigned>(AT_RECURSIVE) : 0U);
  if (mount_setattr(fd, "", flags, &attributes, sizeof(attributes)) != 0) {
    return Error::FromErrno(errno, "mount_setattr");
  }
  return Ok();
}

Status MoveOnto(int mount_fd, int target_fd, const std::string& target) {
  if (move_mount(mount_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) !=
      0) {
    return MountError(target);
  }
  return Ok();
}

Status AttachBind(int root_fd, const OpenBind& open) {
  const RootBind& bind = *open.bind;
  const PathKind kind = open.is_directory ? PathKind::kDirectory : PathKind::kFile;
  const UniqueFd target = TRY(MakeInRoot(root_fd, bind.target, kind));
  struct stat st = {};
  if (fstat(target.get(), &st) != 0) return MountError(bind.target);
  if (S_ISDIR(st.st_mode) != open.is_directory) {
    return Error::FromMessage(
        "error mounting \"" + bind.source + "\" to rootfs at \"" + bind.target +
        "\": not a directory: unknown: Are you trying to mount a directory onto a file (or "
        "vice-versa)? Check if the specified host path exists and is the expected type");
  }
  if (bind.read_only) TRY(SetAttributes(open.tree.get(), MOUNT_ATTR_RDONLY, true));
  return MoveOnto(open.tree.get(), target.get(), bind.target);
}

// Without a mode of its own a tmpfs gets that of the directory it hides, 1777 where there was none.
Status AttachTmpfs(int root_fd, const std::string& target, const std::string& options) {
  const bool missing = !OpenInRoot(root_fd, target, O_PATH).has_value();
  const UniqueFd place = TRY(MakeInRoot(root_fd, target, PathKind::kDirectory));
  struct stat st = {};
  if (fstat(place.get(), &st) != 0 || !S_ISDIR(st.st_mode)) {
    return Error::FromErrno(ENOTDIR, "mount a tmpfs on '" + target + "'");
  }
  const MountOptions parsed = TRY(ParseTmpfsOptions(options, missing ? 01777 : st.st_mode & 07777));
  const std::string path = "/proc/self/fd/" + std::to_string(place.get());
  if (mount("tmpfs", path.c_str(), "tmpfs", parsed.flags, parsed.data.c_str()) != 0) {
    return MountError(target);
  }
  return Ok();
}

Status MountKernelFilesystems(bool privileged) {
  for (const KernelMount& m : kKernelMounts) {
    // /dev is a fresh tmpfs when those below it come.
    if (Depth(m.target) > 1 && mkdir(m.target, 0755) != 0) return MountError(m.target);
    const unsigned long flags =
        privileged ? m.flags & ~static_cast<unsigned long>(MS_RDONLY) : m.flags;
    if (mount(m.type, m.target, m.type, flags, m.options) != 0) return MountError(m.target);
  }
  return Ok();
}

// Binds and tmpfs in the order of their depth, so that none hides another.
Status MountUserWishes(const RootSpec& spec, const std::vector<OpenBind>& open) {
  const UniqueFd root = TRY(Open("/", O_PATH | O_DIRECTORY));
  struct Wish {
    const std::string* target;
    const OpenBind* bind;        // or
    const std::string* options;  // of a tmpfs
  };
  std::vector<Wish> wishes;
  for (const OpenBind& bind : open)
    wishes.push_back({&bind.bind->target, &bind, nullptr});
  for (const auto& [target, options] : spec.tmpfs)
    wishes.push_back({&target, nullptr, &options});
  std::stable_sort(wishes.begin(), wishes.end(), [](const Wish& a, const Wish& b) {
    return Depth(*a.target) < Depth(*b.target);
  });
  for (const Wish& wish : wishes) {
    if (wish.bind != nullptr) {
      TRY(AttachBind(root.get(), *wish.bind));
    } else {
      TRY(AttachTmpfs(root.get(), *wish.target, *wish.options));
    }
  }
  return Ok();
}

Result<UniqueFd> CloneTree(const char* path) {
  UniqueFd tree(open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree.valid()) return Error::FromErrno(errno, std::string("open_tree '") + path + "'");
  return tree;
}

// One empty read-only tmpfs that masked directories share.
Result<UniqueFd> EmptyDirectory() {
  const UniqueFd context(fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context.valid() || fsconfig(context.get(), FSCONFIG_SET_STRING, "source", "tmpfs", 0) != 0 ||
      fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return Error::FromErrno(errno, "make an empty tmpfs");
  }
  UniqueFd tree(fsmount(context.get(), FSMOUNT_CLOEXEC,
                        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  if (!tree.valid()) return Error::FromErrno(errno, "fsmount");
  return tree;
}

Status MaskPaths() {
  const UniqueFd empty = TRY(EmptyDirectory());
  const std::string empty_path = "/proc/self/fd/" + std::to_string(empty.get());
  for (const char* path : kMasked) {
    struct stat st = {};
    if (stat(path, &st) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) continue;
      return MountError(path);
    }
    const UniqueFd cover = TRY(CloneTree(S_ISDIR(st.st_mode) ? empty_path.c_str() : "/dev/null"));
    if (move_mount(cover.get(), "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
      return MountError(path);
    }
  }
  for (const char* path : kReadOnly) {
    if (!Exists(path)) continue;
    const UniqueFd same = TRY(CloneTree(path));
    TRY(SetAttributes(same.get(),
                      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
                      false));
    if (move_mount(same.get(), "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
      return MountError(path);
    }
  }
  return Ok();
}

Status Pivot(const RootSpec& spec) {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return MountError("/");
  const UniqueFd place = TRY(Open(spec.mount_point, O_PATH | O_DIRECTORY));
  TRY(MoveOnto(spec.root_mount, place.get(), spec.mount_point));
  // The descriptor of the mount is its root, wherever it is attached.
  if (fchdir(spec.root_mount) != 0) return MountError(spec.mount_point);
  if (spec.make_mount_points) TRY(MakeMountPoints(spec.root_mount));
  // pivot_root(2), NOTES: with "." twice the old root ends up on top of the new one and can be
  // detached without a directory for it.
  if (syscall(SYS_pivot_root, ".", ".") != 0) return Error::FromErrno(errno, "pivot_root");
  if (umount2(".", MNT_DETACH) != 0) return Error::FromErrno(errno, "detach the host's root");
  if (chdir("/") != 0) return Error::FromErrno(errno, "chdir '/'");
  return Ok();
}

}  // namespace

Status EnterRoot(const RootSpec& spec) {
  const std::vector<DeviceNode> nodes = spec.privileged ? HostDevices() : DefaultDevices();
  const std::vector<OpenBind> open = TRY(OpenSources(spec.binds));
  TRY(Pivot(spec));
  TRY(MountKernelFilesystems(spec.privileged));
  TRY(MakeDevices(nodes));
  TRY(MountUserWishes(spec, open));
  if (!spec.privileged) TRY(MaskPaths());
  if (spec.read_only) {
    const UniqueFd root = TRY(Open("/", O_PATH | O_DIRECTORY));
    TRY(SetAttributes(root.get(), MOUNT_ATTR_RDONLY, false));
  }
  return Ok();
}

std::vector<std::string> MaskedPaths() { return {std::begin(kMasked), std::end(kMasked)}; }
std::vector<std::string> ReadonlyPaths() { return {std::begin(kReadOnly), std::end(kReadOnly)}; }

}  // namespace cowbell
