#include "runtime/rootfs/layer_tar.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/rootfs/tree_tar.h"

namespace cowbell {
namespace {

constexpr char kWhiteout[] = ".wh.";

// "/a/b" -> "a", "b"; "/" -> nothing.
std::vector<std::string> PartsOf(const std::string& path) {
  std::vector<std::string> parts = Split(path, '/');
  parts.erase(std::remove(parts.begin(), parts.end(), ""), parts.end());
  return parts;
}

// Sorts as the archive does: a directory, its deletions, then its other children bytewise, each
// with what it holds.
std::string SortKey(const Change& change) {
  const std::vector<std::string> parts = PartsOf(change.path);
  std::string key;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool deleted = change.kind == ChangeKind::kDeleted && i + 1 == parts.size();
    key += deleted ? '\0' : '\1';
    key += parts[i] + '\0';
  }
  return key;
}

// Opens objects by paths in the archive's order: what they have in common is walked once, and no
// path is too long.
class PathWalker {
 public:
  explicit PathWalker(int root_fd) : root_fd_(root_fd) {}

  Result<Entry> Open(const std::vector<std::string>& parts) {
    if (parts.empty()) {
      UniqueFd top = TRY(OpenAt(root_fd_, ".", O_PATH | O_DIRECTORY));
      return EntryOf(std::move(top));
    }
    const size_t depth = parts.size() - 1;
    size_t common = 0;
    while (common < std::min(open_.size(), depth) && open_[common].first == parts[common])
      ++common;
    open_.resize(common);
    for (; open_.size() < depth;) {
      const std::string& name = parts[open_.size()];
      open_.emplace_back(name, TRY(OpenAt(Top(), name, O_PATH | O_DIRECTORY | O_NOFOLLOW)));
    }
    return OpenEntry(Top(), parts.back());
  }

 private:
  int Top() const { return open_.empty() ? root_fd_ : open_.back().second.get(); }

  int root_fd_;
  std::vector<std::pair<std::string, UniqueFd>> open_;
};

Status CheckNames(const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    // A process of the container may make such a name; in an archive it would delete something.
    if (part.rfind(kWhiteout, 0) != 0) continue;
    return Error::FromMessage("the name begins with '.wh.', which marks deletions in a layer");
  }
  return Ok();
}

Status AddWhiteout(TarWriter& tar, std::vector<std::string> parts) {
  parts.back().insert(0, kWhiteout);
  TarEntry marker;
  marker.name = Join(parts, "/");
  return tar.Add(marker);
}

Status AddChange(const Change& change, PathWalker& walker, TarWriter& tar, TreeTar& tree) {
  const std::vector<std::string> parts = PartsOf(change.path);
  TRY(CheckNames(parts));
  if (change.kind == ChangeKind::kDeleted) return AddWhiteout(tar, parts);
  Result<Entry> opened = walker.Open(parts);
  if (!opened.has_value() && opened.error().errno_value() == ENOENT) return Ok();
  const Entry entry = TRY(std::move(opened));
  return tree.AddEntry(entry, parts.empty() ? "." : Join(parts, "/"));
}

}  // namespace

Status WriteLayerTar(int root_fd, const std::vector<Change>& changes, const TarSink& sink) {
  std::vector<std::pair<std::string, const Change*>> order;
  for (const Change& change : changes)
    order.emplace_back(SortKey(change), &change);
  std::sort(order.begin(), order.end());
  TarWriter tar(sink);
  TreeTar tree(tar);
  PathWalker walker(root_fd);
  for (const auto& [key, change] : order)
    TRY(AddChange(*change, walker, tar, tree).Within("'" + Sanitize(change->path, 300) + "'"));
  return tar.Finish();
}

}  // namespace cowbell
