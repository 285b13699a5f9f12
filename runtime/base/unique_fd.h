// UniqueFd owns one file descriptor and closes it once.

#ifndef COWBELL_RUNTIME_BASE_UNIQUE_FD_H_
#define COWBELL_RUNTIME_BASE_UNIQUE_FD_H_

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace cowbell {

// A resource: movable, not copyable; -1 means "owns none".
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  // Closes what it held and takes over `fd`. Leaves errno alone, so that the errno of a failed call
  // survives the destructors on the way out. close(2) is not retried on EINTR: Linux has freed the
  // descriptor either way.
  void reset(int fd = -1) {
    const int old = std::exchange(fd_, fd);
    if (old < 0) return;
    const int saved_errno = errno;
    ::close(old);
    errno = saved_errno;
  }

 private:
  int fd_ = -1;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BASE_UNIQUE_FD_H_
