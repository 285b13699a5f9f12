// The storage driver: how a RW layer and the layers below it are seen as one tree.

#ifndef COWBELL_RUNTIME_STORE_RW_LAYER_H_
#define COWBELL_RUNTIME_STORE_RW_LAYER_H_

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/store/containers.h"
#include "runtime/store/layout.h"

namespace cowbell {

// The files of a container that does not run, as a detached read-only mount; its RW layer is only
// read. Closing the descriptor drops the mount.
Result<UniqueFd> MountForReading(const Store& store, const ContainerConfig& config);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_RW_LAYER_H_
