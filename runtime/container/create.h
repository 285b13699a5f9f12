// What a container is made from: the wishes of the command line laid over the image's config.

#ifndef COWBELL_RUNTIME_CONTAINER_CREATE_H_
#define COWBELL_RUNTIME_CONTAINER_CREATE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/container/mounts.h"
#include "runtime/store/containers.h"
#include "runtime/store/images.h"

namespace cowbell {

// As `run` and `create` were called.
struct CreateOptions {
  std::string image;
  std::vector<std::string> command;
  std::string name;
  std::optional<std::string> entrypoint;  // "" removes the image's
  std::vector<std::string> env;           // complete entries, later ones win
  std::string user, working_dir, hostname;
  std::map<std::string, std::string> labels;
  std::vector<std::string> volumes;  // -v, as typed
  std::vector<std::string> tmpfs;    // "PATH[:options]"
  std::vector<MountWish> mounts;     // --mount
  bool interactive = false, tty = false, auto_remove = false, init = false, privileged = false,
       read_only = false;
  std::string network = "none";
  std::string stop_signal;
  int stop_timeout = -1;
  std::vector<std::string> cap_add, cap_drop, security_opt;
};

// Errors: "Invalid container name (x y), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed".
Status CheckContainerName(const std::string& name);

// Everything is checked before anything is made. Errors: Docker's texts (catalogue A.1, A.2).
Result<ContainerConfig> MakeContainerConfig(const CreateOptions& options, const ImageRecord& image);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_CREATE_H_
