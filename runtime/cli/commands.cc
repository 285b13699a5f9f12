#include "runtime/cli/commands.h"

#include "runtime/cli/image_program.h"

namespace cowbell {

const std::vector<Command>& CalfCommands() {
  static const std::vector<Command> kCommands = {
      {"container create", "create", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create a new container",
       CreateCommand},
      {"container exec", "exec", "[OPTIONS] CONTAINER COMMAND [ARG...]",
       "Execute a command in a running container", ExecCommand},
      {"container kill", "kill", "[OPTIONS] CONTAINER [CONTAINER...]",
       "Kill one or more running containers", KillCommand},
      {"container logs", "logs", "[OPTIONS] CONTAINER", "Fetch the logs of a container",
       LogsCommand},
      {"container rm", "rm", "[OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers",
       RmCommand},
      {"container run", "run", "[OPTIONS] IMAGE [COMMAND] [ARG...]",
       "Create and run a new container from an image", RunCommandLine},
      {"container start", "start", "[OPTIONS] CONTAINER [CONTAINER...]",
       "Start one or more stopped containers", StartCommand},
      {"container stop", "stop", "[OPTIONS] CONTAINER [CONTAINER...]",
       "Stop one or more running containers", StopCommand},
      {"container wait", "wait", "CONTAINER [CONTAINER...]",
       "Block until one or more containers stop, then print their exit codes", WaitCommand},
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
