#include "runtime/rootfs/overlay.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/rootfs/child_mount.h"
#include "runtime/rootfs/overlay_options.h"

namespace cowbell {
namespace {

constexpr size_t kMaxLowers = 500;       // OVL_MAX_STACK
constexpr size_t kMaxConfigValue = 255;  // fsconfig(2) copies at most 256 bytes
constexpr char kContext[] = "mount the overlay";

// What the kernel had to say about a failed step of fsopen's context, one line.
std::string KernelLog(int context) {
  std::string text;
  char line[512];
  for (ssize_t n = 0; (n = read(context, line, sizeof(line))) > 0;) {
    const std::string_view message(line, static_cast<size_t>(n));
    text +=
        (text.empty() ? " (" : "; ") + Sanitize(Trim(message.substr(message.size() > 2 ? 2 : 0)));
  }
  return text.empty() ? text : text + ")";
}

// EINVAL has one frequent cause that its text hides.
Error Explained(int errno_value, const OverlaySpec& spec, std::string what) {
  struct statfs fs = {};
  if (!spec.upper_dir.empty() && statfs(spec.upper_dir.c_str(), &fs) == 0 &&
      static_cast<long>(fs.f_type) == OVERLAYFS_SUPER_MAGIC) {
    what += ": '" + spec.upper_dir +
            "' lies on an overlay itself, which cannot hold a RW layer; use --root on another "
            "volume";
  } else if (errno_value == EINVAL && !spec.upper_dir.empty()) {
    what += ": perhaps the file system of '" + spec.upper_dir +
            "' cannot hold a RW layer (it needs trusted.* attributes and d_type); use --root on "
            "another volume";
  }
  return Error::FromErrno(errno_value, std::move(what));
}

class Context {
 public:
  explicit Context(UniqueFd fd) : fd_(std::move(fd)) {}
  bool Set(const char* key, const std::string& value) {
    if (value.size() <= kMaxConfigValue && value.find('\\') == std::string::npos) {
      return fsconfig(fd_.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) == 0;
    }
    // Too long for the call, or with a character that the kernel takes for an escape: the directory
    // by its descriptor.
    const Result<UniqueFd> dir = Open(value, O_PATH | O_DIRECTORY);
    if (!dir.has_value()) return false;
    const std::string name = "/proc/self/fd/" + std::to_string(dir.value().get());
    return fsconfig(fd_.get(), FSCONFIG_SET_STRING, key, name.c_str(), 0) == 0;
  }
  int get() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

// `*unsupported`: the kernel has no `lowerdir+`.
Result<UniqueFd> MountByConfig(const OverlaySpec& spec, bool* unsupported) {
  Context context(UniqueFd(fsopen("overlay", FSOPEN_CLOEXEC)));
  if (context.get() < 0) return Error::FromErrno(errno, "fsopen 'overlay'");
  (void)context.Set("source", "overlay");
  for (const std::string& dir : spec.lower_dirs) {
    if (context.Set("lowerdir+", dir)) continue;
    const int saved = errno;
    *unsupported = saved == EINVAL && &dir == &spec.lower_dirs.front() && Exists(dir);
    return Error::FromErrno(saved, "layer '" + dir + "'" + KernelLog(context.get()));
  }
  if (!spec.upper_dir.empty()) {
    for (const auto& [key, value] :
         {std::pair{"upperdir", &spec.upper_dir}, std::pair{"workdir", &spec.work_dir}}) {
      if (context.Set(key, *value)) continue;
      const int saved = errno;
      return Explained(saved, spec,
                       std::string(key) + " '" + *value + "'" + KernelLog(context.get()));
    }
    // Inode numbers that survive copy-up even when layers lie on several file systems. Kernels
    // that cannot do it go without.
    (void)context.Set("xino", "on");
    // Since Linux 5.10; only a matter of speed.
    if (spec.is_volatile) {
      (void)fsconfig(context.get(), FSCONFIG_SET_FLAG, "volatile", nullptr, 0);
    }
  }
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    const int saved = errno;
    return Explained(saved, spec,
                     std::to_string(spec.lower_dirs.size()) + " layers" + KernelLog(context.get()));
  }
  UniqueFd mount(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!mount.valid()) return Error::FromErrno(errno, "fsmount");
  return mount;
}

// mount(2) takes one page of options: the layers get names of one or two letters, links in a tmpfs
// that nobody else sees.
Result<UniqueFd> MakeLinks(const OverlaySpec& spec) {
  const UniqueFd context(fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context.valid()) return Error::FromErrno(errno, "fsopen 'tmpfs'");
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return Error::FromErrno(errno, "make a tmpfs");
  }
  UniqueFd links(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!links.valid()) return Error::FromErrno(errno, "fsmount");
  const UniqueFd dir = TRY(OpenAt(links.get(), ".", O_RDONLY | O_DIRECTORY));
  for (const auto& [name, target] : OverlayLinks(spec)) {
    if (symlinkat(target.c_str(), dir.get(), name.c_str()) != 0) {
      return Error::FromErrno(errno, "link '" + name + "' to '" + target + "'");
    }
  }
  return links;
}

Result<UniqueFd> MountByOptions(const OverlaySpec& spec) {
  const UniqueFd links = TRY(MakeLinks(spec));
  const std::string options = OverlayOptions(spec);
  const std::string& target = spec.upper_dir.empty() ? spec.lower_dirs.front() : spec.upper_dir;
  Result<UniqueFd> mount = MountFromChild(target, [&]() -> Status {
    if (fchdir(links.get()) != 0) return Error::FromErrno(errno, "fchdir");
    const std::string with_xino = options + ",xino=on";
    if (::mount("overlay", target.c_str(), "overlay", 0, with_xino.c_str()) != 0 &&
        ::mount("overlay", target.c_str(), "overlay", 0, options.c_str()) != 0) {
      return Error::FromErrno(errno, "mount");
    }
    return Ok();
  });
  if (mount.has_value()) return mount;
  return Explained(mount.error().errno_value(), spec,
                   "mount with " + std::to_string(options.size()) + " bytes of options");
}

// The kernel mounts where directories do not list the types of their entries (ext4 without
// "filetype", XFS without "ftype") and only warns; deleted names are listed there. It has made an
// entry of its own in the work directory.
Status CheckFileTypes(const std::string& work_dir) {
  struct Close {
    void operator()(DIR* stream) const { closedir(stream); }
  };
  const std::unique_ptr<DIR, Close> stream(opendir(work_dir.c_str()));
  if (stream == nullptr) return Error::FromErrno(errno, "list '" + work_dir + "'");
  while (const dirent* const entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == ".." || entry->d_type != DT_UNKNOWN) continue;
    return Error::FromErrno(ENOTSUP, "the file system of '" + work_dir +
                                         "' does not list file types in directories (d_type) and "
                                         "cannot hold a RW layer; use --root on another volume");
  }
  return Ok();
}

