#include <sys/stat.h>

#include "runtime/cli/command.h"
#include "runtime/cli/image_commands.h"
#include "runtime/rootfs/entry.h"

namespace cowbell {

const std::vector<Command>& ImageCommands() {
  static const std::vector<Command> kCommands = {
      {"container export", "export", "[OPTIONS] CONTAINER",
       "Export a container's filesystem as a tar archive", ExportCommand},
      {"image build", "build", "[OPTIONS] PATH | -", "Build an image from a Dockerfile",
       BuildCommand},
      {"image load", "load", "[OPTIONS]", "Load an image from a tar archive or STDIN", LoadCommand},
      {"image pull", "pull", "[OPTIONS] NAME[:TAG|@DIGEST]", "Download an image from a registry",
       PullCommand},
  };
  return kCommands;
}

}  // namespace cowbell

int main(int argc, char** argv) {
  umask(022);
  cowbell::RaiseFileLimit();
  return cowbell::Dispatch(cowbell::ImageCommands(), argc, argv);
}
