#include "runtime/rootfs/copy.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

// A level holds three descriptors and a stack frame.
constexpr int kMaxDepth = 2000;

// linux/magic.h lacks it.
constexpr long kMqueueMagic = 0x19800202;

FileId IdOf(const struct stat& st) { return {st.st_dev, st.st_ino}; }

bool IsDevice(mode_t mode) { return S_ISCHR(mode) || S_ISBLK(mode); }

// Opens what lies at `path` below `dir` if no component is a link.
Result<UniqueFd> OpenBeneath(int dir, const std::string& path) {
  open_how how = {};
  how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const long fd = syscall(SYS_openat2, dir, path.c_str(), &how, sizeof(how));
  if (fd < 0) return Error::FromErrno(errno, "open '" + path + "'");
  return UniqueFd(static_cast<int>(fd));
}

// Attributes that the target's file system does not take are left out, as Docker does.
template <typename Attributes>
Status SetXattrs(const Attributes& attributes, int target_fd) {
  for (const auto& [name, value] : attributes) {
    if (fsetxattr(target_fd, name.c_str(), value.data(), value.size(), 0) != 0 &&
        errno != ENOTSUP) {
      return Error::FromErrno(errno, "setxattr '" + name + "'");
    }
  }
  return Ok();
}

std::string ChildPath(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "/" + name;
}

}  // namespace

Result<bool> OnKernelFileSystem(int fd) {
  constexpr std::array<long, 11> kKernelMagics = {
      PROC_SUPER_MAGIC,   SYSFS_MAGIC,   CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
      SECURITYFS_MAGIC,   DEBUGFS_MAGIC, TRACEFS_MAGIC,      BPF_FS_MAGIC,
      DEVPTS_SUPER_MAGIC, NSFS_MAGIC,    kMqueueMagic};
  struct statfs fs = {};
  if (fstatfs(fd, &fs) != 0) return Error::FromErrno(errno, "fstatfs");
  return std::find(kKernelMagics.begin(), kKernelMagics.end(), fs.f_type) != kKernelMagics.end();
}

