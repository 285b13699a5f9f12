// The root of a container as `cp` sees it, whatever state the container is in.

#ifndef COWBELL_RUNTIME_CLI_CP_ROOT_H_
#define COWBELL_RUNTIME_CLI_CP_ROOT_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/rootfs/copy.h"
#include "runtime/store/containers.h"
#include "runtime/store/layout.h"

namespace cowbell {

enum class CopyDirection { kIn, kOut };

// Holds the container's lock while it lives, so that no start, removal or other copy overlaps.
//
// A running container is seen through its own mounts. One that does not run gets them in a mount
// namespace of this process, which nobody else sees and which ends with it: the layers as an
// overlay (read-only when copying out, so that the RW layer stays as it is), the binds on top.
class ContainerRoot {
 public:
  // Errors: those of FindContainer; a bind whose source is gone.
  static Result<ContainerRoot> Open(const Store& store, const std::string& reference,
                                    CopyDirection direction);
  ContainerRoot(ContainerRoot&&) noexcept = default;
  ContainerRoot& operator=(ContainerRoot&&) = delete;
  ~ContainerRoot();

  int fd() const { return root_.get(); }
  // Devices of empty tmpfs that stand where a running container has mounts of its own.
  const std::vector<dev_t>& absent() const { return absent_; }
  // Host directories that are parts of this root under another name.
  const std::vector<FileId>& own_directories() const { return own_directories_; }

 private:
  explicit ContainerRoot(FileLock lock) : lock_(std::move(lock)) {}
  Status EnterRunning(const ContainerState& state);
  Status MountStopped(const Store& store, const ContainerConfig& config, CopyDirection direction);

  FileLock lock_;  // released last
  UniqueFd root_;
  std::string mounted_at_;
  std::vector<FileId> own_directories_;
  std::vector<dev_t> absent_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_CP_ROOT_H_
