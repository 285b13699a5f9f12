// The places that every container needs: /proc, /sys, /dev as directories, /etc/hostname, hosts and
// resolv.conf as files to mount on.
//
// They are made once per image in a small read-only layer of their own, so that a container's RW
// layer stays empty until the container writes something itself.

#ifndef COWBELL_RUNTIME_ROOTFS_MOUNT_POINTS_H_
#define COWBELL_RUNTIME_ROOTFS_MOUNT_POINTS_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

// Below `root_fd`; leaves what fits as it is. Where the image has a link or something else of the
// wrong kind in such a place, it is replaced: nothing is ever mounted through a link of an image.
Status MakeMountPoints(int root_fd);

// Makes the layer for an image with these lower directories (top first; none is allowed). `staging`
// must not exist, lies on the same file system as `target` and is gone afterwards; `target` appears
// complete. If another command was faster, its layer stays.
Status BuildInitLayer(const std::vector<std::string>& lower_dirs, const std::string& staging,
                      const std::string& target);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_MOUNT_POINTS_H_
