// What a storage driver does with RW layers: fills them, mounts them over their image, tells what
// they change.

#ifndef COWBELL_RUNTIME_STORE_RW_LAYER_H_
#define COWBELL_RUNTIME_STORE_RW_LAYER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/rootfs/diff.h"
#include "runtime/store/containers.h"
#include "runtime/store/layout.h"

namespace cowbell {

// What a new RW layer in the empty directory `upper_dir` begins with: its top shows as "/", so it
// is that of the image.
Status FillRwLayer(const Store& store, const ContainerConfig& config, const std::string& upper_dir);

// The container's root as its layers make it, writable: a detached mount, dropped with its last
// copy.
Result<UniqueFd> MountForWriting(const Store& store, const ContainerConfig& config);

// The same of a container that does not run, read-only; its RW layer is only read.
Result<UniqueFd> MountForReading(const Store& store, const ContainerConfig& config);

// What is told apart from what the image says.
enum class DiffFor {
  kUser,   // `diff`: what a person calls a change
  kLayer,  // everything that a layer has to hold to say the same (DiffSpec::for_layer)
};

// What the RW layer changes, sorted by path. `root_fd` is the container's root as its layers make
// it (container/layers_view.h, MountForReading); with the kernel's overlay it is not looked at.
Result<std::vector<Change>> DiffRwLayer(const Store& store, const ContainerConfig& config,
                                        int root_fd, DiffFor purpose);

// Bytes of the files that the RW layer changes (LayerBytes).
Result<uint64_t> RwLayerBytes(const Store& store, const ContainerConfig& config);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_RW_LAYER_H_
