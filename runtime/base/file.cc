#include "runtime/base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace cowbell {
namespace {

Error SysError(std::string what) { return Error::FromErrno(errno, std::move(what)); }

std::string Quoted(const std::string& path) { return "'" + path + "'"; }

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

std::string Parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status RemoveEntry(int dir_fd, const std::string& name, dev_t device);

Status RemoveChildren(int dir_fd, dev_t device) {
  const std::vector<std::string> names = TRY(ListDirFd(dir_fd));
  for (const std::string& name : names)
    TRY(RemoveEntry(dir_fd, name, device));
  return Ok();
}

Status RemoveEntry(int dir_fd, const std::string& name, dev_t device) {
  if (unlinkat(dir_fd, name.c_str(), 0) == 0 || errno == ENOENT) return Ok();
  if (errno != EISDIR && errno != EPERM) return SysError("unlink " + Quoted(name));
  const UniqueFd child = TRY(OpenAt(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  struct stat st = {};
  if (fstat(child.get(), &st) != 0) return SysError("fstat " + Quoted(name));
  if (st.st_dev != device) {
    return Error::FromErrno(EBUSY, "remove " + Quoted(name) + ": something is mounted there");
  }
  TRY(RemoveChildren(child.get(), device));
  if (unlinkat(dir_fd, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
    return SysError("rmdir " + Quoted(name));
  }
  return Ok();
}

}  // namespace

Result<UniqueFd> OpenAt(int dir_fd, const std::string& path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = openat(dir_fd, path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return SysError("open " + Quoted(path));
  return UniqueFd(fd);
}

Result<UniqueFd> Open(const std::string& path, int flags, mode_t mode) {
  return OpenAt(AT_FDCWD, path, flags, mode);
}

Result<UniqueFd> OpenInRoot(int root_fd, const std::string& path, int flags, mode_t mode) {
  open_how how = {};
  how.flags = static_cast<__u64>(flags) | static_cast<__u64>(O_CLOEXEC);
  how.mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? mode : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 0;; ++attempt) {
    const long fd = syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof(how));
    if (fd >= 0) return UniqueFd(static_cast<int>(fd));
    // openat2(2): EAGAIN when a rename elsewhere raced with the resolution of "..".
    if ((errno == EAGAIN && attempt < 1000) || errno == EINTR) continue;
    return SysError("open " + Quoted(path));
  }
}

Result<std::string> ReadAll(int fd, uint64_t max_bytes) {
  std::string out;
  char buffer[65536];
  while (true) {
    const ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SysError("read");
    if (n == 0) return out;
    if (out.size() + static_cast<size_t>(n) > max_bytes) {
      return Error::FromErrno(EFBIG, "read: more than " + std::to_string(max_bytes) + " bytes");
    }
    out.append(buffer, static_cast<size_t>(n));
  }
}

Result<std::string> ReadFile(const std::string& path, uint64_t max_bytes) {
  const UniqueFd fd = TRY(Open(path, O_RDONLY));
  return ReadAll(fd.get(), max_bytes).Within("file " + Quoted(path));
}

Status WriteAll(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SysError("write");
    data.remove_prefix(static_cast<size_t>(n));
  }
  return Ok();
}

Status WriteFile(const std::string& path, std::string_view data, mode_t mode) {
  const UniqueFd fd = TRY(Open(path, O_WRONLY | O_CREAT | O_TRUNC, mode));
  return WriteAll(fd.get(), data).Within("file " + Quoted(path));
}

Status WriteFileAtomic(const std::string& path, std::string_view data, mode_t mode, bool durable) {
  static std::atomic<unsigned> counter = 0;
  const std::string temp =
      path + ".tmp." + std::to_string(getpid()) + "." + std::to_string(counter++);
  UniqueFd fd = TRY(Open(temp, O_WRONLY | O_CREAT | O_EXCL, mode));
  Status written = WriteAll(fd.get(), data).Within("file " + Quoted(temp));
  if (written.has_value() && durable && fsync(fd.get()) != 0) {
    written = SysError("fsync " + Quoted(temp));
  }
  fd.reset();
  if (written.has_value() && rename(temp.c_str(), path.c_str()) != 0) {
    written = SysError("rename " + Quoted(temp) + " to " + Quoted(path));
  }
  if (!written.has_value()) {
    unlink(temp.c_str());
    return written;
  }
  if (durable) {
    const UniqueFd dir = TRY(Open(Parent(path), O_RDONLY | O_DIRECTORY));
    if (fsync(dir.get()) != 0) return SysError("fsync directory of " + Quoted(path));
  }
  return Ok();
}

bool Exists(const std::string& path) {
  struct stat st = {};
  return lstat(path.c_str(), &st) == 0;
}

Status MakeDirs(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0) return Ok();
  if (errno == ENOENT) {
    TRY(MakeDirs(Parent(path), mode));
    if (mkdir(path.c_str(), mode) == 0) return Ok();
  }
  if (errno != EEXIST) return SysError("mkdir " + Quoted(path));
  struct stat st = {};
  if (stat(path.c_str(), &st) != 0) return SysError("stat " + Quoted(path));
  if (!S_ISDIR(st.st_mode)) return Error::FromErrno(ENOTDIR, "mkdir " + Quoted(path));
  return Ok();
}

Result<std::vector<std::string>> ListDirFd(int dir_fd) {
  // A descriptor of its own: readdir moves the offset.
  UniqueFd own = TRY(OpenAt(dir_fd, ".", O_RDONLY | O_DIRECTORY));
  const std::unique_ptr<DIR, CloseDir> dir(fdopendir(own.get()));
  if (dir == nullptr) return SysError("fdopendir");
  (void)own.release();  // closed by closedir
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(dir.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return SysError("readdir");
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> ListDir(const std::string& path) {
  const UniqueFd dir = TRY(Open(path, O_RDONLY | O_DIRECTORY));
  return ListDirFd(dir.get()).Within("directory " + Quoted(path));
}

Status RemoveTree(const std::string& path) {
  struct stat st = {};
  if (lstat(path.c_str(), &st) != 0) {
    if (errno == ENOENT) return Ok();
    return SysError("lstat " + Quoted(path));
  }
  return RemoveEntry(AT_FDCWD, path, st.st_dev).Within("remove " + Quoted(path));
}

Result<TempDir> TempDir::Create(const std::string& parent, const std::string& prefix) {
  std::string path = parent + "/" + prefix + "XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return SysError("mkdtemp " + Quoted(path));
  return TempDir(std::move(path));
}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempDir::~TempDir() {
  if (path_.empty()) return;
  const int saved_errno = errno;
  // What could not be removed is found by the leak check of whoever owns the parent.
  (void)RemoveTree(path_).has_value();
  errno = saved_errno;
}

Result<FileLock> FileLock::Acquire(const std::string& path, Mode mode, bool try_only) {
  UniqueFd fd = TRY(Open(path, O_RDWR | O_CREAT, 0600));
  const int operation = (mode == Mode::kShared ? LOCK_SH : LOCK_EX) | (try_only ? LOCK_NB : 0);
  int rc = 0;
  do {
    rc = flock(fd.get(), operation);
  } while (rc != 0 && errno == EINTR);
  if (rc != 0) return SysError("lock " + Quoted(path));
  return FileLock(std::move(fd));
}

}  // namespace cowbell
