#include "runtime/rootfs/device_nodes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/file.h"

namespace cowbell {

std::vector<DeviceNode> DefaultDevices() {
  constexpr mode_t kMode = S_IFCHR | 0666;
  return {{"null", kMode, makedev(1, 3)},    {"zero", kMode, makedev(1, 5)},
          {"full", kMode, makedev(1, 7)},    {"random", kMode, makedev(1, 8)},
          {"urandom", kMode, makedev(1, 9)}, {"tty", kMode, makedev(5, 0)}};
}

std::vector<DeviceNode> HostDevices() {
  std::vector<DeviceNode> nodes = DefaultDevices();
  const Result<std::vector<std::string>> names = ListDir("/dev");
  if (!names.has_value()) return nodes;
  for (const std::string& name : names.value()) {
    struct stat st = {};
    if (lstat(("/dev/" + name).c_str(), &st) != 0) continue;
    if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)) continue;
    const bool own = name == "ptmx" || name == "console" ||
                     std::any_of(nodes.begin(), nodes.end(),
                                 [&](const DeviceNode& node) { return node.name == name; });
    if (!own) nodes.push_back({name, st.st_mode, st.st_rdev});
  }
  return nodes;
}

Status MakeDevices(const std::vector<DeviceNode>& nodes) {
  for (const DeviceNode& node : nodes) {
    const std::string path = "/dev/" + node.name;
    if (mknod(path.c_str(), node.mode, node.device) != 0 ||
        chmod(path.c_str(), node.mode & 07777) != 0) {
      return Error::FromErrno(errno, "make '" + path + "'");
    }
  }
  constexpr const char* kLinks[][2] = {{"/proc/self/fd", "/dev/fd"},
                                       {"/proc/self/fd/0", "/dev/stdin"},
                                       {"/proc/self/fd/1", "/dev/stdout"},
                                       {"/proc/self/fd/2", "/dev/stderr"},
                                       {"pts/ptmx", "/dev/ptmx"}};
  for (const auto& link : kLinks) {
    if (symlink(link[0], link[1]) != 0) {
      return Error::FromErrno(errno, std::string("make '") + link[1] + "'");
    }
  }
  return Ok();
}

}  // namespace cowbell
