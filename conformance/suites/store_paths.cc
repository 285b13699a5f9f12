#include "conformance/suites/store_paths.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

std::string Parent(const std::string& path) { return path.substr(0, path.rfind('/')); }
std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool MentionsAny(const std::string& text, const std::set<std::string>& names) {
  for (const std::string& name : names) {
    if (text.find(name) != std::string::npos) return true;
  }
  return false;
}

Status AddUsage(const std::string& path, std::set<std::pair<dev_t, ino_t>>& seen, uint64_t& total) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return Error::FromErrno(errno, "lstat '" + path + "'");
  if (seen.emplace(status.st_dev, status.st_ino).second) {
    total += static_cast<uint64_t>(status.st_blocks) * 512;
  }
  if (!S_ISDIR(status.st_mode)) return Ok();
  const std::vector<std::string> names = TRY(ListDir(path));
  for (const std::string& name : names) {
    TRY(AddUsage(path + "/" + name, seen, total));
  }
  return Ok();
}

// Engines name a container's things at most four directories below the store
// ("image/overlay2/layerdb/mounts/ID"). Deeper lie the trees of layers.
constexpr int kSearchDepth = 4;

void CollectNaming(const std::string& directory, int depth, const std::set<std::string>& names,
                   std::vector<std::string>& found) {
  const auto children = ListDir(directory);
  if (!children.has_value()) return;  // not a directory, or gone since it was listed
  for (const std::string& child : children.value()) {
    const std::string path = directory + "/" + child;
    if (MentionsAny(child, names)) {
      found.push_back(path);
    } else if (depth > 1) {
      CollectNaming(path, depth - 1, names, found);
    }
  }
}

}  // namespace

OwnPaths PathsOf(Scene& scene, Container& container) {
  if (!scene.profile().Has("host.local")) {
    scene.SkipNotApplicable("the engine's store does not lie on this host");
  }
  const auto upper = container.UpperDir();
  if (!upper.has_value()) scene.SkipNotApplicable(upper.error().ToString());
  OwnPaths own;
  own.upper = upper.value();
  const std::string layer = Parent(own.upper);  // "STORE/overlay2/NAME", "STORE/containers/ID"
  own.store = Parent(Parent(layer));
  own.names = {container.id(), BaseName(layer)};
  if (own.store.empty() || BaseName(layer).size() < 12 || !Exists(own.upper)) {
    throw SceneError("'" + own.upper + "' is not the RW layer of a container in a store");
  }
  return own;
}

Result<uint64_t> DiskUsage(const std::string& directory) {
  std::set<std::pair<dev_t, ino_t>> seen;
  uint64_t total = 0;
  TRY(AddUsage(directory, seen, total));
  return total;
}

std::vector<std::string> PathsNaming(const OwnPaths& own) {
  std::vector<std::string> found;
  CollectNaming(own.store, kSearchDepth, own.names, found);
  return found;
}

std::vector<std::string> MountsNaming(const OwnPaths& own) {
  std::vector<std::string> found;
  const std::string text = Require(ReadFile("/proc/self/mountinfo"));
  for (const std::string& line : Lines(text)) {
    if (MentionsAny(line, own.names)) found.push_back(line);
  }
  return found;
}

}  // namespace cowbell::conformance
