// From a registry into the store, as `pull` does it and as `build` does for a missing base image.

#ifndef COWBELL_RUNTIME_CLI_PULL_IMAGE_H_
#define COWBELL_RUNTIME_CLI_PULL_IMAGE_H_

#include <functional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/image/manifest.h"
#include "runtime/image/reference.h"
#include "runtime/store/layout.h"

namespace cowbell {

// Pulls what `reference` names, and tags it. Layers that the store has are not asked for. `print`
// gets Docker's lines, from "T: Pulling from R" to "Status: …", without line ends.
Status PullImageTo(const Store& store, const Reference& reference, const Platform& platform,
                   const std::function<void(const std::string& line)>& print);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_PULL_IMAGE_H_
