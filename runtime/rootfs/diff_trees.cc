#include "runtime/rootfs/diff_trees.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/rootfs/diff_compare.h"
#include "runtime/rootfs/entry.h"

namespace cowbell {
namespace {

// Deeper trees are refused: the walk holds descriptors and a stack frame per level.
constexpr int kMaxDepth = 4000;

// Nothing when there is no such name (any more).
Result<std::optional<Entry>> Lookup(int dir_fd, const std::string& name) {
  if (dir_fd < 0) return std::optional<Entry>();
  Result<Entry> opened = OpenEntry(dir_fd, name);
  if (!opened.has_value() && opened.error().errno_value() == ENOENT) return std::optional<Entry>();
  return std::optional<Entry>(TRY(std::move(opened)));
}

Result<UniqueFd> OpenDirectory(const std::optional<Entry>& entry) {
  if (!entry.has_value() || !entry->IsDir()) return UniqueFd();
  return Reopen(*entry, O_RDONLY | O_DIRECTORY);
}

class TreeDiffer {
 public:
  explicit TreeDiffer(const TreeDiffSpec& spec) : spec_(spec) {}

  Result<std::vector<Change>> Run() {
    const UniqueFd now = TRY(OpenAt(spec_.now_fd, ".", O_RDONLY | O_DIRECTORY));
    UniqueFd before;
    if (spec_.before_fd >= 0) before = TRY(OpenAt(spec_.before_fd, ".", O_RDONLY | O_DIRECTORY));
    TRY(Walk(now.get(), before.get(), "", 0));
    if (spec_.for_layer) {
      TRY(CompareTops(now.get(), before.get()));
      AddFurtherNames();
    }
    std::vector<Change> out;
    for (const auto& [path, kind] : changes_)
      out.push_back({kind, path});
    return out;
  }

 private:
  Status CompareTops(int now_fd, int before_fd) {
    UniqueFd now_top = TRY(OpenAt(now_fd, ".", O_PATH));
    const Entry now = TRY(EntryOf(std::move(now_top)));
    Entry before;
    before.st.st_mode = S_IFDIR | 0755;
    bool same = false;
    if (before_fd >= 0) {
      UniqueFd before_top = TRY(OpenAt(before_fd, ".", O_PATH));
      before = TRY(EntryOf(std::move(before_top)));
      same = TRY(SameObject(now, before));
    } else {
      const Xattrs attributes = TRY(ArchivedXattrs(now.fd.get()));
      same = SameMetadata(now.st, before.st) && attributes.empty();
    }
    if (!same) changes_["/"] = ChangeKind::kChanged;
    return Ok();
  }

  Status Walk(int now_fd, int before_fd, const std::string& path, int depth) {
    if (depth > kMaxDepth) return Error::FromErrno(ENAMETOOLONG, "directories nested too deeply");
    std::set<std::string> names;
    for (const int fd : {now_fd, before_fd}) {
      if (fd < 0) continue;
      const std::vector<std::string> own = TRY(ListDirFd(fd));
      names.insert(own.begin(), own.end());
    }
    for (const std::string& name : names)
      TRY(Visit(now_fd, before_fd, path + "/" + name, name, depth));
    return Ok();
  }

  Status Visit(int now_fd, int before_fd, const std::string& path, const std::string& name,
               int depth) {
    const std::optional<Entry> now = TRY(Lookup(now_fd, name));
    const std::optional<Entry> before = TRY(Lookup(before_fd, name));
    if (!now.has_value()) {
      if (before.has_value()) changes_[path] = ChangeKind::kDeleted;
      return Ok();
    }
    if (now->IsDir()) return VisitDirectory(*now, before, path, depth);
    if (!before.has_value()) {
      if (!IsPlaceholder(*now, path, spec_.managed)) Add(*now, ChangeKind::kAdded, path);
      return Ok();
    }
    const bool same = TRY(SameObject(*now, *before).Within("'" + Sanitize(path, 300) + "'"));
    if (!same) {
      Add(*now, ChangeKind::kChanged, path);
    } else if (now->st.st_nlink > 1) {
      unchanged_[IdOf(*now)].push_back(path);
    }
    return Ok();
  }

  Status VisitDirectory(const Entry& now, const std::optional<Entry>& before,
                        const std::string& path, int depth) {
    const size_t count = changes_.size();
    {
      const UniqueFd now_dir = TRY(Reopen(now, O_RDONLY | O_DIRECTORY));
      const UniqueFd before_dir = TRY(OpenDirectory(before));
      TRY(Walk(now_dir.get(), before_dir.get(), path, depth + 1));
    }
    const bool inside = changes_.size() > count;
    if (!before.has_value()) {
      if (inside || !IsPlaceholder(now, path, spec_.managed)) Add(now, ChangeKind::kAdded, path);
      return Ok();
    }
    bool same = !inside && TRY(SameObject(now, *before));
    if (same && spec_.for_layer) same = SameTime(now.st, before->st);
    if (!same) Add(now, ChangeKind::kChanged, path);
    return Ok();
  }

  using FileId = std::pair<dev_t, ino_t>;
  static FileId IdOf(const Entry& entry) { return {entry.st.st_dev, entry.st.st_ino}; }

  void Add(const Entry& entry, ChangeKind kind, const std::string& path) {
    changes_[path] = kind;
    if (!entry.IsDir() && entry.st.st_nlink > 1) changed_.insert(IdOf(entry));
  }

  // A file that has got another name: all of its names are to be one file again.
  void AddFurtherNames() {
    for (const FileId& id : changed_) {
      const auto names = unchanged_.find(id);
      if (names == unchanged_.end()) continue;
      for (std::string path : names->second) {
        for (; !path.empty(); path.resize(path.rfind('/')))
          changes_.emplace(path, ChangeKind::kChanged);
      }
    }
  }

  const TreeDiffSpec& spec_;
  std::map<std::string, ChangeKind> changes_;
  std::map<FileId, std::vector<std::string>> unchanged_;  // with several names
  std::set<FileId> changed_;
};

}  // namespace

Result<std::vector<Change>> DiffTrees(const TreeDiffSpec& spec) {
  RaiseFileLimit();
  return TreeDiffer(spec).Run().Within("compare two trees");
}

}  // namespace cowbell
