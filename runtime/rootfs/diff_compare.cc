#include "runtime/rootfs/diff_compare.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/file.h"

namespace cowbell {

bool SameTime(const struct stat& a, const struct stat& b) {
  return a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

bool SameMetadata(const struct stat& a, const struct stat& b) {
  if (a.st_mode != b.st_mode || a.st_uid != b.st_uid || a.st_gid != b.st_gid) return false;
  if (S_ISDIR(a.st_mode)) return true;
  if ((S_ISCHR(a.st_mode) || S_ISBLK(a.st_mode)) && a.st_rdev != b.st_rdev) return false;
  return a.st_size == b.st_size && SameTime(a, b);
}

Result<bool> SameContent(const Entry& a, const Entry& b) {
  const UniqueFd left = TRY(Reopen(a, O_RDONLY));
  const UniqueFd right = TRY(Reopen(b, O_RDONLY));
  constexpr size_t kChunk = size_t{1} << 17;
  std::string x(kChunk, '\0');
  std::string y(kChunk, '\0');
  for (off_t at = 0;;) {
    const ssize_t n = pread(left.get(), x.data(), kChunk, at);
    const ssize_t m = pread(right.get(), y.data(), kChunk, at);
    if (n < 0 || m < 0) return Error::FromErrno(errno, "read");
    if (n != m || x.compare(0, static_cast<size_t>(n), y, 0, static_cast<size_t>(n)) != 0) {
      return false;
    }
    if (n == 0) return true;
    at += n;
  }
}

Result<bool> SameObject(const Entry& a, const Entry& b) {
  if (!SameMetadata(a.st, b.st)) return false;
  const Xattrs left = TRY(ArchivedXattrs(a.fd.get()));
  const Xattrs right = TRY(ArchivedXattrs(b.fd.get()));
  if (left != right) return false;
  if (a.IsRegular()) return SameContent(a, b);
  if (!a.IsSymlink()) return true;
  const std::string left_text = TRY(LinkText(a));
  const std::string right_text = TRY(LinkText(b));
  return left_text == right_text;
}

bool IsPlaceholder(const Entry& entry, const std::string& path,
                   const std::vector<std::string>& managed) {
  const bool is_managed = std::find(managed.begin(), managed.end(), path) != managed.end();
  if (!entry.IsDir()) return entry.IsRegular() && entry.st.st_size == 0 && is_managed;
  const Result<UniqueFd> dir = Reopen(entry, O_RDONLY | O_DIRECTORY);
  if (!dir.has_value()) return false;
  const Result<std::vector<std::string>> names = ListDirFd(dir.value().get());
  if (!names.has_value()) return false;
  if (names.value().empty()) return is_managed;
  return std::any_of(managed.begin(), managed.end(),
                     [&](const std::string& other) { return other.rfind(path + "/", 0) == 0; });
}

}  // namespace cowbell
