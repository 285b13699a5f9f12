#include "runtime/cli/cp_paths.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

// As many links as the kernel follows (path_resolution(7)).
constexpr int kMaxLinks = 40;

// As the engine or as the client would report it.
Error At(const CopyPlace& place, const std::string& text) {
  return Error::FromMessage(place.on_host() ? text : "Error response from daemon: " + text);
}

// "no such file or directory", as Go spells errno.
std::string GoText(int errno_value) {
  const char* text = strerrordesc_np(errno_value);
  std::string out = text != nullptr ? text : "errno " + std::to_string(errno_value);
  if (out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] + 32);
  return out;
}

// A path taken apart at its end.
struct Parts {
  std::string path;              // without slashes or "/." at the end; "/" for the root
  bool wants_directory = false;  // had one of them
  bool contents = false;         // had "/."

  std::string Dir() const {
    const size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
  }
  std::string Base() const { return path.substr(path.rfind('/') + 1); }
};

// "a/b/../c" -> "/a/c".
std::string LexicallyClean(const std::string& path) {
  std::vector<std::string> kept;
  for (const std::string& part : Split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      kept.push_back(part);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  return "/" + Join(kept, "/");
}

Parts TakeApart(const std::string& path) {
  Parts parts;
  parts.path = path;
  while (true) {
    while (!parts.path.empty() && parts.path.back() == '/') {
      parts.path.pop_back();
      parts.wants_directory = true;
    }
    const size_t size = parts.path.size();
    if (size < 2 || parts.path.compare(size - 2, 2, "/.") != 0) break;
    parts.path.pop_back();
    parts.contents = true;
  }
  // The name of what `..` leads to is only known from the path's text.
  if (parts.path.size() >= 3 && parts.path.compare(parts.path.size() - 3, 3, "/..") == 0) {
    parts.path = LexicallyClean(parts.path);
    parts.wants_directory = true;
  }
  if (parts.path.empty() || parts.path == "/") {
    parts.path = "/";
    parts.contents = true;
  }
  return parts;
}

Error NotFound(const CopyPlace& place, const std::string& path, int errno_value) {
  if (place.on_host()) {
    return Error::FromMessage("lstat " + LexicallyClean(path) + ": " + GoText(errno_value));
  }
  if (errno_value == ENOENT || errno_value == ENOTDIR) {
    return At(place, "Could not find the file " + path + " in container " + place.container);
  }
  return At(place, "lstat " + path + ": " + GoText(errno_value));
}

uint64_t MountId(int fd) {
  struct statx stx = {};
  if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_MNT_ID, &stx) != 0) return 0;
  return stx.stx_mnt_id;
}

// The directory a copy goes into, checked when everything about the path is resolved.
Status CheckWritable(const CopyPlace& place, int dir_fd, const std::string& path) {
  if (place.on_host()) return Ok();
  const bool kernel = TRY(OnKernelFileSystem(dir_fd));
  if (kernel) return NotFound(place, path, ENOENT);
  struct stat st = {};
  if (fstat(dir_fd, &st) != 0) return Error::FromErrno(errno, "fstat '" + path + "'");
  if (std::find(place.absent.begin(), place.absent.end(), st.st_dev) != place.absent.end()) {
    return At(place, "\"" + path + "\" is mounted only while the container runs; start it first");
  }
  struct statvfs vfs = {};
  if (fstatvfs(dir_fd, &vfs) != 0) return Error::FromErrno(errno, "fstatvfs '" + path + "'");
  if ((vfs.f_flag & ST_RDONLY) == 0) return Ok();
  return At(place, MountId(dir_fd) == MountId(place.root_fd)
                       ? "container rootfs is marked read-only"
                       : "mounted volume is marked read-only");
}

Result<CopyTarget> IntoDirectory(const CopyPlace& place, const CopySource& source,
                                 const Entry& directory, const std::string& path) {
  CopyTarget target;
  target.dir = TRY(Reopen(directory, O_RDONLY | O_DIRECTORY));
  target.name = source.contents ? "" : source.name;
  target.shown_path = path;
  TRY(CheckWritable(place, target.dir.get(), path));
  return target;
}

// Where the last component of a path leads when links are followed by hand, so that the target of
// a dangling one can be made.
struct Final {
  UniqueFd dir;
  std::string dir_path;
  std::string name;
  std::optional<Entry> entry;  // not a link
};

Error MissingParent(const CopyPlace& place, const std::string& dir, int errno_value) {
  if (place.on_host()) {
    const std::string path = LexicallyClean(dir);
    if (errno_value == ENOENT) {
      return Error::FromMessage("invalid output path: directory \"" + path + "\" does not exist");
    }
    return Error::FromMessage("invalid output path: \"" + path + "\": " + GoText(errno_value));
  }
  if (errno_value == ENOTDIR) return At(place, "extraction point is not a directory");
  return NotFound(place, dir, errno_value);
}

