// Which devices a container may use: Docker's default rules. May make any node; may read and write
// null, zero, full, random, urandom, tty, console, ptmx, its pseudo terminals and tun.

#ifndef COWBELL_RUNTIME_SANDBOX_DEVICES_H_
#define COWBELL_RUNTIME_SANDBOX_DEVICES_H_

#include "runtime/base/result.h"
#include "runtime/sandbox/cgroup.h"

namespace cowbell {

// Everything else is refused with EPERM for the processes of `leaf` and those below it.
Status RestrictDevices(const CgroupLeaf& leaf);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_SANDBOX_DEVICES_H_
