// What a container changed: its RW layer against the layers below, in overlayfs's own format
// (https://docs.kernel.org/filesystems/overlayfs.html: whiteouts, opaque directories, redirects,
// metadata-only copies).

#ifndef COWBELL_RUNTIME_ROOTFS_DIFF_H_
#define COWBELL_RUNTIME_ROOTFS_DIFF_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

enum class ChangeKind : char { kAdded = 'A', kChanged = 'C', kDeleted = 'D' };

struct Change {
  ChangeKind kind = ChangeKind::kChanged;
  std::string path;  // absolute, as in the container; raw bytes
  bool operator==(const Change&) const = default;
};

struct DiffSpec {
  std::string upper_dir;
  std::vector<std::string> lower_dirs;  // top first
  // Paths that the engine makes in the RW layer to mount something on. They are no changes as long
  // as they are empty, nor are new directories that hold nothing else.
  std::vector<std::string> managed;
  // What a layer has to hold so that it says exactly what the RW layer says: also directories with
  // nothing but another time, unchanged files that have got a second name, and "/" where owner,
  // mode or attributes differ from those of `top_below` (a directory; empty: 0755 and root's).
  bool for_layer = false;
  std::string top_below;
};

// Mount targets that every container gets.
const std::vector<std::string>& EngineManagedPaths();

// Sorted bytewise by path. A removed directory is one deletion; a directory is changed when its
// owner, mode or attributes differ or something in it changed; an entry that became another type is
// changed, what such a new directory holds is added. Modification times of directories alone are
// no change. The layers are only read. Works on the RW layer of a running container: what appears
// or vanishes meanwhile is taken or left.
Result<std::vector<Change>> DiffLayers(const DiffSpec& spec);

// Bytes of the files of a RW layer: apparent sizes, hard links once, whiteouts and directories as
// nothing, metadata-only copies as nothing.
Result<uint64_t> LayerBytes(const std::string& upper_dir);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_DIFF_H_
