#include <sys/stat.h>

#include "runtime/cli/command.h"
#include "runtime/cli/image_commands.h"
#include "runtime/rootfs/entry.h"

namespace cowbell {

const std::vector<Command>& ImageCommands() {
  static const std::vector<Command> kCommands = {
      {"container commit", "commit", "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
       "Create a new image from a container's changes", CommitCommand},
      {"container export", "export", "[OPTIONS] CONTAINER",
       "Export a container's filesystem as a tar archive", ExportCommand},
      {"image build", "build", "[OPTIONS] PATH | -", "Build an image from a Dockerfile",
       BuildCommand},
      {"image import", "import", "[OPTIONS] file|- [REPOSITORY[:TAG]]",
       "Import the contents from a tarball to create a filesystem image", ImportCommand},
      {"image load", "load", "[OPTIONS]", "Load an image from a tar archive or STDIN", LoadCommand},
      {"image pull", "pull", "[OPTIONS] NAME[:TAG|@DIGEST]", "Download an image from a registry",
       PullCommand},
      {"image save", "save", "[OPTIONS] IMAGE [IMAGE...]",
       "Save one or more images to a tar archive (streamed to STDOUT by default)", SaveCommand},
  };
  return kCommands;
}

}  // namespace cowbell

int main(int argc, char** argv) {
  umask(022);
  cowbell::RaiseFileLimit();
  return cowbell::Dispatch(cowbell::ImageCommands(), argc, argv);
}
