#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <optional>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/image/tar_reader.h"
#include "runtime/rootfs/unpack.h"
#include "runtime/rootfs/unpack_tree.h"
#include "runtime/rootfs/zeros.h"

namespace cowbell {
namespace {

using Made = UnpackTree::Made;
using Missing = UnpackTree::Missing;
using Directory = UnpackTree::Directory;
using Type = TarEntry::Type;

constexpr char kUnexpectedEof[] = "unexpected EOF";  // of TarReader
constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
// AUFS's own files: never part of the content, but hard links may point to them.
constexpr std::string_view kMeta = ".wh..wh.";
// The kernel's dev_t: 12 bits major, 20 bits minor.
constexpr int64_t kMaxMajor = 0xfff;
constexpr int64_t kMaxMinor = 0xfffff;

Error SysError(const std::string& what) { return Error::FromErrno(errno, what); }

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Parts of a name, "." and empty ones dropped, ".." taken back but never above the top.
std::vector<std::string> CleanParts(const std::string& name) {
  std::vector<std::string> out;
  for (std::string& part : Split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      out.push_back(std::move(part));
    } else if (!out.empty()) {
      out.pop_back();
    }
  }
  return out;
}

// Overlayfs keeps its own state in these; an archive has no say in it.
bool IsPrivateXattr(std::string_view name) {
  return StartsWith(name, "trusted.overlay.") || StartsWith(name, "user.overlay.");
}

// Labels of the policy that made the image; without that policy here they mean nothing.
bool IsPolicyXattr(std::string_view name) {
  return name == "security.selinux" || name == "security.ima" || name == "security.evm" ||
         StartsWith(name, "security.SMACK64");
}

// An object that was just made, addressed through its directory: works for every type.
struct Node {
  int dir_fd;
  const std::string& name;
  // Extended attributes have no *at calls before Linux 6.13.
  std::string ProcPath() const { return "/proc/self/fd/" + std::to_string(dir_fd) + "/" + name; }
};

Status SetXattrs(const std::string& path, const TarEntry& entry) {
  for (const auto& [name, value] : entry.xattrs) {
    if (IsPrivateXattr(name)) continue;
    if (lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) == 0) continue;
    if (IsPolicyXattr(name)) continue;
    return SysError("set extended attribute '" + Sanitize(name, 300) + "'");
  }
  return Ok();
}

// Attributes that the entry does not carry go: it replaces what the directory had.
Status RemoveOtherXattrs(const std::string& path, const TarEntry& entry) {
  std::string names(XATTR_LIST_MAX, '\0');
  const ssize_t size = llistxattr(path.c_str(), names.data(), names.size());
  if (size < 0) return errno == EOPNOTSUPP ? Ok() : Status(SysError("list extended attributes"));
  names.resize(static_cast<size_t>(size));
  for (const std::string& name : Split(names, '\0')) {
    if (name.empty() || IsPrivateXattr(name)) continue;
    const bool stays = std::any_of(entry.xattrs.begin(), entry.xattrs.end(),
                                   [&](const auto& xattr) { return xattr.first == name; });
    if (stays || lremovexattr(path.c_str(), name.c_str()) == 0 || IsPolicyXattr(name)) continue;
    return SysError("remove extended attribute '" + Sanitize(name, 300) + "'");
  }
  return Ok();
}

Result<uid_t> CheckId(int64_t id) {
  // (uid_t)-1 means "unchanged" to chown(2).
  if (id < 0 || id >= int64_t{UINT32_MAX}) {
    return Error::FromMessage("owner " + std::to_string(id) + " is out of range");
  }
  return static_cast<uid_t>(id);
}

timespec TimeOf(const TarEntry& entry) {
  return {static_cast<time_t>(entry.mtime_seconds), entry.mtime_nanoseconds};
}

class LayerApplier {
 public:
  LayerApplier(ByteSource& tar, UniqueFd root, bool has_lower)
      : reader_(tar), tree_(std::move(root), has_lower) {}

  Status Run() {
    TarEntry entry;
    while (TRY(reader_.Next(&entry))) {
      Status applied = Apply(entry);
      if (applied.has_value()) continue;
      // An archive that is cut off is not the fault of its last entry.
      if (applied.error().message() == kUnexpectedEof) return applied;
      return std::move(applied).Within("layer entry '" + Sanitize(entry.name, 300) + "'");
    }
    for (const auto& [parent, name] : meta_) {
      const auto directory = TRY(tree_.OpenDirectory(Split(parent, '/'), Missing::kReport, {}));
      if (directory) TRY(tree_.Remove(*directory, name));
    }
    return tree_.RestoreTimes();
  }

