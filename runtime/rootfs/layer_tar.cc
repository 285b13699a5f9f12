#include "runtime/rootfs/layer_tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr std::string_view kOverlay = "trusted.overlay.";

struct FreeWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

Error SysError(const std::string& what) { return Error::FromErrno(errno, what); }

struct Xattr {
  std::string name;
  std::string value;
};

Result<std::vector<Xattr>> ReadXattrs(const std::string& path) {
  std::vector<Xattr> out;
  std::string names(XATTR_LIST_MAX, '\0');
  const ssize_t size = llistxattr(path.c_str(), names.data(), names.size());
  if (size < 0) {
    if (errno == EOPNOTSUPP) return out;
    return SysError("list extended attributes");
  }
  names.resize(static_cast<size_t>(size));
  for (const std::string& name : Split(names, '\0')) {
    if (name.empty()) continue;
    std::string value(XATTR_SIZE_MAX, '\0');
    const ssize_t n = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (n < 0) return SysError("read attribute '" + name + "'");
    value.resize(static_cast<size_t>(n));
    out.push_back({name, std::move(value)});
  }
  return out;
}

class LayerWriter {
 public:
  explicit LayerWriter(const TarSink& sink) : sink_(sink), writer_(archive_write_new()) {
    archive* a = writer_.get();
    archive_write_set_format_pax(a);
    // Go's readers know this form of attributes alone.
    archive_write_set_format_option(a, "pax", "xattrheader", "SCHILY");
    archive_write_set_bytes_per_block(a, 0);
  }

