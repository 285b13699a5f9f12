#include "runtime/rootfs/unpack_tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr int kMaxLinks = 40;  // path_resolution(7)
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

Error SysError(const std::string& what) { return Error::FromErrno(errno, what); }

std::string Quoted(std::string_view name) { return "'" + Sanitize(name, 300) + "'"; }

std::string Joined(const std::vector<std::string>& parts) { return Join(parts, "/"); }

Result<std::string> ReadLink(int dir_fd, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t n = readlinkat(dir_fd, name.c_str(), target.data(), target.size());
  if (n < 0) return SysError("readlink " + Quoted(name));
  target.resize(static_cast<size_t>(n));
  return target;
}

Status RemoveEntry(int dir_fd, const std::string& name) {
  if (unlinkat(dir_fd, name.c_str(), 0) == 0 || errno == ENOENT) return Ok();
  if (errno != EISDIR && errno != EPERM) return SysError("unlink " + Quoted(name));
  const UniqueFd child = TRY(OpenAt(dir_fd, name, kDirectoryFlags));
  const std::vector<std::string> names = TRY(ListDirFd(child.get()));
  for (const std::string& inner : names)
    TRY(RemoveEntry(child.get(), inner));
  if (unlinkat(dir_fd, name.c_str(), AT_REMOVEDIR) != 0) return SysError("rmdir " + Quoted(name));
  return Ok();
}

}  // namespace

std::string JoinPath(const std::string& parent, const std::string& name) {
  return parent.empty() ? name : parent + "/" + name;
}

Status RemoveInheritedAcls(const std::string& path, bool is_directory) {
  const auto remove = [&](const char* name) -> Status {
    // To look is cheap; to remove what is not there is not.
    if (getxattr(path.c_str(), name, nullptr, 0) < 0) return Ok();
    if (removexattr(path.c_str(), name) != 0) return SysError(std::string("remove ") + name);
    return Ok();
  };
  TRY(remove("system.posix_acl_access"));
  return is_directory ? remove("system.posix_acl_default") : Ok();
}

