// One layer archive becomes one directory in overlayfs's own format.
//
// The archive is applied to a mount that shows the layers below with the new directory as its
// writable layer, so the kernel itself makes whiteouts, opaque directories and copies of parents;
// the bottom layer is written to a plain directory. Semantics: OCI image-spec v1.1, layer.md.

#ifndef COWBELL_RUNTIME_ROOTFS_UNPACK_H_
#define COWBELL_RUNTIME_ROOTFS_UNPACK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/image/byte_source.h"

namespace cowbell {

// Applies a tar stream to the tree at `root`, to its end. `has_lower`: the tree shows layers below,
// on which whiteouts act. Nothing outside of `root` is read or written, whatever the archive says.
// Errors: a malformed archive (the text names the entry), those of the file system.
// REQUIRES: root's privilege; nobody else uses the tree.
Status ApplyLayer(ByteSource& tar, UniqueFd root, bool has_lower);

// Unpacks a layer above `lower_dirs` (top first, in overlayfs's format) into `directory`/diff,
// which must not exist; `directory` exists. On an error there may be remains below `directory`.
// Nothing is flushed to the disk.
// Returns the bytes of the layer's files.
Result<uint64_t> UnpackLayer(ByteSource& tar, const std::vector<std::string>& lower_dirs,
                             const std::string& directory);

// The same where layers are whole trees: `directory`/diff begins as a copy of the tree `parent`
// (empty: of nothing). Returns by how many bytes the files of the two differ, 0 if there are fewer.
Result<uint64_t> UnpackWholeLayer(ByteSource& tar, const std::string& parent,
                                  const std::string& directory);

// Looks at a finished layer directory as it lies on the disk: nothing may be in it that overlayfs
// would take for more than a whiteout or an opaque directory (redirects, metadata-only files).
// Traces of the copying are removed. `is_bottom`: not even whiteouts may be there. Returns the
// bytes of the layer's files, hard links once.
Result<uint64_t> CheckLayerDirectory(const std::string& directory, bool is_bottom);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_UNPACK_H_
