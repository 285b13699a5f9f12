// Mounts that only a child process can make, because it has to be in another mount namespace.

#ifndef COWBELL_RUNTIME_ROOTFS_CHILD_MOUNT_H_
#define COWBELL_RUNTIME_ROOTFS_CHILD_MOUNT_H_

#include <functional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

// Runs `body` in a child and hands over the descriptor it returns, or its error.
Result<UniqueFd> DescriptorFromChild(const std::function<Result<UniqueFd>()>& body);

// As DescriptorFromChild, in a mount namespace of its own: `body` mounts something at `target`, and
// a detached copy of that mount comes back, which nobody on the host ever sees.
Result<UniqueFd> MountFromChild(const std::string& target, const std::function<Status()>& body);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_CHILD_MOUNT_H_
