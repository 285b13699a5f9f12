// Layers and a RW layer become one root: overlayfs through the new mount API.

#ifndef COWBELL_RUNTIME_ROOTFS_OVERLAY_H_
#define COWBELL_RUNTIME_ROOTFS_OVERLAY_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

struct OverlaySpec {
  std::vector<std::string> lower_dirs;  // top first; at most 500 (the kernel's limit)
  std::string upper_dir;                // both empty: read-only union (needs two lowers)
  std::string work_dir;
  // Nothing is flushed to the disk when the mount goes; a crash spoils the upper directory. For one
  // that is flushed in another way before anybody relies on it.
  bool is_volatile = false;
};

// A detached overlay mount: nothing is visible anywhere until it is attached with move_mount(2),
// and closing the descriptor drops it. Layers are added one by one (`lowerdir+`, Linux 6.5); where
// the kernel lacks it, or CALF_OVERLAY_API=old is set, mount options with short relative names.
// Errors: EINVAL from an upper on a file system that cannot be one is explained in one line.
Result<UniqueFd> MountOverlay(const OverlaySpec& spec);

// Attaches a detached mount at `path`.
Status AttachMount(int mount_fd, const std::string& path);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_OVERLAY_H_
