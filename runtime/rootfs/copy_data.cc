#include "runtime/rootfs/copy_data.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace cowbell {
namespace {

constexpr size_t kBuffer = size_t{1} << 18;

// Below this one read and one write are cheaper than asking the kernel.
constexpr off_t kSmall = off_t{1} << 17;

}  // namespace

Status DataCopier::Copy(int from, int to) {
  struct stat st = {};
  if (fstat(from, &st) != 0) return Error::FromErrno(errno, "fstat");
  // Files of procfs and sysfs say 0 and have content.
  if (st.st_size == 0) {
    return CopyThroughBuffer(from, to, 0, std::numeric_limits<off_t>::max());
  }
  const bool sparse = st.st_blocks < (st.st_size + 511) / 512;
  if (!sparse) return CopyRange(from, to, 0, st.st_size);
  for (off_t at = 0; at < st.st_size;) {
    const off_t data = lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // only a hole is left
    if (data < 0) return CopyRange(from, to, at, st.st_size);
    off_t end = lseek(from, data, SEEK_HOLE);
    if (end < 0 || end > st.st_size) end = st.st_size;
    TRY(CopyRange(from, to, data, end));
    at = end;
  }
  if (ftruncate(to, st.st_size) != 0) return Error::FromErrno(errno, "ftruncate");
  return Ok();
}

Status DataCopier::CopyRange(int from, int to, off_t at, off_t end) {
  if (in_kernel_ && end - at > kSmall) {
    const bool done = TRY(CopyInKernel(from, to, &at, end));
    if (done) return Ok();
  }
  return CopyThroughBuffer(from, to, at, end);
}

// False when the kernel cannot copy between these files; `*at` tells how far it came. Shares the
// blocks where the file system can (copy_file_range(2)).
Result<bool> DataCopier::CopyInKernel(int from, int to, off_t* at, off_t end) {
  while (*at < end) {
    off_t source = *at;
    off_t target = *at;
    constexpr off_t kMost = off_t{1} << 30;
    const auto length = static_cast<size_t>(std::min(end - *at, kMost));
    const ssize_t n = copy_file_range(from, &source, to, &target, length, 0);
    if (n == 0) return true;
    if (n > 0) {
      *at += n;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ||
        errno == EPERM) {
      in_kernel_ = false;
      return false;
    }
    return Error::FromErrno(errno, "copy_file_range");
  }
  return true;
}

Status DataCopier::CopyThroughBuffer(int from, int to, off_t at, off_t end) {
  buffer_.resize(kBuffer);
  while (at < end) {
    const auto wanted = static_cast<size_t>(std::min<off_t>(end - at, kBuffer));
    const ssize_t n = pread(from, buffer_.data(), wanted, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::FromErrno(errno, "read");
    if (n == 0) return Ok();
    for (ssize_t written = 0; written < n;) {
      const ssize_t m =
          pwrite(to, buffer_.data() + written, static_cast<size_t>(n - written), at + written);
      if (m < 0 && errno == EINTR) continue;
      if (m < 0) return Error::FromErrno(errno, "write");
      written += m;
    }
    at += n;
  }
  return Ok();
}

}  // namespace cowbell
