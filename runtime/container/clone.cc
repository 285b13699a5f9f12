#include "runtime/container/clone.h"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace cowbell {

Result<ClonedChild> CloneProcess(uint64_t flags, int cgroup_fd) {
  int pidfd = -1;
  clone_args args = {};
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uintptr_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  if (cgroup_fd >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<unsigned>(cgroup_fd);
  }
  const long pid = syscall(SYS_clone3, &args, sizeof(args));
  if (pid < 0) return Error::FromErrno(errno, "clone3");
  if (pid == 0) return ClonedChild{0, UniqueFd()};
  return ClonedChild{static_cast<pid_t>(pid), UniqueFd(pidfd)};
}

}  // namespace cowbell
