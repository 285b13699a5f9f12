// The nodes and links in a container's /dev.

#ifndef COWBELL_RUNTIME_ROOTFS_DEVICE_NODES_H_
#define COWBELL_RUNTIME_ROOTFS_DEVICE_NODES_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

struct DeviceNode {
  std::string name;  // below /dev
  mode_t mode = 0;   // type and permissions
  dev_t device = 0;
};

// null, zero, full, random, urandom, tty.
std::vector<DeviceNode> DefaultDevices();
// Those and every node directly in the host's /dev, for privileged containers.
std::vector<DeviceNode> HostDevices();

// Makes the nodes and the links fd, stdin, stdout, stderr and ptmx in /dev of the current root.
Status MakeDevices(const std::vector<DeviceNode>& nodes);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_DEVICE_NODES_H_
