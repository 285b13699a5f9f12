// Stopping and continuing all processes of a container: cgroup.freeze of cgroup v2, else v1's
// freezer controller. What is frozen is asked of the kernel and recorded nowhere.

#ifndef COWBELL_RUNTIME_SANDBOX_FREEZER_H_
#define COWBELL_RUNTIME_SANDBOX_FREEZER_H_

#include <string>

#include "runtime/base/result.h"

namespace cowbell {

// Returns when every process of the container's control group stands still. Errors: ENOENT, no such
// group; ESRCH, it has no process; ETIMEDOUT, one of them cannot be stopped (then all go on).
Status FreezeCgroupLeaf(const std::string& id);

// Lets them go on. Does nothing where nothing is frozen.
Status ThawCgroupLeaf(const std::string& id);

bool IsCgroupLeafFrozen(const std::string& id);

// Removes what FreezeCgroupLeaf made on v1. REQUIRES: nothing is frozen, no process is left.
void RemoveFreezer(const std::string& id);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_SANDBOX_FREEZER_H_
