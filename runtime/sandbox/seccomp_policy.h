// Docker's default system call policy as data, and its translation to a filter by libseccomp.
// Source: moby, vendor/github.com/moby/profiles/seccomp/default.json.

#ifndef COWBELL_RUNTIME_SANDBOX_SECCOMP_POLICY_H_
#define COWBELL_RUNTIME_SANDBOX_SECCOMP_POLICY_H_

#include <cstdint>

#include "runtime/base/result.h"
#include "runtime/sandbox/seccomp.h"

namespace cowbell {

// Slow (milliseconds). What the policy does not allow is EPERM; a number above every call that
// libseccomp knows is ENOSYS, so that programs fall back instead of giving up.
Result<SeccompProgram> BuildSeccompFilter(uint64_t capabilities);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_SANDBOX_SECCOMP_POLICY_H_
