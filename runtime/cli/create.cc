#include "runtime/cli/commands.h"
#include "runtime/cli/create_options.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/make_container.h"
#include "runtime/cli/output.h"

namespace cowbell {
namespace {

// What the client finds itself.
bool IsClientText(const std::string& text) {
  for (const char* start :
       {"container ID file found", "invalid empty volume spec", "invalid spec: "}) {
    if (text.rfind(start, 0) == 0) return true;
  }
  return false;
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
    if (IsClientText(text)) return ClientError(context, text);
    return DaemonError(text);
  };
  const Result<CreateOptions> options = create.Options();
  if (!options.has_value()) return ClientError(context, ErrorText(options.error()));
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return fail(store.error());
  const Result<ContainerConfig> config =
      MakeContainer(context, store.value(), create, options.value());
  if (!config.has_value()) return fail(config.error());
  PrintOut(config.value().id + "\n");
  return 0;
}

}  // namespace cowbell
