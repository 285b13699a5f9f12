#include "runtime/rootfs/layer_top.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <string_view>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr std::string_view kOverlayPrefix = "trusted.overlay.";

Error SysError(const std::string& what) { return Error::FromErrno(errno, what); }

}  // namespace

Result<std::vector<std::string>> XattrNames(const std::string& path) {
  std::string names(XATTR_LIST_MAX, '\0');
  const ssize_t size = llistxattr(path.c_str(), names.data(), names.size());
  if (size < 0) {
    if (errno == EOPNOTSUPP) return std::vector<std::string>();
    return SysError("list the extended attributes of '" + Sanitize(path, 300) + "'");
  }
  names.resize(static_cast<size_t>(size));
  std::vector<std::string> out;
  for (std::string& name : Split(names, '\0')) {
    if (!name.empty()) out.push_back(std::move(name));
  }
  return out;
}

Status CopyLayerTop(const std::string& from, const std::string& to) {
  struct stat st = {};
  if (stat(from.c_str(), &st) != 0) return SysError("stat '" + from + "'");
  if (lchown(to.c_str(), st.st_uid, st.st_gid) != 0) return SysError("chown '" + to + "'");
  if (chmod(to.c_str(), st.st_mode & 07777) != 0) return SysError("chmod '" + to + "'");
  const std::vector<std::string> names = TRY(XattrNames(from));
  for (const std::string& name : names) {
    if (name.rfind(kOverlayPrefix, 0) == 0) continue;
    std::string value(XATTR_SIZE_MAX, '\0');
    const ssize_t size = lgetxattr(from.c_str(), name.c_str(), value.data(), value.size());
    if (size < 0) return SysError("read attribute '" + name + "' of '" + from + "'");
    if (lsetxattr(to.c_str(), name.c_str(), value.data(), static_cast<size_t>(size), 0) != 0) {
      return SysError("set attribute '" + name + "' of '" + to + "'");
    }
  }
  const timespec times[2] = {{0, UTIME_OMIT}, st.st_mtim};
  if (utimensat(AT_FDCWD, to.c_str(), times, 0) != 0) {
    return SysError("set the time of '" + to + "'");
  }
  return Ok();
}

}  // namespace cowbell
