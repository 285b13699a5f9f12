// The system call filter of a container: Docker's default policy.
//
// The filter of the default capability set is generated when calf is built, so that a start only
// loads it; those of other sets are built by libseccomp on the spot.

#ifndef COWBELL_RUNTIME_SANDBOX_SECCOMP_H_
#define COWBELL_RUNTIME_SANDBOX_SECCOMP_H_

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

using SeccompProgram = std::vector<sock_filter>;

// The filter for processes with (at most) these capabilities.
Result<SeccompProgram> SeccompFilterFor(uint64_t capabilities);

// Loads it for the calling thread and what it executes. Needs CAP_SYS_ADMIN or no-new-privileges.
Status LoadSeccompFilter(const SeccompProgram& program);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_SANDBOX_SECCOMP_H_
