#include "conformance/suites/store_paths.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <functional>
#include <utility>

#include "conformance/harness/leftovers.h"
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

// Adds up one directory tree.
struct Usage {
  dev_t device = 0;
  std::set<ino_t> seen;
  uint64_t bytes = 0;
};

Status AddUsage(const std::string& path, Usage& usage) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? Ok() : Error::FromErrno(errno, "lstat '" + path + "'");
  }
  if (status.st_dev != usage.device) return Ok();
  if (usage.seen.insert(status.st_ino).second) {
    usage.bytes += static_cast<uint64_t>(status.st_blocks) * 512;
  }
  if (!S_ISDIR(status.st_mode)) return Ok();
  const auto names = ListDir(path);
  if (!names.has_value() && names.error().errno_value() == ENOENT) return Ok();
  for (const std::string& name : TRY(names)) {
    TRY(AddUsage(path + "/" + name, usage));
  }
  return Ok();
}

// Engines name a container's things at most four directories below the store
// ("image/overlay2/layerdb/mounts/ID"). Deeper lie the trees of layers.
constexpr int kSearchDepth = 4;

// Calls `visit` with path and name of everything in a store; true: what is below counts too.
void Walk(const std::string& directory, int depth,
          const std::function<bool(const std::string& path, const std::string& name)>& visit) {
  const auto children = ListDir(directory);
  if (!children.has_value()) return;  // not a directory, or gone since it was listed
  for (const std::string& child : children.value()) {
    const std::string path = directory + "/" + child;
    if (visit(path, child) && depth > 1) Walk(path, depth - 1, visit);
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
  struct stat status {};
  if (lstat(directory.c_str(), &status) != 0) {
    return Error::FromErrno(errno, "lstat '" + directory + "'");
  }
  Usage usage;
  usage.device = status.st_dev;
  TRY(AddUsage(directory, usage));
  return usage.bytes;
}

uint64_t UsageOf(const std::string& directory) { return Require(DiskUsage(directory)); }

uint64_t UsageOf(const std::vector<std::string>& directories) {
  uint64_t total = 0;
  for (const std::string& directory : directories)
    total += UsageOf(directory);
  return total;
}

void NeedsSharedLayers(Scene& scene) {
  const auto sharing = scene.profile().choices.find("store.sharing");
  if (sharing != scene.profile().choices.end() && sharing->second == "copied") {
    scene.SkipNotApplicable("the storage driver copies the image for each container by design");
  }
}

std::vector<std::string> PathsNaming(const OwnPaths& own) {
  std::vector<std::string> found;
  Walk(own.store, kSearchDepth, [&](const std::string& path, const std::string& name) {
    const bool is_own = MentionsAny(name, own.names);
    if (is_own) found.push_back(path);
    return !is_own;
  });
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

HostResources ResourcesOf(const std::string& store) {
  HostResources all;
  Walk(store, kSearchDepth, [&](const std::string& path, const std::string&) {
    all.paths.insert(path);
    return true;
  });
  for (const Mount& mount : Require(ReadMounts())) {
    if (LiesBelow(mount.point, store)) all.mounts.insert(mount.point);
  }
  for (const std::string& name : Require(ListDir("/sys/block"))) {
    const auto backing = ReadFile("/sys/block/" + name + "/loop/backing_file");
    if (backing.has_value() && LiesBelow(std::string(Trim(backing.value())), store)) {
      all.loops.insert(name);
    }
  }
  return all;
}

}  // namespace cowbell::conformance
