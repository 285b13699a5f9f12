// The storage driver of a store: how layers are kept and become a root. It is chosen when the store
// is made and recorded in it, because one driver cannot read what another has written.

#ifndef COWBELL_RUNTIME_STORE_STORAGE_H_
#define COWBELL_RUNTIME_STORE_STORAGE_H_

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

enum class StorageDriver {
  kOverlay,  // a layer is what it changes; an overlay makes them one
  kVfs,      // a layer is a whole tree, a RW layer a copy of one: slow and large, works everywhere
};
const char* StorageDriverName(StorageDriver driver);

struct Storage {
  StorageDriver driver = StorageDriver::kOverlay;
  // For kOverlay: the program that mounts the roots of containers (rootfs/mount_program.h); empty:
  // the kernel does it.
  std::string mount_program;
  bool operator==(const Storage&) const = default;

  // The kernel's overlayfs has written the RW layers, and they tell what was changed.
  bool UsesKernelOverlay() const {
    return driver == StorageDriver::kOverlay && mount_program.empty();
  }
};

// What the command line asks for: --storage-driver and --storage-opt. Errors: one line for the
// user.
Result<Storage> ParseStorage(const std::string& driver, const std::vector<std::string>& options);

// The lines of the store's version file that tell it; none for the default.
std::string EncodeStorage(const Storage& storage);
// Errors: a line of another version.
Result<Storage> DecodeStorage(std::string_view lines);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_STORAGE_H_
