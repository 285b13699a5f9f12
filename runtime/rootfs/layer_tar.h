// Changes become a layer archive (OCI image-spec v1.1, layer.md): deletions as explicit whiteouts
// in front of their siblings, never in the opaque form.

#ifndef COWBELL_RUNTIME_ROOTFS_LAYER_TAR_H_
#define COWBELL_RUNTIME_ROOTFS_LAYER_TAR_H_

#include <vector>

#include "runtime/base/result.h"
#include "runtime/image/tar_writer.h"
#include "runtime/rootfs/diff.h"

namespace cowbell {

// Writes what `changes` name (with `for_layer`, in any order) as the tree at `root_fd` shows it, so
// that redirected directories and metadata-only copies are whole. Equal trees and changes always
// give equal bytes: one order, times of modification only. Sockets are left out, and what has
// vanished meanwhile.
// Errors: those of `sink`; a name that begins with ".wh.", which would delete something.
Status WriteLayerTar(int root_fd, const std::vector<Change>& changes, const TarSink& sink);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_LAYER_TAR_H_
