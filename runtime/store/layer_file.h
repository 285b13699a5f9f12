// Changes of a container or of a build step, as a layer archive on its way into the store.

#ifndef COWBELL_RUNTIME_STORE_LAYER_FILE_H_
#define COWBELL_RUNTIME_STORE_LAYER_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/rootfs/diff.h"
#include "runtime/store/image_writer.h"

namespace cowbell {

// A layer archive in a nameless file. A resource.
struct LayerFile {
  UniqueFd file;
  uint64_t size = 0;
  std::string diff_id;  // "sha256:HEX"
  // No changes: an image needs no layer for them.
  bool is_empty = false;
};

// Archives `changes` of the tree at `root_fd` (layer_tar.h) into the writer's staging directory.
Result<LayerFile> MakeLayerFile(const ImageWriter& writer, int root_fd,
                                const std::vector<Change>& changes);

Status AddLayerFile(ImageWriter& writer, const LayerFile& layer);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_LAYER_FILE_H_