 private:
  Status Apply(const TarEntry& entry) {
    if (entry.name.size() >= PATH_MAX) return Error::FromErrno(ENAMETOOLONG, "name");
    std::vector<std::string> parts = CleanParts(entry.name);
    if (parts.empty()) return ApplyRoot(entry);
    const std::string name = std::move(parts.back());
    parts.pop_back();
    for (const std::string& part : parts) {
      if (StartsWith(part, kWhiteout) && !StartsWith(part, kMeta)) {
        return Error::FromMessage("a directory cannot be named '" + Sanitize(part, 300) +
                                  "': '.wh.' marks deletions");
      }
    }
    if (name == kOpaque) return ApplyOpaque(parts);
    if (StartsWith(name, kWhiteout) && !StartsWith(name, kMeta)) {
      return ApplyWhiteout(parts, name.substr(kWhiteout.size()));
    }
    NoteMeta(parts, name);
    const auto parent = TRY(tree_.OpenDirectory(parts, Missing::kCreate, TimeOf(entry)));
    const std::string path = JoinPath(parent->path, name);
    if (entry.type == Type::kHardLink) {
      TRY(MakeHardLink(entry, parts, name));
    } else if (entry.type == Type::kDirectory) {
      TRY(MakeDirectory(entry, *parent, name));
    } else {
      TRY(tree_.KeepTime(*parent));
      TRY(tree_.Remove(*parent, name));
      TRY(MakeOther(entry, {parent->fd, name}));
    }
    tree_.Mark(path, Made::kExplicit);
    return Ok();
  }

  // Remembers AUFS's private names; they are removed at the end.
  void NoteMeta(const std::vector<std::string>& parts, const std::string& name) {
    std::string parent;
    for (const std::string& part : parts) {
      if (StartsWith(part, kMeta)) {
        meta_.emplace(parent, part);
        return;
      }
      parent = JoinPath(parent, part);
    }
    if (StartsWith(name, kMeta)) meta_.emplace(parent, name);
  }

  Status ApplyRoot(const TarEntry& entry) {
    if (entry.type != Type::kDirectory) {
      return Error::FromMessage("only a directory can be the root");
    }
    TRY(SetDirectoryAttributes(entry, tree_.root()));
    tree_.SetTime("", TimeOf(entry));
    return Ok();
  }

  Status ApplyOpaque(const std::vector<std::string>& parts) {
    if (!tree_.has_lower()) return Ok();
    const auto directory = TRY(tree_.OpenLowerDirectory(parts));
    if (!directory) return Ok();
    return tree_.PurgeLower(directory->path);
  }

