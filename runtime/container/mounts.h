// What a container gets mounted: the flags -v, --mount and --tmpfs and the image's VOLUMEs.

#ifndef COWBELL_RUNTIME_CONTAINER_MOUNTS_H_
#define COWBELL_RUNTIME_CONTAINER_MOUNTS_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/store/containers.h"

namespace cowbell {

// --mount, taken apart.
struct MountWish {
  std::string type = "volume";
  std::string source, target;
  bool read_only = false;
  bool no_copy = false;
  std::string tmpfs_options;
};

// "type=bind,src=/x,dst=/y,readonly". Errors are about the text alone: unknown keys, bad values,
// "target is required".
Result<MountWish> ParseMount(const std::string& spec);

// -v: "/host:/p[:ro]", "volume:/p[:ro,nocopy]", "/p". Errors: `invalid volume specification: …`,
// `invalid mode: bogus`.
Result<BindMount> ParseVolume(const std::string& spec);

struct MountOptionTexts {
  std::vector<std::string> volumes;  // -v, as typed
  std::vector<std::string> tmpfs;    // "PATH[:options]"
  std::vector<MountWish> mounts;     // --mount
  std::vector<std::string> image;    // VOLUMEs of the image
};
// Into the binds, tmpfs and volumes of `config`. Volumes have a name and no source yet
// (volumes.h). Errors: "Duplicate mount point: /b" and what else no container can have.
Status AddMounts(const MountOptionTexts& texts, ContainerConfig& config);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_MOUNTS_H_
