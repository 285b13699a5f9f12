// The last steps of a process inside a container, the same for its init and for `exec`: working
// directory, identity, capabilities, system call filter, program.

#ifndef COWBELL_RUNTIME_CONTAINER_PROCESS_H_
#define COWBELL_RUNTIME_CONTAINER_PROCESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/container/failure.h"
#include "runtime/sandbox/seccomp.h"
#include "runtime/sandbox/user.h"
#include "runtime/store/containers.h"

namespace cowbell {

// What the process may do; resolved on the host, before anything is made.
struct ProcessRights {
  uint64_t capabilities = 0;
  SeccompProgram seccomp;  // empty: unconfined
  bool no_new_privileges = false;
};
// Errors: unknown capabilities and security options, in Docker's words.
Result<ProcessRights> ResolveRights(const ContainerConfig& config);

struct ProcessSpec {
  std::vector<std::string> argv;
  std::vector<std::string> env;  // "NAME=value"
  std::string user;
  std::string working_dir;  // "" is "/"
  bool tty = false;
  bool init = false;  // a small init as PID 1, the program as its child
  bool die_with_parent = false;
  std::string hostname;
  ProcessRights rights;
};

// Executes the program; the caller is in the container's namespaces and root and has its standard
// descriptors in place. Failures go to `report_fd`.
[[noreturn]] void ExecuteProcess(const ProcessSpec& spec, int report_fd);

// Of an environment: HOSTNAME, HOME and TERM where they are wanted and missing.
std::vector<std::string> CompleteEnvironment(const ProcessSpec& spec, const std::string& home);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_PROCESS_H_
