// The storage driver: how a RW layer and the layers below it are seen as one tree.

#ifndef COWBELL_RUNTIME_STORE_RW_LAYER_H_
#define COWBELL_RUNTIME_STORE_RW_LAYER_H_

#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/rootfs/diff.h"
#include "runtime/store/containers.h"
#include "runtime/store/layout.h"

namespace cowbell {

// The files of a container that does not run, as a detached read-only mount; its RW layer is only
// read. Closing the descriptor drops the mount.
Result<UniqueFd> MountForReading(const Store& store, const ContainerConfig& config);

// What is told apart from what the image says.
enum class DiffFor {
  kUser,   // `diff`: what a person calls a change
  kLayer,  // everything that a layer has to hold to say the same (DiffSpec::for_layer)
};

// What the RW layer changes, sorted by path.
Result<std::vector<Change>> DiffRwLayer(const Store& store, const ContainerConfig& config,
                                        DiffFor purpose);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_RW_LAYER_H_
