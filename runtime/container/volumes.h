// The volumes of one container, when it is made.

#ifndef COWBELL_RUNTIME_CONTAINER_VOLUMES_H_
#define COWBELL_RUNTIME_CONTAINER_VOLUMES_H_

#include "runtime/base/result.h"
#include "runtime/store/containers.h"

namespace cowbell {

bool UsesVolumes(const ContainerConfig& config);

// Makes the volumes that are not there and notes where they lie. REQUIRES: LockVolumes is held from
// before this until the container's record is written.
Status MakeVolumes(const Store& store, ContainerConfig& config);

// Gives empty volumes what the image has in their place, with owner, mode and links. REQUIRES: the
// container is made and was never started. Errors: "source /p is not directory".
Status FillVolumes(const Store& store, const ContainerConfig& config);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_VOLUMES_H_
