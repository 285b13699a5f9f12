// What a container owns in the engine's store on this host (capability "host.local").

#ifndef COWBELL_CONFORMANCE_SUITES_STORE_PATHS_H_
#define COWBELL_CONFORMANCE_SUITES_STORE_PATHS_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "conformance/harness/scene.h"

namespace cowbell::conformance {

struct OwnPaths {
  std::string upper;            // the RW layer's directory
  std::string store;            // the directory that holds all containers and layers
  std::set<std::string> names;  // file names that only this container's things carry
};

// Ends the case as `na` where the subject cannot say where its RW layers lie.
OwnPaths PathsOf(Scene& scene, Container& container);

// Allocated bytes of a directory and everything below it on the same file system, a file with
// several names once. What vanishes meanwhile does not count.
Result<uint64_t> DiskUsage(const std::string& directory);
// The same, or SceneError.
uint64_t UsageOf(const std::string& directory);
uint64_t UsageOf(const std::vector<std::string>& directories);

// Ends the case as `na` where the storage copies an image for each container by design.
void NeedsSharedLayers(Scene& scene);

// Paths in the store whose last component carries one of the names.
std::vector<std::string> PathsNaming(const OwnPaths& own);

// Lines of this process's mountinfo that mention one of the names.
std::vector<std::string> MountsNaming(const OwnPaths& own);

// What a store takes of this host, by name. Others may use the host meanwhile, not this store.
struct HostResources {
  std::set<std::string> paths;   // directories and files of the store, not those of layers
  std::set<std::string> mounts;  // mount points below the store
  std::set<std::string> loops;   // loop devices on files below the store
};
HostResources ResourcesOf(const std::string& store);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_STORE_PATHS_H_
