// What happens to containers that exist: signals, stop, wait, removal.

#ifndef COWBELL_RUNTIME_CONTAINER_LIFECYCLE_H_
#define COWBELL_RUNTIME_CONTAINER_LIFECYCLE_H_

#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/store/containers.h"

namespace cowbell {

// A handle on the init of a running container that can never mean another process. Errors: ESRCH,
// it is gone.
Result<UniqueFd> OpenInit(const ContainerState& state);

// A paused container goes on with KILL or its stop signal. Errors: "Container ID is not running"
// with ESRCH.
Status SignalContainer(const ContainerRecord& record, int signal);

// The stop signal, then KILL after `seconds` (-1: wait for ever; none: the container's own default,
// else 10). Returns when the end is on disk; a stopped container is left as it is.
Status StopContainer(const Store& store, const ContainerRecord& record, std::optional<int> seconds);

// All processes of a running container stand still until UnpauseContainer. Errors: "Container ID is
// not running", "… is already paused", "… is not paused".
Status PauseContainer(const Store& store, const ContainerRecord& record);
Status UnpauseContainer(const Store& store, const ContainerRecord& record);

// StopContainer, then a start without a client. The container stays also with --rm.
Status RestartContainer(const Store& store, const ContainerRecord& record,
                        std::optional<int> seconds);

// Waits for the end of the present run, at once for a container that does not run; its exit code.
Result<int> WaitContainer(const Store& store, const ContainerRecord& record);

// Removes the container that `reference` names, with `force` also a running or damaged one, with
// `volumes` also the anonymous volumes that it alone used. Errors:
// "You cannot remove a running container ID. Stop the container before attempting removal or force
// remove".
Status RemoveContainerByReference(const Store& store, const std::string& reference, bool force,
                                  bool volumes);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_LIFECYCLE_H_
