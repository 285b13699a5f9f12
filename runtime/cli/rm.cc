#include <cerrno>

#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/container/lifecycle.h"

namespace cowbell {

int RmCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  bool force = false;
  bool volumes = false;
  std::vector<std::string> containers;
  flags.Bool('f', "force", &force, "Force the removal of a running container (uses SIGKILL)");
  flags.Bool('v', "volumes", &volumes, "Remove anonymous volumes associated with the container");
  flags.Operands(1, -1, &containers);
  flags.Example("calf rm -f web");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  int result = 0;
  for (const std::string& reference : containers) {
    const Status status = RemoveContainerByReference(store.value(), reference, force, volumes);
    if (status.has_value()) {
      PrintOut(reference + "\n");
      continue;
    }
    DaemonError(status.error());
    // With -f a container that is not there is no failure.
    if (!force || status.error().errno_value() != ENOENT) result = kExitEngineError;
  }
  return result;
}

}  // namespace cowbell
