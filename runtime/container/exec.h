// A further process in a running container.

#ifndef COWBELL_RUNTIME_CONTAINER_EXEC_H_
#define COWBELL_RUNTIME_CONTAINER_EXEC_H_

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/container/failure.h"
#include "runtime/store/containers.h"

namespace cowbell {

struct ExecOptions {
  std::vector<std::string> argv;
  std::vector<std::string> env;  // added to the container's
  std::optional<std::string> user;
  std::optional<std::string> working_dir;
  bool interactive = false;
  bool tty = false;
  bool detach = false;
  bool privileged = false;
};

struct ExecOutcome {
  StartFailure failure;  // code 0: the program was executed
  int code = 0;          // of the process; 0 when detached
};

// Runs to the end of the process, or with `detach` to its start. Errors: "Container ID is not
// running".
Result<ExecOutcome> ExecInContainer(const ContainerRecord& record, const ExecOptions& options);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_EXEC_H_
