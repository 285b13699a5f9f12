// SRC and DEST of `cp`: what they name, and what becomes of each pair of them. The rules and texts
// are Docker's (https://docs.docker.com/reference/cli/docker/container/cp/); the same hold for both
// directions.

#ifndef COWBELL_RUNTIME_CLI_CP_PATHS_H_
#define COWBELL_RUNTIME_CLI_CP_PATHS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/rootfs/copy.h"
#include "runtime/rootfs/entry.h"

namespace cowbell {

// A path below a root: the host's or a container's. Links and `..` never leave the root.
struct CopyPlace {
  int root_fd = -1;       // borrowed
  std::string path;       // absolute
  std::string container;  // as the user named it; empty: the host
  // Devices that stand for mounts which only a running container has (a tmpfs, /proc, …): what is
  // put there would be lost.
  std::vector<dev_t> absent;

  bool on_host() const { return container.empty(); }
};

struct CopySource {
  Entry entry;
  std::string name;       // the last component as given, also of a link that was followed
  bool contents = false;  // `dir/.`: what is in it, not the directory
};

struct CopyTarget {
  UniqueFd dir;
  std::string name;        // empty: the contents go into `dir` itself
  std::string shown_path;  // of `dir`, for messages
};

// `follow` is -L. A trailing slash follows a link to a directory too. Errors: A.3's texts, those of
// a container with "Error response from daemon: ".
Result<CopySource> ResolveSource(const CopyPlace& place, bool follow);

// Makes nothing. Refuses targets that cannot be written.
Result<CopyTarget> ResolveTarget(const CopyPlace& place, const CopySource& source);

// The whole of it. Returns what was left out (sockets); `*bytes` counts what was copied.
Result<std::vector<std::string>> CopyBetween(const CopyPlace& from, const CopyPlace& to,
                                             bool follow, CopyOptions options, uint64_t* bytes);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_CP_PATHS_H_
