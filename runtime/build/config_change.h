// `--change` of commit and import: Dockerfile instructions that change an image's config.

#ifndef COWBELL_RUNTIME_BUILD_CONFIG_CHANGE_H_
#define COWBELL_RUNTIME_BUILD_CONFIG_CHANGE_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/image/config.h"

namespace cowbell {

// Applies them in order. Errors, in Docker's words: "run is not a valid change command"; those of
// ParseDockerfile.
Status ApplyConfigChanges(const std::vector<std::string>& changes, ImageConfig* config);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BUILD_CONFIG_CHANGE_H_
