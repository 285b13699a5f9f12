// One control group per running container: a leaf `calf-ID` that carries the device filter and
// names all of its processes. cgroup v2 where there is one (also beside v1 hierarchies), else v1's
// devices controller.

#ifndef COWBELL_RUNTIME_SANDBOX_CGROUP_H_
#define COWBELL_RUNTIME_SANDBOX_CGROUP_H_

#include <sys/types.h>

#include <string>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

enum class CgroupKind {
  kUnified,   // enter with clone3(CLONE_INTO_CGROUP), filter with BPF
  kDevicesV1  // enter by writing the pid, filter through devices.allow
};

struct CgroupLeaf {
  CgroupKind kind = CgroupKind::kUnified;
  std::string path;
  UniqueFd dir;
};

// Makes the leaf of container `id`, or opens the one that is there. CALF_CGROUP=v1 forces the
// devices controller. Errors: ENOENT when no usable hierarchy is mounted; the text says what to do.
Result<CgroupLeaf> MakeCgroupLeaf(const std::string& id);
// Opens the leaf of a running container. Errors: ENOENT.
Result<CgroupLeaf> OpenCgroupLeaf(const std::string& id);

// Only for kDevicesV1.
Status EnterCgroupLeaf(const CgroupLeaf& leaf, pid_t pid);

// Kills what still lives in the leaf and removes it. Without a leaf it does nothing; a leaf that
// cannot be removed yet is left to the next call.
void RemoveCgroupLeaf(const std::string& id);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_SANDBOX_CGROUP_H_
