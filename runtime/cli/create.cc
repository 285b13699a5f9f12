#include "runtime/cli/commands.h"
#include "runtime/cli/create_options.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/make_container.h"
#include "runtime/cli/output.h"

namespace cowbell {
namespace {

// Wrong -v specifications are usage errors of the client, everything else is the engine's.
int Code(const std::string& text) {
  for (const char* start : {"invalid empty volume spec", "invalid spec: ",
                            "container ID file found", "invalid env file", "open "}) {
    if (text.rfind(start, 0) == 0) return kExitUsageError;
  }
  return kExitEngineError;
}

}  // namespace

int CreateCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  CreateFlags create(flags);
  flags.Example("calf create --name web -e MODE=test alpine sleep 60");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const auto fail = [&](const Error& error) {
    const std::string text = ErrorText(error);
    if (text.empty()) return kExitEngineError;
    if (Code(text) == kExitUsageError) return ClientError(context, text, kExitUsageError);
    return DaemonError(text);
  };
  const Result<CreateOptions> options = create.Options();
  if (!options.has_value()) return fail(options.error());
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return fail(store.error());
  const Result<ContainerConfig> config =
      MakeContainer(context, store.value(), create, options.value());
  if (!config.has_value()) return fail(config.error());
  PrintOut(config.value().id + "\n");
  return 0;
}

}  // namespace cowbell
