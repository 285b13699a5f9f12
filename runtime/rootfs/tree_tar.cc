#include "runtime/rootfs/tree_tar.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr size_t kBuffer = size_t{256} << 10;
constexpr mode_t kPlainRoot = S_IFDIR | 0755;

TarEntry::Type TypeOf(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return TarEntry::Type::kDirectory;
    case S_IFLNK:
      return TarEntry::Type::kSymlink;
    case S_IFCHR:
      return TarEntry::Type::kCharacterDevice;
    case S_IFBLK:
      return TarEntry::Type::kBlockDevice;
    case S_IFIFO:
      return TarEntry::Type::kFifo;
    default:
      return TarEntry::Type::kFile;
  }
}

TarEntry HeaderOf(const struct stat& st, const std::string& name) {
  TarEntry out;
  out.name = name;
  out.type = TypeOf(st.st_mode);
  out.mode = st.st_mode & 07777;
  out.uid = st.st_uid;
  out.gid = st.st_gid;
  out.mtime_seconds = st.st_mtim.tv_sec;
  out.mtime_nanoseconds = st.st_mtim.tv_nsec;
  if (S_ISREG(st.st_mode)) out.size = static_cast<uint64_t>(st.st_size);
  if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
    out.device_major = major(st.st_rdev);
    out.device_minor = minor(st.st_rdev);
  }
  return out;
}

}  // namespace

Status TreeTar::AddTree(int root_fd) {
  UniqueFd top = TRY(OpenAt(root_fd, ".", O_PATH | O_DIRECTORY));
  const Entry root = TRY(EntryOf(std::move(top)));
  const auto xattrs = TRY(ArchivedXattrs(root.fd.get()));
  const bool plain = root.st.st_mode == kPlainRoot && root.st.st_uid == 0 && root.st.st_gid == 0;
  if (!plain || !xattrs.empty()) TRY(AddEntry(root, "."));
  const UniqueFd dir = TRY(Reopen(root, O_RDONLY | O_DIRECTORY));
  return AddChildren(dir.get(), "");
}

Status TreeTar::AddChildren(int dir_fd, const std::string& parent) {
  const std::vector<std::string> names = TRY(ListDirFd(dir_fd));
  for (const std::string& name : names) {
    const std::string path = parent.empty() ? name : parent + "/" + name;
    const auto add = [&]() -> Status {
      Result<Entry> opened = OpenEntry(dir_fd, name);
      if (!opened.has_value() && opened.error().errno_value() == ENOENT) return Ok();
      const Entry entry = TRY(std::move(opened));
      TRY(AddEntry(entry, path));
      if (!entry.IsDir()) return Ok();
      const UniqueFd child = TRY(Reopen(entry, O_RDONLY | O_DIRECTORY));
      return AddChildren(child.get(), path);
    };
    const Status added = add();
    if (added.has_value()) continue;
    // The contexts of a deep tree would only say the same path again and again.
    if (added.error().message().rfind("'/", 0) == 0) return added;
    return Error(added.error()).Within("'/" + Sanitize(path, 300) + "'");
  }
  return Ok();
}

Status TreeTar::AddEntry(const Entry& entry, const std::string& path) {
  if (S_ISSOCK(entry.st.st_mode)) return Ok();
  TarEntry header = HeaderOf(entry.st, entry.IsDir() ? path + "/" : path);
  // A second name of a symbolic link is written as a link of its own.
  if (entry.st.st_nlink > 1 && !entry.IsDir() && !entry.IsSymlink()) {
    const auto [first, is_new] = linked_.emplace(std::pair(entry.st.st_dev, entry.st.st_ino), path);
    if (!is_new) {
      header.type = TarEntry::Type::kHardLink;
      header.link = first->second;
      return out_.Add(header);
    }
  }
  header.xattrs = TRY(ArchivedXattrs(entry.fd.get()));
  if (entry.IsSymlink()) header.link = TRY(LinkText(entry));
  TRY(out_.Add(header));
  return entry.IsRegular() ? AddContent(entry, path) : Ok();
}

Status TreeTar::AddContent(const Entry& entry, const std::string& path) {
  const auto size = static_cast<uint64_t>(entry.st.st_size);
  if (size == 0) return Ok();
  const UniqueFd fd = TRY(Reopen(entry, O_RDONLY));
  const bool sparse = entry.st.st_blocks < (entry.st.st_size + 511) / 512;
  bool whole = true;
  for (uint64_t at = 0; at < size && whole;) {
    uint64_t data = at;
    uint64_t end = size;
    if (sparse) {
      // A file system that cannot tell holes calls everything data.
      const off_t next = lseek(fd.get(), static_cast<off_t>(at), SEEK_DATA);
      data = next >= 0 ? std::min(static_cast<uint64_t>(next), size) : errno == ENXIO ? size : at;
      const off_t hole = lseek(fd.get(), static_cast<off_t>(data), SEEK_HOLE);
      if (hole > 0) end = std::min(static_cast<uint64_t>(hole), size);
      TRY(AddZeros(data - at));
    }
    whole = TRY(CopyData(fd.get(), data, end));
    at = end;
    if (!whole) TRY(AddZeros(size - end));
  }
  if (!whole) changed_.push_back(path);
  return Ok();
}

// False: the file is shorter than that by now; zeros were written in place of what is missing.
Result<bool> TreeTar::CopyData(int fd, uint64_t at, uint64_t end) {
  buffer_.resize(kBuffer);
  while (at < end) {
    const size_t wanted = std::min<uint64_t>(end - at, kBuffer);
    const ssize_t n = pread(fd, buffer_.data(), wanted, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::FromErrno(errno, "read");
    if (n == 0) {
      TRY(AddZeros(end - at));
      return false;
    }
    TRY(out_.Write({buffer_.data(), static_cast<size_t>(n)}));
    at += static_cast<uint64_t>(n);
  }
  return true;
}

Status TreeTar::AddZeros(uint64_t count) {
  static const std::string kZeros(kBuffer, '\0');
  while (count > 0) {
    const size_t n = std::min<uint64_t>(count, kBuffer);
    TRY(out_.Write({kZeros.data(), n}));
    count -= n;
  }
  return Ok();
}

}  // namespace cowbell
