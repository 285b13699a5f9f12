// The RW layer of an overlay as a layer archive (OCI image-spec v1.1, layer.md): whiteout devices
// become ".wh." files, opaque directories get their marker.

#ifndef COWBELL_RUNTIME_ROOTFS_LAYER_TAR_H_
#define COWBELL_RUNTIME_ROOTFS_LAYER_TAR_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace cowbell {

// Writes what `upper_dir` changes; the same directory always gives the same bytes: entries sorted
// by name, times of modification only. The top itself is an entry where its owner or mode differ
// from those of `lower_root` (a directory; empty: 0755 root). Sockets are left out. Returns the
// number of entries.
// Errors: those of `sink`; a redirected directory or metadata-only file, which no layer can say.
// REQUIRES: nobody changes the directory.
using TarSink = std::function<Status(std::string_view bytes)>;
Result<uint64_t> WriteLayerTar(const std::string& upper_dir, const std::string& lower_root,
                               const TarSink& sink);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_LAYER_TAR_H_