Result<UniqueFd> MountByEitherWay(const OverlaySpec& spec) {
  const char* api = getenv("CALF_OVERLAY_API");
  if (api != nullptr && strcmp(api, "old") == 0) return MountByOptions(spec);
  bool unsupported = false;
  Result<UniqueFd> mount = MountByConfig(spec, &unsupported);
  if (!mount.has_value() && unsupported) return MountByOptions(spec);
  return mount;
}

}  // namespace

Result<UniqueFd> MountOverlay(const OverlaySpec& spec) {
  if (spec.lower_dirs.empty() || spec.lower_dirs.size() > kMaxLowers) {
    return Error::FromErrno(EINVAL, std::string(kContext) + ": " +
                                        std::to_string(spec.lower_dirs.size()) +
                                        " layers; an overlay has 1 to 500");
  }
  UniqueFd mount = TRY(MountByEitherWay(spec).Within(kContext));
  if (!spec.work_dir.empty()) TRY(CheckFileTypes(spec.work_dir).Within(kContext));
  return mount;
}

Status AttachMount(int mount_fd, const std::string& path) {
  if (move_mount(mount_fd, "", AT_FDCWD, path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    return Error::FromErrno(errno, "attach a mount at '" + path + "'");
  }
  return Ok();
}

}  // namespace cowbell
