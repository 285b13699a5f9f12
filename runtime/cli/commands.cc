#include "runtime/cli/commands.h"

#include "runtime/cli/image_program.h"

namespace cowbell {

const std::vector<Command>& CalfCommands() {
  static const std::vector<Command> kCommands = {
      {"image build", "build", "[OPTIONS] PATH | URL | -", "Build an image from a Dockerfile",
       ImageProgramCommand},
      {"image load", "load", "[OPTIONS]", "Load an image from a tar archive or STDIN",
       ImageProgramCommand},
      {"image pull", "pull", "[OPTIONS] NAME[:TAG|@DIGEST]", "Download an image from a registry",
       ImageProgramCommand},
  };
  return kCommands;
}

}  // namespace cowbell
