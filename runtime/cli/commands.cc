#include "runtime/cli/commands.h"

#include "runtime/cli/image_program.h"

namespace cowbell {
namespace {
// Of commands with several names.
constexpr char kListContainers[] = "List containers";
constexpr char kListImages[] = "List images";
constexpr char kListVolumes[] = "List volumes";
constexpr char kRemoveVolumes[] = "Remove one or more volumes";
constexpr char kRemoveImages[] = "Remove one or more images";
}  // namespace

const std::vector<Command>& CalfCommands() {
  static const std::vector<Command> kCommands = {
      {"container commit", "commit", "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
       "Create a new image from a container's changes", ImageProgramCommand},
      {"container cp", "cp",
       "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH | SRC_PATH CONTAINER:DEST_PATH",
       "Copy files/folders between a container and the local filesystem", CpCommand},
      {"container create", "create", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create a new container",
       CreateCommand},
      {"container diff", "diff", "CONTAINER",
       "Inspect changes to files or directories on a container's filesystem", DiffCommand},
      {"container exec", "exec", "[OPTIONS] CONTAINER COMMAND [ARG...]",
       "Execute a command in a running container", ExecCommand},
      {"container export", "export", "[OPTIONS] CONTAINER",
       "Export a container's filesystem as a tar archive", ImageProgramCommand},
      {"container inspect", "", "[OPTIONS] CONTAINER [CONTAINER...]",
       "Display detailed information on one or more containers", InspectCommand},
      {"container kill", "kill", "[OPTIONS] CONTAINER [CONTAINER...]",
       "Kill one or more running containers", KillCommand},
      {"container logs", "logs", "[OPTIONS] CONTAINER", "Fetch the logs of a container",
       LogsCommand},
      {"container ls", "ps", "[OPTIONS]", kListContainers, PsCommand},
      {"container list", "", "[OPTIONS]", kListContainers, PsCommand},
      {"container pause", "pause", "CONTAINER [CONTAINER...]",
       "Pause all processes within one or more containers", PauseCommand},
      {"container ps", "", "[OPTIONS]", kListContainers, PsCommand},
      {"container rename", "rename", "CONTAINER NEW_NAME", "Rename a container", RenameCommand},
      {"container restart", "restart", "[OPTIONS] CONTAINER [CONTAINER...]",
       "Restart one or more containers", RestartCommand},
      {"container rm", "rm", "[OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers",
       RmCommand},
      {"container run", "run", "[OPTIONS] IMAGE [COMMAND] [ARG...]",
       "Create and run a new container from an image", RunCommandLine},
      {"container start", "start", "[OPTIONS] CONTAINER [CONTAINER...]",
       "Start one or more stopped containers", StartCommand},
      {"container stop", "stop", "[OPTIONS] CONTAINER [CONTAINER...]",
       "Stop one or more running containers", StopCommand},
      {"container unpause", "unpause", "CONTAINER [CONTAINER...]",
       "Unpause all processes within one or more containers", UnpauseCommand},
      {"container wait", "wait", "CONTAINER [CONTAINER...]",
       "Block until one or more containers stop, then print their exit codes", WaitCommand},
      {"image build", "build", "[OPTIONS] PATH | URL | -", "Build an image from a Dockerfile",
       ImageProgramCommand},
      {"image import", "import", "[OPTIONS] file|- [REPOSITORY[:TAG]]",
       "Import the contents from a tarball to create a filesystem image", ImageProgramCommand},
      {"image inspect", "", "[OPTIONS] IMAGE [IMAGE...]",
       "Display detailed information on one or more images", InspectCommand},
      {"image load", "load", "[OPTIONS]", "Load an image from a tar archive or STDIN",
       ImageProgramCommand},
      {"image ls", "images", "[OPTIONS] [REPOSITORY[:TAG]]", kListImages, ImagesCommand},
      {"image list", "", "[OPTIONS] [REPOSITORY[:TAG]]", kListImages, ImagesCommand},
      {"image pull", "pull", "[OPTIONS] NAME[:TAG|@DIGEST]", "Download an image from a registry",
       ImageProgramCommand},
      {"image rm", "rmi", "[OPTIONS] IMAGE [IMAGE...]", kRemoveImages, RmiCommand},
      {"image remove", "", "[OPTIONS] IMAGE [IMAGE...]", kRemoveImages, RmiCommand},
      {"image save", "save", "[OPTIONS] IMAGE [IMAGE...]",
       "Save one or more images to a tar archive (streamed to STDOUT by default)",
       ImageProgramCommand},
      {"image tag", "tag", "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
       "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", TagCommand},
      {"inspect", "", "[OPTIONS] NAME|ID [NAME|ID...]",
       "Return low-level information on containers, images and volumes", InspectCommand},
      {"volume create", "", "[OPTIONS] [VOLUME]", "Create a volume", VolumeCreateCommand},
      {"volume inspect", "", "[OPTIONS] VOLUME [VOLUME...]",
       "Display detailed information on one or more volumes", InspectCommand},
      {"volume list", "", "[OPTIONS]", kListVolumes, VolumeLsCommand},
      {"volume ls", "", "[OPTIONS]", kListVolumes, VolumeLsCommand},
      {"volume prune", "", "[OPTIONS]", "Remove unused local volumes", VolumePruneCommand},
      {"volume remove", "", "[OPTIONS] VOLUME [VOLUME...]", kRemoveVolumes, VolumeRmCommand},
      {"volume rm", "", "[OPTIONS] VOLUME [VOLUME...]", kRemoveVolumes, VolumeRmCommand},
  };
  return kCommands;
}

}  // namespace cowbell
