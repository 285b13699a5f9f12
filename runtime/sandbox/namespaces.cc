#include "runtime/sandbox/namespaces.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/unique_fd.h"

namespace cowbell {

uint64_t NamespaceFlags(bool host_network) {
  constexpr uint64_t kAlways =
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  return host_network ? kAlways : kAlways | CLONE_NEWNET;
}

Status BringUpLoopback() {
  const UniqueFd socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_fd.valid()) return Error::FromErrno(errno, "socket");
  ifreq request = {};
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(socket_fd.get(), SIOCSIFFLAGS, &request) != 0) {
    return Error::FromErrno(errno, "bring up the loopback interface");
  }
  return Ok();
}

Status JoinNamespaces(int pidfd, uint64_t flags) {
  if (setns(pidfd, static_cast<int>(flags)) != 0) {
    return Error::FromErrno(errno, "setns into the container's namespaces");
  }
  return Ok();
}

}  // namespace cowbell
