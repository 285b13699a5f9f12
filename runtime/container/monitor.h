// The monitor: the parent of a container's init. It alone writes the container's state and log
// while the container runs, and removes it at its end with --rm.

#ifndef COWBELL_RUNTIME_CONTAINER_MONITOR_H_
#define COWBELL_RUNTIME_CONTAINER_MONITOR_H_

#include "runtime/base/file.h"
#include "runtime/base/unique_fd.h"
#include "runtime/container/process.h"
#include "runtime/store/containers.h"

namespace cowbell {

struct MonitorInput {
  Store store;
  ContainerConfig config;
  ContainerState before;
  ProcessRights rights;
  FileLock lock;          // the container's; let go when its start is on disk
  UniqueFd control;       // messages.h
  UniqueFd stdin_read;    // from the client; invalid: none
  UniqueFd stdout_write;  // to the client; invalid: nobody listens
  UniqueFd stderr_write;
};

// The whole life of the monitor, in the forked child of a client. Never returns to the caller.
[[noreturn]] void RunMonitor(MonitorInput input);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_MONITOR_H_
