// The second executable, which knows networks and archives: libraries that the commands of the hot
// path must not pay for at start-up.

#ifndef COWBELL_RUNTIME_CLI_IMAGE_PROGRAM_H_
#define COWBELL_RUNTIME_CLI_IMAGE_PROGRAM_H_

#include <string>
#include <vector>

#include "runtime/base/process.h"
#include "runtime/base/result.h"
#include "runtime/cli/command.h"

namespace cowbell {

// A command that the program beside this one carries out: replaces the process. Returns 1 when
// that program is missing.
int ImageProgramCommand(const CommandContext& context, const std::vector<std::string>& args);

// Runs `calf-image pull REF`; everything it prints goes to standard error. A pull that failed has
// said why there.
Result<ExitStatus> PullImage(const CommandContext& context, const std::string& ref,
                             const std::string& platform);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_IMAGE_PROGRAM_H_
