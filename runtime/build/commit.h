// An image of a container as it is.

#ifndef COWBELL_RUNTIME_BUILD_COMMIT_H_
#define COWBELL_RUNTIME_BUILD_COMMIT_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/store/images.h"
#include "runtime/store/layout.h"

namespace cowbell {

struct CommitOptions {
  std::string tag;  // normalized; may be empty
  std::string author;
  std::string comment;
  std::vector<std::string> changes;  // Dockerfile instructions
  bool pause = true;                 // while a running container's files are read
};

// The container's layers with one more that holds its changes, none if there are none; the config
// is the container's. Nothing about the container changes; killed half-way, it goes on running.
// Returns the image's ID as hex. Errors: those of FindContainer and WriteLayerTar.
Result<std::string> CommitContainer(const Store& store, const std::string& reference,
                                    const CommitOptions& options);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BUILD_COMMIT_H_
