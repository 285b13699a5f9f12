// The root of a container, set up by the container's first process in its own mount namespace: all
// mounts, then pivot_root(2). When that process ends, every one of these mounts is gone.

#ifndef COWBELL_RUNTIME_ROOTFS_ROOT_H_
#define COWBELL_RUNTIME_ROOTFS_ROOT_H_

#include <map>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

struct RootBind {
  std::string source;  // host path
  std::string target;  // in the container, absolute
  bool read_only = false;
};

struct RootSpec {
  int root_mount = -1;             // detached mount, borrowed
  std::string mount_point;         // an empty directory on the host
  bool make_mount_points = false;  // the layer of mount points could not be used
  std::vector<RootBind> binds;
  std::map<std::string, std::string> tmpfs;  // target -> options of mount(8)
  bool read_only = false;
  bool privileged = false;  // host devices, /sys writable, nothing masked
};

// REQUIRES: a new mount namespace; single-threaded. Afterwards "/" is the container's root and the
// host's mounts are gone from the namespace. Errors: the mount that failed, in the words of
// Docker's where scripts look for them.
Status EnterRoot(const RootSpec& spec);

// What a container that is not privileged cannot see, and what it cannot write: Docker's lists.
// Paths that the kernel does not have are passed over.
std::vector<std::string> MaskedPaths();
std::vector<std::string> ReadonlyPaths();

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_ROOT_H_
