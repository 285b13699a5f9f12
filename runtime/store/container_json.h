// The two records of a container as JSON text. Unknown members are ignored, missing ones keep their
// default, so that records of neighbouring versions can be read.

#ifndef COWBELL_RUNTIME_STORE_CONTAINER_JSON_H_
#define COWBELL_RUNTIME_STORE_CONTAINER_JSON_H_

#include <string>

#include "runtime/base/result.h"
#include "runtime/store/containers.h"

namespace cowbell {

std::string ToJson(const ContainerConfig& config);
std::string ToJson(const ContainerState& state);
// Errors: what is wrong with the text; EINVAL.
Result<ContainerConfig> ParseContainerConfig(const std::string& text);
Result<ContainerState> ParseContainerState(const std::string& text);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_CONTAINER_JSON_H_
