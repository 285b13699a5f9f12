#include "runtime/container/layers_view.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>

#include "runtime/container/lifecycle.h"
#include "runtime/container/start.h"
#include "runtime/rootfs/child_mount.h"
#include "runtime/sandbox/namespaces.h"
#include "runtime/store/rw_layer.h"

namespace cowbell {
namespace {

// A detached copy of the root mount of the process behind `pidfd`, without what is mounted in it.
// Only a member of the mount namespace may copy it (open_tree(2)): a child goes there. Errors:
// ESRCH.
Result<UniqueFd> CopyRootMount(int pidfd) {
  return DescriptorFromChild([&]() -> Result<UniqueFd> {
    TRY(JoinNamespaces(pidfd, CLONE_NEWNS));
    UniqueFd tree(open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!tree.valid()) return Error::FromErrno(errno, "copy the container's root mount");
    return tree;
  });
}

Result<UniqueFd> OpenRunning(const ContainerState& state) {
  const UniqueFd init = TRY(OpenInit(state));
  return CopyRootMount(init.get());
}

}  // namespace

Result<LayersView> LayersView::Open(const Store& store, const std::string& reference) {
  // A container may end between the look at its record and the look at its process; its monitor
  // then needs the lock to say so.
  for (int attempt = 0; attempt < 10; ++attempt) {
    ContainerRecord record = TRY(FindContainer(store, reference));
    const std::string id = record.config.id;
    {
      FileLock lock = TRY(LockContainer(store, id));
      record.state = TRY(ReadContainerState(store, id));
      LayersView view(std::move(lock), std::move(record));
      const bool running = view.record_.state.state == RunState::kRunning;
      if (!running) TRY(EnsureMountPoints(store, view.record_.config));
      Result<UniqueFd> mount =
          running ? OpenRunning(view.record_.state) : MountForReading(store, view.record_.config);
      if (mount.has_value()) {
        view.mount_ = std::move(mount).value();
        return view;
      }
      if (!running || mount.error().errno_value() != ESRCH) return std::move(mount).error();
    }
    const Result<RunWatch> run = RunWatch::Open(store, id);
    if (run.has_value()) TRY(run.value().Wait());
  }
  return Error::FromMessage("container " + reference + " does not settle in a state");
}

}  // namespace cowbell
