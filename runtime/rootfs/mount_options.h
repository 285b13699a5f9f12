// The options of --tmpfs, as mount(8) spells them, split into flags and data for mount(2).

#ifndef COWBELL_RUNTIME_ROOTFS_MOUNT_OPTIONS_H_
#define COWBELL_RUNTIME_ROOTFS_MOUNT_OPTIONS_H_

#include <sys/types.h>

#include <string>

#include "runtime/base/result.h"

namespace cowbell {

struct MountOptions {
  unsigned long flags = 0;
  std::string data;
};

// nosuid, nodev and noexec unless taken back; `mode` when the options name none. Errors: an option
// that a tmpfs does not have, in Docker's words.
Result<MountOptions> ParseTmpfsOptions(const std::string& options, mode_t mode);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_MOUNT_OPTIONS_H_
