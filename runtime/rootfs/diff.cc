#include "runtime/rootfs/diff.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/rootfs/diff_compare.h"
#include "runtime/rootfs/entry.h"

namespace cowbell {
namespace {

constexpr char kOpaque[] = "trusted.overlay.opaque";
constexpr char kRedirect[] = "trusted.overlay.redirect";
constexpr char kMetacopy[] = "trusted.overlay.metacopy";

// Deeper trees are refused: the walk holds a descriptor and a stack frame per level.
constexpr int kMaxDepth = 4000;

bool IsWhiteout(const struct stat& st) { return S_ISCHR(st.st_mode) && st.st_rdev == 0; }

// Directories of several layers that are seen as one; top first. Every path is free of links: it
// was made component by component from real directories.
using Merged = std::vector<std::string>;

// What one name is in a merged directory.
struct Found {
  struct stat st = {};
  std::string path;  // of the topmost
  Merged dirs;       // all that take part, when it is a directory
};

Result<bool> IsOpaque(const std::string& path) {
  const UniqueFd fd = TRY(Open(path, O_PATH | O_NOFOLLOW));
  const std::optional<std::string> value = TRY(GetXattr(fd.get(), kOpaque));
  return value == "y";
}

Result<std::optional<Found>> Lookup(const Merged& merged, const std::string& name) {
  std::optional<Found> found;
  for (const std::string& dir : merged) {
    const std::string path = dir + "/" + name;
    struct stat st = {};
    if (lstat(path.c_str(), &st) != 0) {
      if (errno == ENOENT) continue;
      return Error::FromErrno(errno, "lstat '" + path + "'");
    }
    if (IsWhiteout(st)) break;
    if (!found.has_value()) found = Found{st, path, {}};
    if (!S_ISDIR(st.st_mode) || !S_ISDIR(found->st.st_mode)) break;
    found->dirs.push_back(path);
    const bool opaque = TRY(IsOpaque(path));
    if (opaque) break;
  }
  return found;
}

Result<std::set<std::string>> NamesOf(const Merged& merged) {
  std::set<std::string> names;
  for (const std::string& dir : merged) {
    const std::vector<std::string> own = TRY(ListDir(dir));
    names.insert(own.begin(), own.end());
  }
  return names;
}

// The file `entry` of the RW layer against the one below. `now`: the directories it is merged with.
Result<bool> SameFile(const Entry& entry, const Merged& now, const Found& before) {
  UniqueFd fd = TRY(Open(before.path, O_PATH | O_NOFOLLOW));
  const Entry old = TRY(EntryOf(std::move(fd)));
  const std::optional<std::string> metacopy = TRY(GetXattr(entry.fd.get(), kMetacopy));
  if (!metacopy.has_value()) return SameObject(entry, old);
  // Its data are those of what lies below it, unless that was renamed.
  const std::optional<std::string> redirect = TRY(GetXattr(entry.fd.get(), kRedirect));
  const std::optional<Found> shown =
      TRY(Lookup(now, before.path.substr(before.path.rfind('/') + 1)));
  if (redirect.has_value() || !shown.has_value() || shown->path != before.path) return false;
  const Xattrs new_attributes = TRY(ArchivedXattrs(entry.fd.get()));
  const Xattrs old_attributes = TRY(ArchivedXattrs(old.fd.get()));
  return SameMetadata(entry.st, old.st) && new_attributes == old_attributes;
}

class Differ {
 public:
  explicit Differ(const DiffSpec& spec) : spec_(spec) {}

