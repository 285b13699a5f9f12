// The namespaces of a container (namespaces(7)).

#ifndef COWBELL_RUNTIME_SANDBOX_NAMESPACES_H_
#define COWBELL_RUNTIME_SANDBOX_NAMESPACES_H_

#include <cstdint>

#include "runtime/base/result.h"

namespace cowbell {

// Flags for clone3(2): mount, pid, ipc, uts, cgroup, and net unless it is the host's.
uint64_t NamespaceFlags(bool host_network);

// Brings the loopback interface of the caller's network namespace up.
Status BringUpLoopback();

// Moves the caller into the namespaces of the process behind `pidfd`; children are born into its
// pid namespace (setns(2), Linux 5.8).
Status JoinNamespaces(int pidfd, uint64_t flags);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_SANDBOX_NAMESPACES_H_
