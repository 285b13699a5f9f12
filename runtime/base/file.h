// Whole files, directories and their removal. Nothing here follows a symbolic link in the last
// component unless it says so. All functions are thread-safe.

#ifndef COWBELL_RUNTIME_BASE_FILE_H_
#define COWBELL_RUNTIME_BASE_FILE_H_

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

// openat(2) with O_CLOEXEC added; `dir_fd` may be AT_FDCWD.
Result<UniqueFd> OpenAt(int dir_fd, const std::string& path, int flags, mode_t mode = 0);
Result<UniqueFd> Open(const std::string& path, int flags, mode_t mode = 0);

// Opens `path` below `root_fd` as if that directory were `/`: absolute links and `..` stay inside
// (openat2(2), RESOLVE_IN_ROOT). Errors: EXDEV never; ELOOP for magic links.
Result<UniqueFd> OpenInRoot(int root_fd, const std::string& path, int flags, mode_t mode = 0);

// Reads to the end. Follows links. `max_bytes` guards against hostile files: more is EFBIG.
Result<std::string> ReadFile(const std::string& path, uint64_t max_bytes = uint64_t{1} << 30);
Result<std::string> ReadAll(int fd, uint64_t max_bytes = uint64_t{1} << 30);

// Writes everything or fails; retries short writes and EINTR.
Status WriteAll(int fd, std::string_view data);

// Creates or truncates.
Status WriteFile(const std::string& path, std::string_view data, mode_t mode = 0644);

// Replaces `path` as a whole: temporary file beside it, then rename(2). Readers see the old or the
// new content. With `durable` the data is fsync'ed before the rename and the directory after it.
Status WriteFileAtomic(const std::string& path, std::string_view data, mode_t mode = 0644,
                       bool durable = false);

// lstat(2) says there is something at `path`.
bool Exists(const std::string& path);

// mkdir -p. Directories that exist are left as they are.
Status MakeDirs(const std::string& path, mode_t mode = 0755);

// Names in a directory without "." and "..", sorted bytewise.
Result<std::vector<std::string>> ListDir(const std::string& path);
Result<std::vector<std::string>> ListDirFd(int dir_fd);

// Removes a file or a whole tree. Never follows links and never crosses into another mount (EBUSY
// names it). A missing `path` is success.
Status RemoveTree(const std::string& path);

// A directory that is removed with its content when the owner dies.
class TempDir {
 public:
  // Makes `parent`/`prefix`XXXXXX, mode 0700.
  static Result<TempDir> Create(const std::string& parent, const std::string& prefix);
  TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempDir& operator=(TempDir&& other) noexcept;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::string& path() const { return path_; }
  // Keeps the directory; the caller owns it from now on.
  [[nodiscard]] std::string release() { return std::exchange(path_, {}); }

 private:
  explicit TempDir(std::string path) : path_(std::move(path)) {}
  std::string path_;  // empty: owns none
};

// An exclusive or shared flock(2) on a file that is created when missing; released with the object.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };
  // Waits. `try_only`: fails with EWOULDBLOCK instead.
  static Result<FileLock> Acquire(const std::string& path, Mode mode, bool try_only = false);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BASE_FILE_H_