  Result<uint64_t> Run(const std::string& upper_dir, const std::string& lower_root) {
    if (archive_write_open(writer_.get(), this, nullptr, OnWrite, nullptr) != ARCHIVE_OK) {
      return Failure();
    }
    const UniqueFd top = TRY(Open(upper_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    struct stat st = {};
    if (fstat(top.get(), &st) != 0) return SysError("stat '" + upper_dir + "'");
    struct stat below = {};
    below.st_mode = S_IFDIR | 0755;
    if (!lower_root.empty() && stat(lower_root.c_str(), &below) != 0) {
      return SysError("stat '" + lower_root + "'");
    }
    if (st.st_mode != below.st_mode || st.st_uid != below.st_uid || st.st_gid != below.st_gid) {
      TRY(WriteHeader("./", st, {}, ""));
    }
    TRY(WriteChildren(top.get(), ""));
    if (archive_write_close(writer_.get()) != ARCHIVE_OK) return Failure();
    return entries_;
  }

 private:
  static la_ssize_t OnWrite(archive* a, void* self, const void* data, size_t size) {
    auto* writer = static_cast<LayerWriter*>(self);
    Status written = writer->sink_({static_cast<const char*>(data), size});
    if (written.has_value()) return static_cast<la_ssize_t>(size);
    archive_set_error(a, EIO, "%s", written.error().ToString().c_str());
    writer->error_ = std::move(written).error();
    return -1;
  }

  Error Failure() const {
    if (error_) return *error_;
    const char* text = archive_error_string(writer_.get());
    return Error::FromMessage("write a layer archive: " + Sanitize(text != nullptr ? text : "?"));
  }

  Status WriteHeader(const std::string& name, const struct stat& st,
                     const std::vector<Xattr>& xattrs, const std::string& link) {
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    archive_entry* e = entry.get();
    archive_entry_set_pathname(e, name.c_str());
    archive_entry_set_filetype(e, st.st_mode & S_IFMT);
    archive_entry_set_perm(e, st.st_mode & 07777);
    archive_entry_set_uid(e, st.st_uid);
    archive_entry_set_gid(e, st.st_gid);
    archive_entry_set_mtime(e, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    archive_entry_set_size(e, S_ISREG(st.st_mode) ? st.st_size : 0);
    if (S_ISLNK(st.st_mode)) {
      archive_entry_set_symlink(e, link.c_str());
    } else if (!link.empty()) {
      archive_entry_set_size(e, 0);
      archive_entry_set_hardlink(e, link.c_str());
    }
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
      archive_entry_set_rdevmajor(e, major(st.st_rdev));
      archive_entry_set_rdevminor(e, minor(st.st_rdev));
    }
    for (const Xattr& xattr : xattrs) {
      archive_entry_xattr_add_entry(e, xattr.name.c_str(), xattr.value.data(), xattr.value.size());
    }
    ++entries_;
    // A warning says that a name is no text of the locale; its bytes are written as they are.
    const int rc = archive_write_header(writer_.get(), e);
    if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) return Failure();
    return Ok();
  }

  Status WriteMarker(const std::string& name, const struct stat& like) {
    struct stat st = {};
    st.st_mode = S_IFREG;
    st.st_mtim = like.st_mtim;
    return WriteHeader(name, st, {}, "");
  }

  Status WriteChildren(int dir_fd, const std::string& parent) {
    const std::vector<std::string> names = TRY(ListDirFd(dir_fd));
    for (const std::string& name : names) {
      const std::string path = parent.empty() ? name : parent + "/" + name;
      TRY(WriteEntry(dir_fd, parent, name).Within("'/" + Sanitize(path, 300) + "'"));
    }
    return Ok();
  }

  Status WriteEntry(int dir_fd, const std::string& parent, const std::string& name) {
    const std::string prefix = parent.empty() ? "" : parent + "/";
    const std::string path = prefix + name;
    struct stat st = {};
    if (fstatat(dir_fd, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return SysError("stat");
    if (S_ISCHR(st.st_mode) && st.st_rdev == 0) return WriteMarker(prefix + ".wh." + name, st);
    if (S_ISSOCK(st.st_mode)) return Ok();
    // A process of the container may make such a name; in an archive it would delete something.
    if (name.rfind(".wh.", 0) == 0) {
      return Error::FromMessage("the name begins with '.wh.', which marks deletions in a layer");
    }
    bool is_opaque = false;
    std::vector<Xattr> kept;
    const std::string proc = "/proc/self/fd/" + std::to_string(dir_fd) + "/" + name;
    std::vector<Xattr> xattrs = TRY(ReadXattrs(proc));
    for (Xattr& xattr : xattrs) {
      if (xattr.name.rfind(kOverlay, 0) != 0) {
        kept.push_back(std::move(xattr));
        continue;
      }
      const std::string_view kind = std::string_view(xattr.name).substr(kOverlay.size());
      if (kind == "redirect" || kind == "metacopy") {
        return Error::FromMessage("'" + xattr.name + "' cannot be said in a layer archive");
      }
      is_opaque = is_opaque || (kind == "opaque" && xattr.value == "y");
    }
    if (S_ISDIR(st.st_mode)) {
      TRY(WriteHeader(path + "/", st, kept, ""));
      if (is_opaque) TRY(WriteMarker(path + "/.wh..wh..opq", st));
      const UniqueFd child = TRY(OpenAt(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      return WriteChildren(child.get(), path);
    }
    if (st.st_nlink > 1) {
      const auto [first, is_new] = linked_.emplace(std::pair(st.st_dev, st.st_ino), path);
      // A second name of a symbolic link is written as a link of its own.
      if (!is_new && !S_ISLNK(st.st_mode)) return WriteHeader(path, st, {}, first->second);
    }
    std::string target;
    if (S_ISLNK(st.st_mode)) {
      target.resize(PATH_MAX);
      const ssize_t n = readlinkat(dir_fd, name.c_str(), target.data(), target.size());
      if (n < 0) return SysError("readlink");
      target.resize(static_cast<size_t>(n));
    }
    TRY(WriteHeader(path, st, kept, target));
    return S_ISREG(st.st_mode) ? WriteContent(dir_fd, name, st) : Ok();
  }

  Status WriteContent(int dir_fd, const std::string& name, const struct stat& st) {
    const UniqueFd fd = TRY(OpenAt(dir_fd, name, O_RDONLY | O_NOFOLLOW));
    std::vector<char> buffer(size_t{256} << 10);
    uint64_t left = static_cast<uint64_t>(st.st_size);
    while (left > 0) {
      const ssize_t n = read(fd.get(), buffer.data(), std::min<uint64_t>(left, buffer.size()));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return SysError("read");
      if (n == 0) return Error::FromMessage("the file became shorter while it was read");
      if (archive_write_data(writer_.get(), buffer.data(), static_cast<size_t>(n)) < 0) {
        return Failure();
      }
      left -= static_cast<uint64_t>(n);
    }
    return Ok();
  }

  const TarSink& sink_;
  std::unique_ptr<archive, FreeWriter> writer_;
  std::optional<Error> error_;  // of the sink
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;
  uint64_t entries_ = 0;
};

}  // namespace

Result<uint64_t> WriteLayerTar(const std::string& upper_dir, const std::string& lower_root,
                               const TarSink& sink) {
  return LayerWriter(sink).Run(upper_dir, lower_root).Within("archive the layer");
}

}  // namespace cowbell
