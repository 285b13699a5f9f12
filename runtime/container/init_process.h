// The container's init: cloned into new namespaces, it builds its root and executes the program.

#ifndef COWBELL_RUNTIME_CONTAINER_INIT_PROCESS_H_
#define COWBELL_RUNTIME_CONTAINER_INIT_PROCESS_H_

#include <array>
#include <string>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/container/clone.h"
#include "runtime/container/failure.h"
#include "runtime/container/process.h"
#include "runtime/rootfs/root.h"
#include "runtime/sandbox/cgroup.h"

namespace cowbell {

struct InitSpec {
  RootSpec root;
  ProcessSpec process;
  std::string uts_name;
  bool host_network = false;
  const CgroupLeaf* cgroup = nullptr;       // borrowed; null: the caller's
  std::array<int, 3> stdio = {-1, -1, -1};  // borrowed; -1: the container's /dev/null
  int terminal_socket = -1;                 // where the terminal's master is sent; -1: no terminal
};

struct InitProcess {
  ClonedChild child;
  StartFailure failure;  // code 0: the program was executed
  UniqueFd terminal;     // master, with a terminal
};

// Returns when the program was executed, or has failed to be; then the child is reaped.
// `terminal_master_socket` is the other end of spec.terminal_socket.
Result<InitProcess> StartInit(const InitSpec& spec, int terminal_master_socket);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_INIT_PROCESS_H_
