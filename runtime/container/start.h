// Starting a container, and being its foreground client.

#ifndef COWBELL_RUNTIME_CONTAINER_START_H_
#define COWBELL_RUNTIME_CONTAINER_START_H_

#include <sys/types.h>

#include <string>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/container/failure.h"
#include "runtime/store/containers.h"

namespace cowbell {

struct AttachOptions {
  bool output = false;    // stdout and stderr of the container
  bool input = false;     // stdin; only for containers made with -i
  bool sig_proxy = true;  // pass the client's signals on
};

// A started container with this process as its client. Destroying it leaves the container alone.
struct StartedContainer {
  UniqueFd control;
  UniqueFd stdin_write, stdout_read, stderr_read;
  pid_t monitor = -1;
  bool tty = false;
  bool sig_proxy = true;
};

struct StartOutcome {
  StartFailure failure;  // code 0: it runs
  bool already_running = false;
  StartedContainer started;  // when it runs and was not running before
};

// Makes the layer of mount points (mount_points.h) that containers of one image share, where it is
// missing.
Status EnsureMountPoints(const Store& store, const ContainerConfig& config);

// Returns when the program was executed or has failed to be. Errors: the engine's; as a failure's
// 125 they leave the container as it was.
Result<StartOutcome> StartContainer(const Store& store, const ContainerRecord& record,
                                    const AttachOptions& attach);

struct AttachEnd {
  bool detached = false;  // ctrl-p ctrl-q: the container goes on
  int code = 0;           // of the process
};

// Copies streams and forwards signals until the container ends.
AttachEnd AttachToContainer(StartedContainer& container);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_START_H_