Result<bool> IsMountPoint(int fd) {
  struct statx stx = {};
  if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_TYPE, &stx) != 0) {
    return Error::FromErrno(errno, "statx");
  }
  return (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

TreeCopier::TreeCopier(CopyOptions options)
    : options_(std::move(options)), refused_(options_.refused) {
  RaiseFileLimit();
}

std::string TreeCopier::Shown(const std::string& path) const {
  const std::string& target = options_.shown_target;
  return target.empty() || target.back() != '/' ? target + "/" + path : target + path;
}

bool TreeCopier::IsRefused(const Entry& entry) const {
  return std::find(refused_.begin(), refused_.end(), IdOf(entry.st)) != refused_.end();
}

Status TreeCopier::CopyAs(const Entry& source, int target_dir, const std::string& name) {
  anchor_ = TRY(OpenAt(target_dir, ".", O_PATH | O_DIRECTORY));
  if (S_ISSOCK(source.st.st_mode)) return Error::FromMessage("sockets are not supported");
  return CopyEntry(source, target_dir, name, name, 0);
}

Status TreeCopier::CopyContents(const Entry& source, int target_dir) {
  anchor_ = TRY(OpenAt(target_dir, ".", O_PATH | O_DIRECTORY));
  const Entry target = TRY(OpenEntry(target_dir, "."));
  if (IdOf(target.st) == IdOf(source.st)) return Ok();
  refused_.push_back(IdOf(target.st));
  const UniqueFd dir = TRY(Reopen(source, O_RDONLY | O_DIRECTORY));
  return CopyChildren(dir.get(), target_dir, "", 0);
}

Status TreeCopier::CopyEntry(const Entry& source, int dir, const std::string& name,
                             const std::string& path, int depth) {
  if (source.IsDir()) return CopyDir(source, dir, name, path, depth);
  if (S_ISSOCK(source.st.st_mode)) {
    skipped_.push_back(path);
    return Ok();
  }
  return CopyFile(source, Making{dir, name, ""}, path);
}

Status TreeCopier::CopyDir(const Entry& source, int dir, const std::string& name,
                           const std::string& path, int depth) {
  if (depth > kMaxDepth) {
    return Error::FromErrno(ENAMETOOLONG, "copy '" + Shown(path) + "': nested too deeply");
  }
  if (IsRefused(source)) {
    return Error::FromMessage("cannot copy a directory into itself: \"" + Shown(path) + "\"");
  }
  const bool made = mkdirat(dir, name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) {
    return Error::FromErrno(errno, "mkdir '" + Shown(path) + "'");
  }
  Result<UniqueFd> opened = OpenAt(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!opened.has_value() &&
      (opened.error().errno_value() == ENOTDIR || opened.error().errno_value() == ELOOP)) {
    return Error::FromMessage("cannot overwrite non-directory \"" + Shown(path) +
                              "\" with directory \"" + options_.shown_target + "\"");
  }
  const UniqueFd target = TRY(std::move(opened));
  if (depth == 0) {
    // A copy into a directory below its source would meet itself and never end.
    const Entry top = TRY(OpenEntry(target.get(), "."));
    refused_.push_back(IdOf(top.st));
  }
  const UniqueFd source_dir = TRY(Reopen(source, O_RDONLY | O_DIRECTORY));
  TRY(CopyChildren(source_dir.get(), target.get(), path, depth));
  return SetAttributes(source, source_dir.get(), target.get()).Within("'" + Shown(path) + "'");
}

Status TreeCopier::CopyChildren(int source_dir, int target_dir, const std::string& path,
                                int depth) {
  // Another file system may begin at any directory; only mount points need the question.
  const bool mounted = TRY(IsMountPoint(source_dir));
  if (mounted && depth > 0) {
    const bool kernel = TRY(OnKernelFileSystem(source_dir));
    if (kernel) return Ok();
  }
  const std::vector<std::string> names = TRY(ListDirFd(source_dir).Within("'" + path + "'"));
  for (const std::string& name : names) {
    if (options_.left_out && options_.left_out(ChildPath(path, name))) continue;
    Result<Entry> opened = OpenEntry(source_dir, name);
    // Gone since it was listed.
    if (!opened.has_value() && opened.error().errno_value() == ENOENT) continue;
    const Entry entry = TRY(std::move(opened));
    TRY(CopyEntry(entry, target_dir, name, ChildPath(path, name), depth + 1));
  }
  return Ok();
}

Status TreeCopier::CopyFile(const Entry& source, Making making, const std::string& path) {
  const auto attempt = [&]() -> Status {
    const bool linked = TRY(LinkAgain(source, &making));
    if (linked) return Ok();
    if (source.IsRegular()) return CopyRegular(source, &making);
    return CopySpecial(source, &making);
  };
  Status done = attempt();
  if (!done.has_value() && done.error().errno_value() == EEXIST && making.temporary.empty()) {
    TRY(CheckReplaceable(source, making, path));
    making.temporary = ".calf-cp-" + RandomHex(8);
    done = attempt();
    if (done.has_value()) {
      if (renameat(making.dir, making.temporary.c_str(), making.dir, making.name.c_str()) != 0) {
        done = Error::FromErrno(errno, "rename");
      }
      // Also when the rename found both names to be one file, which leaves both.
      unlinkat(making.dir, making.temporary.c_str(), 0);
    }
  }
  if (!done.has_value()) return std::move(done).Within("copy to '" + Shown(path) + "'");
  return Remember(source, making, path);
}

Status TreeCopier::CopyRegular(const Entry& source, Making* making) {
  // Without a trace where it is allowed: the file's owner, or root.
  Result<UniqueFd> quiet = Reopen(source, O_RDONLY | O_NOATIME);
  if (!quiet.has_value() && quiet.error().errno_value() == EPERM) quiet = Reopen(source, O_RDONLY);
  const UniqueFd from = TRY(std::move(quiet));
  const UniqueFd to =
      TRY(OpenAt(making->dir, making->made(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  Status status = data_.Copy(from.get(), to.get());
  if (status.has_value()) status = SetAttributes(source, from.get(), to.get());
  if (!status.has_value()) unlinkat(making->dir, making->made().c_str(), 0);
  if (status.has_value()) bytes_ += static_cast<uint64_t>(source.st.st_size);
  return status;
}

Status TreeCopier::CopySpecial(const Entry& source, Making* making) {
  const char* name = making->made().c_str();
  if (source.IsSymlink()) {
    const std::string text = TRY(LinkText(source));
    if (symlinkat(text.c_str(), making->dir, name) != 0) return Error::FromErrno(errno, "symlink");
  } else {
    const mode_t type = source.st.st_mode & S_IFMT;
    if (mknodat(making->dir, name, type | 0600, source.st.st_rdev) != 0) {
      return Error::FromErrno(errno, "mknod");
    }
  }
  const auto finish = [&]() -> Status {
    const Entry made = TRY(OpenEntry(making->dir, making->made()));
    // Something else by now: the container's own doing, and none of ours to change.
    if ((made.st.st_mode & S_IFMT) != (source.st.st_mode & S_IFMT)) return Ok();
    return SetAttributes(source, source.fd.get(), made.fd.get());
  };
  Status status = finish();
  if (!status.has_value()) unlinkat(making->dir, making->made().c_str(), 0);
  return status;
}

// False: this file has no copy yet that it could be linked to.
Result<bool> TreeCopier::LinkAgain(const Entry& source, Making* making) {
  if (source.st.st_nlink < 2) return false;
  const auto known = links_.find(IdOf(source.st));
  if (known == links_.end()) return false;
  Result<UniqueFd> first = OpenBeneath(anchor_.get(), known->second.path);
  if (!first.has_value()) return false;
  struct stat st = {};
  if (fstat(first.value().get(), &st) != 0 || IdOf(st) != known->second.id) return false;
  const std::string path = FdPath(first.value().get());
  if (linkat(AT_FDCWD, path.c_str(), making->dir, making->made().c_str(), AT_SYMLINK_FOLLOW) == 0) {
    return true;
  }
  if (errno == EXDEV || errno == EMLINK || errno == ENOENT) return false;
  return Error::FromErrno(errno, "link");
}

Status TreeCopier::Remember(const Entry& source, const Making& making, const std::string& path) {
  if (source.st.st_nlink < 2 || links_.count(IdOf(source.st)) > 0) return Ok();
  Result<Entry> made = OpenEntry(making.dir, making.name);
  if (made.has_value()) links_[IdOf(source.st)] = {path, IdOf(made.value().st)};
  return Ok();
}

Status TreeCopier::CheckReplaceable(const Entry& source, const Making& making,
                                    const std::string& path) const {
  Result<Entry> opened = OpenEntry(making.dir, making.name);
  if (!opened.has_value() && opened.error().errno_value() == ENOENT) return Ok();
  const Entry old = TRY(std::move(opened));
  if (old.IsDir()) {
    return Error::FromMessage("cannot overwrite directory \"" + Shown(path) +
                              "\" with non-directory \"" + options_.shown_target + "\"");
  }
  const bool mounted = TRY(IsMountPoint(old.fd.get()));
  if (mounted) return Error::FromMessage("unlink " + Shown(path) + ": device or resource busy");
  const bool same_device = IsDevice(source.st.st_mode) && source.st.st_rdev == old.st.st_rdev &&
                           (source.st.st_mode & S_IFMT) == (old.st.st_mode & S_IFMT);
  if (IsDevice(old.st.st_mode) && !same_device) {
    return Error::FromMessage("cannot overwrite device \"" + Shown(path) + "\"");
  }
  return Ok();
}

// The owner comes first: a change of it clears setuid bits and capabilities. Regular files and
// directories are open for real; the rest is reached through its O_PATH descriptor.
Status TreeCopier::SetAttributes(const Entry& source, int source_fd, int target_fd) const {
  const bool open = source.IsRegular() || source.IsDir();
  const std::string path = open ? std::string() : FdPath(target_fd);
  const uid_t uid = options_.keep_owner ? source.st.st_uid : options_.uid;
  const gid_t gid = options_.keep_owner ? source.st.st_gid : options_.gid;
  if (fchownat(target_fd, "", uid, gid, AT_EMPTY_PATH) != 0) {
    return Error::FromErrno(errno, "chown");
  }
  const mode_t mode = source.st.st_mode & 07777;
  if (!source.IsSymlink() && (open ? fchmod(target_fd, mode) : chmod(path.c_str(), mode)) != 0) {
    return Error::FromErrno(errno, "chmod");
  }
  if (open && options_.keep_all_attributes) {
    const Xattrs attributes = TRY(ArchivedXattrs(source_fd));
    TRY(SetXattrs(attributes, target_fd));
  } else if (open) {
    const auto attributes = TRY(UserXattrs(source_fd));
    TRY(SetXattrs(attributes, target_fd));
  }
  const struct timespec times[2] = {{0, UTIME_OMIT}, source.st.st_mtim};
  const int rc = open ? futimens(target_fd, times) : utimensat(AT_FDCWD, path.c_str(), times, 0);
  if (rc != 0) return Error::FromErrno(errno, "utimens");
  return Ok();
}

}  // namespace cowbell