  Result<std::vector<Change>> Run() {
    const UniqueFd upper = TRY(Open(spec_.upper_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY(Walk(upper.get(), spec_.lower_dirs, spec_.lower_dirs, "", 0));
    if (spec_.for_layer) TRY(CompareTops(upper.get()));
    std::sort(changes_.begin(), changes_.end(),
              [](const Change& a, const Change& b) { return a.path < b.path; });
    return std::move(changes_);
  }

 private:
  Status CompareTops(int upper_fd) {
    UniqueFd fd = spec_.top_below.empty() ? UniqueFd() : TRY(Open(spec_.top_below, O_PATH));
    struct stat now = {};
    struct stat before = {};
    before.st_mode = S_IFDIR | 0755;
    if (fstat(upper_fd, &now) != 0 || (fd.valid() && fstat(fd.get(), &before) != 0)) {
      return Error::FromErrno(errno, "fstat");
    }
    const Xattrs new_attributes = TRY(ArchivedXattrs(upper_fd));
    const Xattrs old_attributes = fd.valid() ? TRY(ArchivedXattrs(fd.get())) : Xattrs();
    if (!SameMetadata(now, before) || new_attributes != old_attributes) {
      Add(ChangeKind::kChanged, "/");
    }
    return Ok();
  }

  // One directory: the union of `upper_fd` (-1: none) and `now` against `before`. Where `now` is
  // `before`, only what the RW layer holds can differ.
  Status Walk(int upper_fd, const Merged& now, const Merged& before, const std::string& path,
              int depth) {
    if (depth > kMaxDepth) return Error::FromErrno(ENAMETOOLONG, "directories nested too deeply");
    std::set<std::string> names;
    if (upper_fd >= 0) {
      const std::vector<std::string> own = TRY(ListDirFd(upper_fd));
      names.insert(own.begin(), own.end());
    }
    if (now != before) {
      for (const Merged* merged : {&now, &before}) {
        const std::set<std::string> lower_names = TRY(NamesOf(*merged));
        names.insert(lower_names.begin(), lower_names.end());
      }
    }
    for (const std::string& name : names)
      TRY(Visit(upper_fd, now, before, path, name, depth).Within("'" + name + "'"));
    return Ok();
  }

  Status Visit(int upper_fd, const Merged& now, const Merged& before, const std::string& path,
               const std::string& name, int depth) {
    const std::string child = path + "/" + name;
    std::optional<Found> old = TRY(Lookup(before, name));
    std::optional<Entry> entry;
    if (upper_fd >= 0) {
      Result<Entry> opened = OpenEntry(upper_fd, name);
      if (opened.has_value()) {
        entry = std::move(opened).value();
      } else if (opened.error().errno_value() != ENOENT) {
        return std::move(opened).error();
      }
    }
    if (entry.has_value() && IsWhiteout(entry->st)) {
      if (old.has_value()) Add(ChangeKind::kDeleted, child);
      return Ok();
    }
    if (entry.has_value()) return VisitUpper(*entry, now, old, child, depth);
    return VisitLower(now, old, child, name, depth);
  }

  // An entry of the RW layer itself.
  Status VisitUpper(const Entry& entry, const Merged& now, const std::optional<Found>& old,
                    const std::string& child, int depth) {
    if (entry.IsDir()) return VisitUpperDir(entry, now, old, child, depth);
    if (!old.has_value()) {
      if (!IsPlaceholder(entry, child, spec_.managed)) Add(ChangeKind::kAdded, child);
      return Ok();
    }
    bool same = (entry.st.st_mode & S_IFMT) == (old->st.st_mode & S_IFMT);
    if (same) same = TRY(SameFile(entry, now, *old));
    // A copy that changed nothing but has got another name: both are to be one file again.
    if (same && spec_.for_layer) same = entry.st.st_nlink == 1;
    if (!same) Add(ChangeKind::kChanged, child);
    return Ok();
  }

  Status VisitUpperDir(const Entry& entry, const Merged& now, const std::optional<Found>& old,
                       const std::string& child, int depth) {
    const UniqueFd dir = TRY(Reopen(entry, O_RDONLY | O_DIRECTORY));
    const Merged below = TRY(LowersOf(entry, now, child));
    const size_t position = changes_.size();
    TRY(Walk(dir.get(), below, old.has_value() ? old->dirs : Merged{}, child, depth + 1));
    bool changed = changes_.size() > position;
    if (!old.has_value()) {
      if (changed || !IsPlaceholder(entry, child, spec_.managed)) Add(ChangeKind::kAdded, child);
      return Ok();
    }
    if (!changed) changed = !SameMetadata(entry.st, old->st);
    if (!changed && spec_.for_layer) changed = !SameTime(entry.st, old->st);
    if (!changed) {
      const UniqueFd old_dir = TRY(Open(old->path, O_PATH | O_NOFOLLOW));
      const auto new_attributes = TRY(ArchivedXattrs(dir.get()));
      const auto old_attributes = TRY(ArchivedXattrs(old_dir.get()));
      changed = new_attributes != old_attributes;
    }
    if (changed) Add(ChangeKind::kChanged, child);
    return Ok();
  }

  // A name that the RW layer does not hold: it shows what `now` has.
  Status VisitLower(const Merged& now, const std::optional<Found>& old, const std::string& child,
                    const std::string& name, int depth) {
    const std::optional<Found> shown = TRY(Lookup(now, name));
    if (!shown.has_value()) {
      if (old.has_value()) Add(ChangeKind::kDeleted, child);
      return Ok();
    }
    if (old.has_value() && old->path == shown->path && old->dirs == shown->dirs) return Ok();
    Add(old.has_value() ? ChangeKind::kChanged : ChangeKind::kAdded, child);
    if (!S_ISDIR(shown->st.st_mode)) return Ok();
    return Walk(-1, shown->dirs, old.has_value() ? old->dirs : Merged{}, child, depth + 1);
  }

  // The directories that overlayfs merges below the directory `child` of the RW layer.
  Result<Merged> LowersOf(const Entry& entry, const Merged& now, const std::string& child) const {
    const std::optional<std::string> opaque = TRY(GetXattr(entry.fd.get(), kOpaque));
    if (opaque == "y") return Merged{};
    const std::optional<std::string> redirect = TRY(GetXattr(entry.fd.get(), kRedirect));
    std::string from = redirect.value_or(child.substr(child.rfind('/') + 1));
    Merged merged = now;
    if (from[0] == '/') {
      merged = spec_.lower_dirs;
      from.erase(0, 1);
    }
    for (const std::string& part : Split(from, '/')) {
      const std::optional<Found> found = TRY(Lookup(merged, part));
      merged = found.has_value() ? found->dirs : Merged{};
    }
    return merged;
  }

  void Add(ChangeKind kind, const std::string& path) { changes_.push_back({kind, path}); }

  const DiffSpec& spec_;
  std::vector<Change> changes_;
};

using FileId = std::pair<dev_t, ino_t>;

Result<uint64_t> BytesIn(int dir_fd, std::set<FileId>* linked, int depth) {
  if (depth > kMaxDepth) return Error::FromErrno(ENAMETOOLONG, "directories nested too deeply");
  uint64_t bytes = 0;
  const std::vector<std::string> names = TRY(ListDirFd(dir_fd));
  for (const std::string& name : names) {
    Result<Entry> opened = OpenEntry(dir_fd, name);
    if (!opened.has_value() && opened.error().errno_value() == ENOENT) continue;
    const Entry entry = TRY(std::move(opened));
    if (entry.IsDir()) {
      const UniqueFd dir = TRY(Reopen(entry, O_RDONLY | O_DIRECTORY));
      bytes += TRY(BytesIn(dir.get(), linked, depth + 1));
      continue;
    }
    if (entry.st.st_size <= 0) continue;
    if (entry.st.st_nlink > 1 && !linked->emplace(entry.st.st_dev, entry.st.st_ino).second) {
      continue;
    }
    if (entry.st.st_blocks == 0) {
      const std::optional<std::string> metacopy = TRY(GetXattr(entry.fd.get(), kMetacopy));
      if (metacopy.has_value()) continue;
    }
    bytes += static_cast<uint64_t>(entry.st.st_size);
  }
  return bytes;
}

}  // namespace

const std::vector<std::string>& EngineManagedPaths() {
  static const std::vector<std::string> kPaths = {
      "/dev", "/etc", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/proc", "/sys"};
  return kPaths;
}

Result<std::vector<Change>> DiffLayers(const DiffSpec& spec) {
  RaiseFileLimit();
  return Differ(spec).Run().Within("diff of '" + spec.upper_dir + "'");
}

Result<uint64_t> LayerBytes(const std::string& upper_dir) {
  RaiseFileLimit();
  const std::string context = "size of '" + upper_dir + "'";
  const UniqueFd dir = TRY(Open(upper_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).Within(context));
  std::set<FileId> linked;
  return BytesIn(dir.get(), &linked, 0).Within(context);
}

}  // namespace cowbell