Status SetModificationTime(int dir_fd, const std::string& name, const timespec& time) {
  // What any file system can keep: 1970 to 2038.
  constexpr time_t kMaxSafe = INT32_MAX;
  for (const timespec wanted : {time, timespec{0, 0}}) {
    const timespec both[2] = {{0, UTIME_OMIT}, wanted};
    if (utimensat(dir_fd, name.c_str(), both, AT_SYMLINK_NOFOLLOW) != 0) {
      return SysError("set the time");
    }
    if (wanted.tv_sec >= 0 && wanted.tv_sec <= kMaxSafe) return Ok();
    struct stat st = {};
    if (fstatat(dir_fd, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return SysError("stat");
    if (st.st_mtim.tv_sec == wanted.tv_sec) return Ok();
  }
  return Ok();
}

// Where a walk stands: the directories on the way to it, the top first.
struct UnpackTree::WalkState {
  struct Level {
    std::string path;
    UniqueFd fd;  // -1 for the top
  };
  std::vector<Level> stack;
  std::deque<std::string> pending;
  int links = 0;
  Missing missing;
  timespec time;
  bool avoid_own_links;
};

Result<UniqueFd> UnpackTree::OpenPath(const std::string& path, int flags) const {
  open_how how = {};
  how.flags = static_cast<__u64>(flags) | static_cast<__u64>(O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  const long fd = syscall(SYS_openat2, root_.get(), name, &how, sizeof(how));
  if (fd < 0) return SysError("open " + Quoted(path));
  return UniqueFd(static_cast<int>(fd));
}

Result<std::optional<UnpackTree::Directory>> UnpackTree::OpenDirectory(
    const std::vector<std::string>& parts, Missing missing, const timespec& time) {
  const std::string joined = Joined(parts);
  if (joined.empty()) return std::optional<Directory>(Directory{"", root_.get()});
  if (cached_fd_.valid() && cached_parts_ == joined) return std::optional<Directory>(cached_);
  std::optional<Directory> found;
  Result<UniqueFd> direct = OpenPath(joined, kDirectoryFlags);
  if (direct.has_value()) {
    cached_fd_ = std::move(direct).value();
    found = Directory{joined, cached_fd_.get()};
  } else {
    found = TRY(Walk(parts, missing, time, false));
  }
  if (!found) return found;
  cached_parts_ = joined;
  cached_ = *found;
  return found;
}

Result<std::optional<UnpackTree::Directory>> UnpackTree::OpenLowerDirectory(
    const std::vector<std::string>& parts) {
  const std::string joined = Joined(parts);
  if (joined.empty()) return std::optional<Directory>(Directory{"", root_.get()});
  cached_parts_.clear();
  Result<UniqueFd> direct = OpenPath(joined, kDirectoryFlags);
  if (!direct.has_value()) return Walk(parts, Missing::kReport, {}, true);
  cached_fd_ = std::move(direct).value();
  return std::optional<Directory>(Directory{joined, cached_fd_.get()});
}

Result<std::optional<UnpackTree::Directory>> UnpackTree::Walk(const std::vector<std::string>& parts,
                                                              Missing missing, const timespec& time,
                                                              bool avoid_own_links) {
  WalkState walk{{}, {parts.begin(), parts.end()}, 0, missing, time, avoid_own_links};
  walk.stack.push_back({"", UniqueFd()});
  while (!walk.pending.empty()) {
    const std::string name = std::move(walk.pending.front());
    walk.pending.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (walk.stack.size() > 1) walk.stack.pop_back();
      continue;
    }
    if (!TRY(Step(walk, name).Within("path " + Quoted(Joined(parts))))) {
      return std::optional<Directory>();
    }
  }
  WalkState::Level& last = walk.stack.back();
  if (last.path.empty()) return std::optional<Directory>(Directory{"", root_.get()});
  cached_fd_ = std::move(last.fd);
  return std::optional<Directory>(Directory{last.path, cached_fd_.get()});
}

Result<bool> UnpackTree::Step(WalkState& walk, const std::string& name) {
  const WalkState::Level& level = walk.stack.back();
  const int fd = level.path.empty() ? root_.get() : level.fd.get();
  std::string path = JoinPath(level.path, name);
  if (path.size() >= PATH_MAX) return Error::FromErrno(ENAMETOOLONG, "open");
  Result<UniqueFd> next = OpenAt(fd, name, kDirectoryFlags);
  if (!next.has_value() &&
      (next.error().errno_value() == ENOTDIR || next.error().errno_value() == ELOOP)) {
    const Other other = TRY(StepOverOther(walk, name));
    if (other != Other::kRemoved) return other == Other::kLink;
    next = Error::FromErrno(ENOENT, "open");
  }
  if (!next.has_value()) {
    if (next.error().errno_value() != ENOENT) return std::move(next).error();
    if (walk.missing == Missing::kReport) return false;
    TRY(KeepTime({level.path, fd}));
    if (mkdirat(fd, name.c_str(), 0755) != 0) return SysError("mkdir " + Quoted(name));
    next = OpenAt(fd, name, kDirectoryFlags);
    if (!next.has_value()) return std::move(next).error();
    TRY(RemoveInheritedAcls("/proc/self/fd/" + std::to_string(next.value().get()) + "/.", true));
    if (fchmod(next.value().get(), 0755) != 0) return SysError("chmod " + Quoted(name));
    Mark(path, Made::kImplied);
    SetTime(path, walk.time);
  }
  walk.stack.push_back({std::move(path), std::move(next).value()});
  return true;
}

// A link is replaced by its target in what is to be walked. Any other non-directory is removed when
// the directory may be made.
Result<UnpackTree::Other> UnpackTree::StepOverOther(WalkState& walk, const std::string& name) {
  const WalkState::Level& level = walk.stack.back();
  const int fd = level.path.empty() ? root_.get() : level.fd.get();
  const std::string path = JoinPath(level.path, name);
  struct stat st = {};
  if (fstatat(fd, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return SysError("stat " + Quoted(name));
  }
  if (!S_ISLNK(st.st_mode)) {
    if (walk.missing == Missing::kReport) return Other::kInTheWay;
    TRY(Remove({level.path, fd}, name));
    return Other::kRemoved;
  }
  if (walk.avoid_own_links && MadeAt(path) == Made::kExplicit) return Other::kInTheWay;
  if (++walk.links > kMaxLinks) return Error::FromErrno(ELOOP, "open");
  const std::string target = TRY(ReadLink(fd, name));
  if (!target.empty() && target[0] == '/') {
    walk.stack.erase(walk.stack.begin() + 1, walk.stack.end());
  }
  const std::vector<std::string> parts = Split(target, '/');
  walk.pending.insert(walk.pending.begin(), parts.begin(), parts.end());
  return Other::kLink;
}

void UnpackTree::Mark(const std::string& path, Made made) {
  auto [entry, is_new] = made_.emplace(path, made);
  if (!is_new && made == Made::kExplicit) entry->second = made;
  if (!is_new) return;
  for (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    if (!made_.emplace(path.substr(0, slash), Made::kImplied).second) return;
  }
}

std::optional<UnpackTree::Made> UnpackTree::MadeAt(const std::string& path) const {
  const auto found = made_.find(path);
  if (found == made_.end()) return std::nullopt;
  return found->second;
}

void UnpackTree::Forget(const std::string& path) {
  made_.erase(path);
  times_.erase(path);
  // The directory opened last may be the one that goes, or have a link on its way that goes.
  cached_parts_.clear();
}

Status UnpackTree::KeepTime(const Directory& directory) {
  if (times_.count(directory.path) != 0) return Ok();
  struct stat st = {};
  if (fstat(directory.fd, &st) != 0) return SysError("stat " + Quoted(directory.path));
  times_.emplace(directory.path, st.st_mtim);
  return Ok();
}

Status UnpackTree::RestoreTimes() {
  for (const auto& [path, time] : times_) {
    Result<UniqueFd> fd = OpenPath(path, kDirectoryFlags);
    if (!fd.has_value()) {
      // Removed or replaced by a later entry.
      const int error = fd.error().errno_value();
      if (error == ENOENT || error == ENOTDIR || error == ELOOP) continue;
      return std::move(fd).error();
    }
    TRY(SetModificationTime(fd.value().get(), ".", time).Within("directory " + Quoted(path)));
  }
  return Ok();
}

Status UnpackTree::Remove(const Directory& parent, const std::string& name) {
  struct stat st = {};
  if (fstatat(parent.fd, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Ok();
    return SysError("stat " + Quoted(name));
  }
  TRY(KeepTime(parent));
  const bool is_plain = !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode);
  TRY(RemoveEntry(parent.fd, name));
  const std::string path = JoinPath(parent.path, name);
  if (is_plain) {
    made_.erase(path);
  } else {
    Forget(path);
  }
  return Ok();
}

Status UnpackTree::PurgeLower(const std::string& path) {
  // Opened anew: the caller's descriptor may be the cached one.
  const UniqueFd fd = TRY(OpenPath(path, kDirectoryFlags));
  const std::vector<std::string> names = TRY(ListDirFd(fd.get()));
  for (const std::string& name : names) {
    const std::string child = JoinPath(path, name);
    if (!MadeAt(child)) {
      TRY(Remove({path, fd.get()}, name));
      continue;
    }
    struct stat st = {};
    if (fstatat(fd.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      return SysError("stat " + Quoted(child));
    }
    if (S_ISDIR(st.st_mode)) TRY(PurgeLower(child));
  }
  return Ok();
}

}  // namespace cowbell
