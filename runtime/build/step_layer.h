// What one step of a build changes in the file system, as a layer archive.

#ifndef COWBELL_RUNTIME_BUILD_STEP_LAYER_H_
#define COWBELL_RUNTIME_BUILD_STEP_LAYER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/build/context.h"
#include "runtime/store/containers.h"
#include "runtime/store/image_writer.h"
#include "runtime/store/layer_file.h"

namespace cowbell {

struct CopyStep {
  std::vector<ContextSource> sources;
  std::string destination;  // as written, variables expanded
  std::string working_dir;  // "" is "/"
  uid_t uid = 0;
  gid_t gid = 0;
  bool has_mode = false;
  mode_t mode = 0;  // of --chmod
};

// Carries out COPY above the layers of `writer`. Rules of the destination: Dockerfile reference,
// "COPY"; links in the image are followed inside the image.
Result<LayerFile> MakeCopyLayer(const ImageWriter& writer, const BuildContext& context,
                                const CopyStep& step);

// Makes a directory with its parents, 0755 root, where it is missing.
Result<LayerFile> MakeDirectoryLayer(const ImageWriter& writer, const std::string& path);

// The RW layer of a container that has ended.
Result<LayerFile> MakeContainerLayer(const Store& store, const ImageWriter& writer,
                                     const ContainerConfig& config);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BUILD_STEP_LAYER_H_
