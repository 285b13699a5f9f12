#include "runtime/rootfs/overlay.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
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

// The part of the old way that runs in a child with a mount namespace of its own, so that the mount
// is never seen on the host: mount, take a detached copy. Returns errno.
int MountInChild(const OverlaySpec& spec, int links_fd, const std::string& options,
                 UniqueFd* tree) {
  const std::string& target = spec.upper_dir.empty() ? spec.lower_dirs.front() : spec.upper_dir;
  if (unshare(CLONE_NEWNS) != 0) return errno;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  if (fchdir(links_fd) != 0) return errno;
  const std::string with_xino = options + ",xino=on";
  if (mount("overlay", target.c_str(), "overlay", 0, with_xino.c_str()) != 0 &&
      mount("overlay", target.c_str(), "overlay", 0, options.c_str()) != 0) {
    return errno;
  }
  tree->reset(open_tree(AT_FDCWD, target.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  return tree->valid() ? 0 : errno;
}

struct Reply {
  int error = 0;
};

void SendReply(int socket_fd, int error, int fd) {
  Reply reply{error};
  iovec data = {&reply, sizeof(reply)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  }
  (void)sendmsg(socket_fd, &message, MSG_NOSIGNAL);
}

Result<UniqueFd> ReceiveReply(int socket_fd) {
  Reply reply{EIO};
  iovec data = {&reply, sizeof(reply)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t n = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
  if (n != static_cast<ssize_t>(sizeof(reply))) return Error::FromErrno(EIO, "mount in a child");
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (reply.error != 0 || header == nullptr) return Error::FromErrno(reply.error, "mount");
  int fd = -1;
  memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  return UniqueFd(fd);
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
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    return Error::FromErrno(errno, "socketpair");
  }
  const UniqueFd ours(sockets[0]);
  UniqueFd theirs(sockets[1]);
  const pid_t child = fork();
  if (child < 0) return Error::FromErrno(errno, "fork");
  if (child == 0) {
    UniqueFd tree;
    const int error = MountInChild(spec, links.get(), options, &tree);
    SendReply(theirs.get(), error, tree.get());
    _exit(0);
  }
  theirs.reset();
  Result<UniqueFd> mount = ReceiveReply(ours.get());
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
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
