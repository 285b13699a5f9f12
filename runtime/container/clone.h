// clone3(2) for a single-threaded caller.

#ifndef COWBELL_RUNTIME_CONTAINER_CLONE_H_
#define COWBELL_RUNTIME_CONTAINER_CLONE_H_

#include <sys/types.h>

#include <cstdint>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

struct ClonedChild {
  pid_t pid = -1;  // 0: this is the child
  UniqueFd pidfd;
};

// A child with its own copy of memory and descriptors, in the namespaces that `flags` make new,
// born into the cgroup v2 directory `cgroup_fd` (-1: the caller's). Returns twice, like fork(2).
Result<ClonedChild> CloneProcess(uint64_t flags, int cgroup_fd);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_CLONE_H_
