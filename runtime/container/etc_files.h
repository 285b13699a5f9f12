// The three files of /etc that every container gets from its engine.

#ifndef COWBELL_RUNTIME_CONTAINER_ETC_FILES_H_
#define COWBELL_RUNTIME_CONTAINER_ETC_FILES_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/rootfs/root.h"
#include "runtime/store/containers.h"

namespace cowbell {

// Writes hostname, hosts and resolv.conf into the container's directory; the binds that show them
// in /etc, without those that a bind of the user takes the place of.
Result<std::vector<RootBind>> MakeEtcFiles(const Store& store, const ContainerConfig& config);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_ETC_FILES_H_
