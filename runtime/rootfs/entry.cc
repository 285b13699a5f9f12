#include "runtime/rootfs/entry.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "runtime/base/file.h"

namespace cowbell {

Result<Entry> EntryOf(UniqueFd fd) {
  Entry entry;
  entry.fd = std::move(fd);
  if (fstat(entry.fd.get(), &entry.st) != 0) return Error::FromErrno(errno, "fstat");
  return entry;
}

Result<Entry> OpenEntry(int dir_fd, const std::string& name) {
  UniqueFd fd = TRY(OpenAt(dir_fd, name, O_PATH | O_NOFOLLOW));
  return EntryOf(std::move(fd));
}

Result<UniqueFd> Reopen(const Entry& entry, int flags) {
  return Open(FdPath(entry.fd.get()), flags);
}

Result<std::string> LinkText(const Entry& entry) {
  std::string text(PATH_MAX, '\0');
  const ssize_t n = readlinkat(entry.fd.get(), "", text.data(), text.size());
  if (n < 0) return Error::FromErrno(errno, "readlink");
  text.resize(static_cast<size_t>(n));
  return text;
}

std::string FdPath(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

Result<std::optional<std::string>> GetXattr(int fd, const std::string& name) {
  std::string value(256, '\0');
  while (true) {
    ssize_t n = fgetxattr(fd, name.c_str(), value.data(), value.size());
    if (n < 0 && errno == EBADF) {  // an O_PATH descriptor
      n = getxattr(FdPath(fd).c_str(), name.c_str(), value.data(), value.size());
    }
    if (n >= 0) {
      value.resize(static_cast<size_t>(n));
      return std::optional(std::move(value));
    }
    if (errno == ENODATA || errno == ENOTSUP) return std::optional<std::string>();
    if (errno != ERANGE || value.size() >= XATTR_SIZE_MAX) {
      return Error::FromErrno(errno, "getxattr '" + name + "'");
    }
    value.resize(XATTR_SIZE_MAX);
  }
}

namespace {
// listxattr(2) of any descriptor, also of an O_PATH one.
ssize_t ListXattrs(int fd, char* names, size_t size) {
  const ssize_t n = flistxattr(fd, names, size);
  return n < 0 && errno == EBADF ? listxattr(FdPath(fd).c_str(), names, size) : n;
}

// Names of all attributes of any descriptor.
Result<std::vector<std::string>> XattrNames(int fd) {
  char few[1024];
  std::string many;
  const char* names = few;
  ssize_t n = ListXattrs(fd, few, sizeof(few));
  if (n < 0 && errno == ERANGE) {
    many.resize(XATTR_LIST_MAX);
    names = many.data();
    n = ListXattrs(fd, many.data(), many.size());
  }
  std::vector<std::string> out;
  if (n < 0 && (errno == ENOTSUP || errno == ENODATA)) return out;
  if (n < 0) return Error::FromErrno(errno, "listxattr");
  for (const char* at = names; at < names + n; at += strlen(at) + 1)
    out.emplace_back(at);
  return out;
}

bool StaysHere(const std::string& name) {
  for (const char* prefix :
       {"trusted.overlay.", "user.overlay.", "user.fuseoverlayfs.", "user.containers.",
        "security.selinux", "security.ima", "security.evm", "security.SMACK64"}) {
    if (name.rfind(prefix, 0) == 0) return true;
  }
  return false;
}
}  // namespace

Result<std::map<std::string, std::string>> UserXattrs(int fd) {
  std::map<std::string, std::string> attributes;
  const std::vector<std::string> names = TRY(XattrNames(fd));
  for (const std::string& name : names) {
    if (name.rfind("user.", 0) != 0 && name != "security.capability") continue;
    std::optional<std::string> value = TRY(GetXattr(fd, name));
    if (value.has_value()) attributes.emplace(name, std::move(*value));
  }
  return attributes;
}

Result<Xattrs> ArchivedXattrs(int fd) {
  Xattrs out;
  const std::vector<std::string> names = TRY(XattrNames(fd));
  for (const std::string& name : names) {
    if (StaysHere(name)) continue;
    std::optional<std::string> value = TRY(GetXattr(fd, name));
    if (value.has_value()) out.emplace_back(name, std::move(*value));
  }
  // File systems list them in the order in which they were set.
  std::sort(out.begin(), out.end());
  return out;
}

const char* TypeWord(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "directory";
    case S_IFREG:
      return "regular file";
    case S_IFLNK:
      return "symbolic link";
    case S_IFIFO:
      return "named pipe";
    case S_IFSOCK:
      return "socket";
    default:
      return "device";
  }
}

void RaiseFileLimit() {
  struct rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  // Where it cannot be raised, deep trees end in EMFILE, which is reported.
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace cowbell
