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

// Allocated bytes of a directory and everything below it, a file with several names once.
Result<uint64_t> DiskUsage(const std::string& directory);

// Paths in the store whose last component carries one of the names.
std::vector<std::string> PathsNaming(const OwnPaths& own);

// Lines of this process's mountinfo that mention one of the names.
std::vector<std::string> MountsNaming(const OwnPaths& own);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_STORE_PATHS_H_
