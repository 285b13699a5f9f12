// Paths of a container's root that are made when they are missing: mount points, working
// directories. Links are followed as the container would follow them and never leave the root.

#ifndef COWBELL_RUNTIME_ROOTFS_ROOT_PATH_H_
#define COWBELL_RUNTIME_ROOTFS_ROOT_PATH_H_

#include <string>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

enum class PathKind { kDirectory, kFile };

// An O_PATH descriptor of `path` below `root_fd`. What is missing is made: directories 0755, a last
// component of kind kFile as an empty file 0644, owner 0:0; a dangling link's target is made too.
// An existing last component is returned as it is, whatever it is. Errors: ENOTDIR names the
// component in the way; ELOOP.
Result<UniqueFd> MakeInRoot(int root_fd, const std::string& path, PathKind kind);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_ROOT_PATH_H_
