// A union that another program mounts and serves, called as fuse-overlayfs is:
// PROGRAM -o lowerdir=TOP:…:BOTTOM[,upperdir=DIR,workdir=DIR] TARGET

#ifndef COWBELL_RUNTIME_ROOTFS_MOUNT_PROGRAM_H_
#define COWBELL_RUNTIME_ROOTFS_MOUNT_PROGRAM_H_

#include <string>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/rootfs/overlay.h"

namespace cowbell {

// A detached mount, as MountOverlay gives it. `target`: an empty directory; what is mounted there
// is seen by nobody. The program serves the mount until its last copy is gone, then has to end.
// Errors: what the program says when it fails; a path that its options cannot hold.
Result<UniqueFd> MountByProgram(const std::string& program, const OverlaySpec& spec,
                                const std::string& target);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_MOUNT_PROGRAM_H_
