// The part of `create` and `run` that finds the image and makes the container.

#ifndef COWBELL_RUNTIME_CLI_MAKE_CONTAINER_H_
#define COWBELL_RUNTIME_CLI_MAKE_CONTAINER_H_

#include <string>

#include "runtime/base/result.h"
#include "runtime/cli/command.h"
#include "runtime/cli/create_options.h"
#include "runtime/store/containers.h"

namespace cowbell {

// Pulls a missing image as --pull says (its lines go to standard error), makes the container and
// writes the cidfile. Errors: one line for the user; empty when a failed pull has said it already.
Result<ContainerConfig> MakeContainer(const CommandContext& context, const Store& store,
                                      const CreateFlags& flags, const CreateOptions& options);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_MAKE_CONTAINER_H_