Result<Final> FollowToEnd(const CopyPlace& place, const Parts& start) {
  Parts parts = start;
  for (int links = 0; links < kMaxLinks; ++links) {
    Final final;
    final.dir_path = parts.Dir();
    final.name = parts.Base();
    Result<UniqueFd> dir = OpenInRoot(place.root_fd, final.dir_path, O_PATH | O_DIRECTORY);
    if (!dir.has_value()) return MissingParent(place, final.dir_path, dir.error().errno_value());
    final.dir = std::move(dir).value();
    Result<Entry> entry = OpenEntry(final.dir.get(), final.name);
    if (!entry.has_value()) {
      if (entry.error().errno_value() == ENOENT) return final;
      return NotFound(place, parts.path, entry.error().errno_value());
    }
    if (!entry.value().IsSymlink()) {
      final.entry = std::move(entry).value();
      return final;
    }
    const std::string text = TRY(LinkText(entry.value()));
    parts = TakeApart(text[0] == '/' ? text : final.dir_path + "/" + text);
  }
  return NotFound(place, start.path, ELOOP);
}

// Something other than a directory lies at the target.
Status CheckReplaceable(const CopyPlace& place, const CopySource& source, const Parts& parts,
                        const Entry& old) {
  if (parts.wants_directory) {
    return At(place, place.on_host() ? "not a directory" : "extraction point is not a directory");
  }
  if (source.entry.IsDir()) return Error::FromMessage("cannot copy directory");
  const mode_t type = old.st.st_mode & S_IFMT;
  const bool device = type == S_IFCHR || type == S_IFBLK;
  if (device || (place.on_host() && type != S_IFREG)) {
    return At(place, "invalid output path: \"" + LexicallyClean(parts.path) +
                         "\" must be a directory or a regular file: got a " +
                         TypeWord(old.st.st_mode));
  }
  return Ok();
}

}  // namespace

Result<CopySource> ResolveSource(const CopyPlace& place, bool follow) {
  const Parts parts = TakeApart(place.path);
  const int flags = O_PATH | (follow || parts.wants_directory || parts.contents ? 0 : O_NOFOLLOW);
  Result<UniqueFd> fd = OpenInRoot(place.root_fd, parts.path, flags);
  if (!fd.has_value()) return NotFound(place, parts.path, fd.error().errno_value());
  CopySource source;
  source.entry = TRY(EntryOf(std::move(fd).value()));
  source.name = parts.Base();
  source.contents = parts.contents;
  if (parts.wants_directory && !source.entry.IsDir()) return At(place, "not a directory");
  if (!place.on_host()) {
    const bool kernel = TRY(OnKernelFileSystem(source.entry.fd.get()));
    if (kernel) return NotFound(place, parts.path, ENOENT);
  }
  return source;
}

Result<CopyTarget> ResolveTarget(const CopyPlace& place, const CopySource& source) {
  const Parts parts = TakeApart(place.path);
  Result<UniqueFd> existing = OpenInRoot(place.root_fd, parts.path, O_PATH);
  if (existing.has_value()) {
    const Entry entry = TRY(EntryOf(std::move(existing).value()));
    if (entry.IsDir()) return IntoDirectory(place, source, entry, parts.path);
  }
  Final final = TRY(FollowToEnd(place, parts));
  if (final.entry.has_value() && final.entry->IsDir()) {
    return IntoDirectory(place, source, *final.entry, parts.path);
  }
  if (final.entry.has_value()) {
    TRY(CheckReplaceable(place, source, parts, *final.entry));
  } else if (parts.wants_directory && !source.entry.IsDir()) {
    return Error::FromMessage("no such directory");
  }
  TRY(CheckWritable(place, final.dir.get(), final.dir_path));
  CopyTarget target;
  target.dir = TRY(OpenAt(final.dir.get(), ".", O_RDONLY | O_DIRECTORY));
  target.name = std::move(final.name);
  target.shown_path = std::move(final.dir_path);
  return target;
}

Result<std::vector<std::string>> CopyBetween(const CopyPlace& from, const CopyPlace& to,
                                             bool follow, CopyOptions options, uint64_t* bytes) {
  const CopySource source = TRY(ResolveSource(from, follow));
  const CopyTarget target = TRY(ResolveTarget(to, source));
  options.shown_target = target.shown_path;
  TreeCopier copier(std::move(options));
  const Status status = target.name.empty()
                            ? copier.CopyContents(source.entry, target.dir.get())
                            : copier.CopyAs(source.entry, target.dir.get(), target.name);
  *bytes = copier.bytes();
  if (status.has_value()) return copier.skipped();
  if (status.error().errno_value() == EROFS) return At(to, "mounted volume is marked read-only");
  return At(to, status.error().ToString());
}

}  // namespace cowbell