  Status ApplyWhiteout(const std::vector<std::string>& parts, const std::string& target) {
    if (target.empty() || target == "." || target == "..") {
      return Error::FromMessage("a deletion of nothing, '.' or '..'");
    }
    if (!tree_.has_lower()) return Ok();
    const auto parent = TRY(tree_.OpenLowerDirectory(parts));
    if (!parent) return Ok();
    const std::string path = JoinPath(parent->path, target);
    const std::optional<Made> made = tree_.MadeAt(path);
    if (!made) return tree_.Remove(*parent, target);
    struct stat st = {};
    if (fstatat(parent->fd, target.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      return errno == ENOENT ? Ok() : Status(SysError("stat"));
    }
    if (!S_ISDIR(st.st_mode)) return Ok();
    if (*made == Made::kImplied) {
      // Had the deletion come first, the directory would have been made anew.
      const UniqueFd fd = TRY(OpenAt(parent->fd, target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      TarEntry fresh;
      fresh.mode = 0755;
      TRY(SetDirectoryAttributes(fresh, fd.get()));
    }
    return tree_.PurgeLower(path);
  }

  Status SetDirectoryAttributes(const TarEntry& entry, int fd) {
    const uid_t uid = TRY(CheckId(entry.uid));
    const gid_t gid = TRY(CheckId(entry.gid));
    const std::string path = "/proc/self/fd/" + std::to_string(fd) + "/.";
    if (fchown(fd, uid, gid) != 0) return SysError("chown");
    TRY(RemoveOtherXattrs(path, entry));
    if (fchmod(fd, entry.mode) != 0) return SysError("chmod");
    return SetXattrs(path, entry);
  }

  Status MakeDirectory(const TarEntry& entry, const Directory& parent, const std::string& name) {
    struct stat st = {};
    const bool exists = fstatat(parent.fd, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!exists || !S_ISDIR(st.st_mode)) {
      TRY(tree_.KeepTime(parent));
      TRY(tree_.Remove(parent, name));
      if (mkdirat(parent.fd, name.c_str(), 0700) != 0) return SysError("mkdir");
    }
    const UniqueFd fd = TRY(OpenAt(parent.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY(SetDirectoryAttributes(entry, fd.get()));
    tree_.SetTime(JoinPath(parent.path, name), TimeOf(entry));
    return Ok();
  }

  Status MakeHardLink(const TarEntry& entry, const std::vector<std::string>& parts,
                      const std::string& name) {
    std::vector<std::string> target = CleanParts(entry.link);
    if (target.empty()) return Error::FromMessage("a hard link to the root");
    const std::string what = "hard link to '" + Sanitize(entry.link, 300) + "'";
    const std::string target_name = std::move(target.back());
    target.pop_back();
    const auto target_parent = TRY(tree_.OpenDirectory(target, Missing::kReport, {}));
    if (!target_parent) return Error::FromErrno(ENOENT, what);
    // Of its own: opening the other directory may take the borrowed descriptor away.
    const UniqueFd target_fd = TRY(OpenAt(target_parent->fd, ".", O_PATH | O_DIRECTORY));
    const std::string target_path = JoinPath(target_parent->path, target_name);
    struct stat st = {};
    if (fstatat(target_fd.get(), target_name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      return SysError(what);
    }
    if (S_ISDIR(st.st_mode)) return Error::FromErrno(EPERM, what + ", a directory");
    const auto parent = TRY(tree_.OpenDirectory(parts, Missing::kCreate, TimeOf(entry)));
    if (target_path == JoinPath(parent->path, name)) return Ok();
    TRY(tree_.KeepTime(*parent));
    TRY(tree_.Remove(*parent, name));
    if (linkat(target_fd.get(), target_name.c_str(), parent->fd, name.c_str(), 0) != 0) {
      return SysError(what);
    }
    return Ok();
  }

  // Everything that is neither a directory nor a second name. chown(2) clears setuid bits and
  // capabilities, so it comes before them; the time is last.
  Status MakeOther(const TarEntry& entry, const Node& node) {
    const uid_t uid = TRY(CheckId(entry.uid));
    const gid_t gid = TRY(CheckId(entry.gid));
    const char* name = node.name.c_str();
    UniqueFd fd;
    if (entry.type == Type::kFile) {
      fd = TRY(OpenAt(node.dir_fd, node.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
      TRY(WriteContent(entry, fd.get()));
    } else if (entry.type == Type::kSymlink) {
      if (symlinkat(entry.link.c_str(), node.dir_fd, name) != 0) return SysError("symlink");
    } else {
      TRY(MakeNode(entry, node));
    }
    if (fchownat(node.dir_fd, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0) return SysError("chown");
    if (entry.type != Type::kSymlink) {
      TRY(RemoveInheritedAcls(node.ProcPath(), false));
      if (fchmodat(node.dir_fd, name, entry.mode, 0) != 0) return SysError("chmod");
    }
    if (!entry.xattrs.empty()) TRY(SetXattrs(node.ProcPath(), entry));
    return SetModificationTime(node.dir_fd, node.name, TimeOf(entry));
  }

  Status WriteContent(const TarEntry& entry, int fd) {
    uint64_t end = 0;
    const auto write_piece = [&](uint64_t offset, std::string_view bytes) -> Status {
      if (IsZero(bytes)) return Ok();  // stays a hole
      if (offset != end && lseek(fd, static_cast<off_t>(offset), SEEK_SET) < 0) {
        return SysError("seek");
      }
      end = offset + bytes.size();
      return WriteAll(fd, bytes);
    };
    TRY(reader_.ReadContent(write_piece));
    if (end > entry.size) return Error::FromMessage("more content than its size");
    if (end < entry.size && ftruncate(fd, static_cast<off_t>(entry.size)) != 0) {
      return SysError("truncate");
    }
    return Ok();
  }

  Status MakeNode(const TarEntry& entry, const Node& node) {
    mode_t type = S_IFIFO;
    dev_t device = 0;
    if (entry.type != Type::kFifo) {
      type = entry.type == Type::kBlockDevice ? S_IFBLK : S_IFCHR;
      const int64_t major = entry.device_major;
      const int64_t minor = entry.device_minor;
      const std::string number = std::to_string(major) + ":" + std::to_string(minor);
      if (major < 0 || major > kMaxMajor || minor < 0 || minor > kMaxMinor) {
        return Error::FromMessage("device number " + number + " is out of range");
      }
      if (type == S_IFCHR && major == 0 && minor == 0) {
        return Error::FromMessage("character device 0:0 would be taken for a deletion");
      }
      device = makedev(static_cast<unsigned>(major), static_cast<unsigned>(minor));
    }
    if (mknodat(node.dir_fd, node.name.c_str(), type | 0600, device) != 0) return SysError("mknod");
    return Ok();
  }

  TarReader reader_;
  UnpackTree tree_;
  std::set<std::pair<std::string, std::string>> meta_;  // parent, name
};

}  // namespace

Status ApplyLayer(ByteSource& tar, UniqueFd root, bool has_lower) {
  return LayerApplier(tar, std::move(root), has_lower).Run();
}

}  // namespace cowbell
