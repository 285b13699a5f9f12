#include <unistd.h>

#include "runtime/cli/commands.h"
#include "runtime/cli/create_options.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/make_container.h"
#include "runtime/cli/output.h"
#include "runtime/container/start.h"
#include "runtime/sandbox/own_program.h"

namespace cowbell {
namespace {

// What the client finds itself stands without "Error response from daemon".
bool IsClientText(const std::string& text) {
  for (const char* start :
       {"container ID file found", "invalid empty volume spec", "invalid spec: "}) {
    if (text.rfind(start, 0) == 0) return true;
  }
  return false;
}

int Fail(const CommandContext& context, const Error& error) {
  const std::string text = ErrorText(error);
  if (text.empty()) return kExitRunError;
  return IsClientText(text) ? ClientError(context, text) : RunError(context, text);
}

int Foreground(const CommandContext& context, const Store& store, const ContainerConfig& config,
               bool sig_proxy) {
  const AttachOptions attach = {true, config.open_stdin, sig_proxy};
  Result<StartOutcome> outcome = StartContainer(store, {config, ContainerState()}, attach);
  if (!outcome.has_value()) return Fail(context, outcome.error());
  const StartFailure& failure = outcome.value().failure;
  if (failure.code != 0) return RunError(context, failure.text, failure.code);
  return AttachToContainer(outcome.value().started).code;
}

int Detached(const CommandContext& context, const Store& store, const ContainerConfig& config) {
  const Result<StartOutcome> outcome = StartContainer(store, {config, ContainerState()}, {});
  // The container exists either way, and whoever asked gets its ID.
  PrintOut(config.id + "\n");
  if (!outcome.has_value()) return Fail(context, outcome.error());
  const StartFailure& failure = outcome.value().failure;
  if (failure.code != 0) return RunError(context, failure.text, failure.code);
  return 0;
}

}  // namespace

int RunCommandLine(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  CreateFlags create(flags);
  bool detach = false;
  bool sig_proxy = true;
  std::vector<std::string> attach;
  flags.Bool('d', "detach", &detach, "Run container in background and print container ID");
  flags.Bool('\0', "sig-proxy", &sig_proxy, "Proxy received signals to the process (default true)");
  flags.List('a', "attach", &attach, "Attach to STDIN, STDOUT or STDERR");
  flags.Example("calf run --rm -it alpine sh");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  if (detach && !attach.empty()) {
    PrintErr("conflicting options: cannot specify both --attach and --detach\n");
    return kExitEngineError;
  }
  if (!attach.empty()) {
    return ClientError(context, "--attach is not supported by this version of calf");
  }
  const Result<CreateOptions> options = create.Options();
  if (!options.has_value()) return ClientError(context, ErrorText(options.error()));
  if (options.value().tty && options.value().interactive && !detach && isatty(STDIN_FILENO) == 0) {
    PrintErr("the input device is not a TTY\n");
    return kExitEngineError;
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) {
    PrintErr("calf: " + ErrorText(store.error()) + "\n");
    return kExitRunError;
  }
  if (const Status status = RunFromReadOnlyMount(); !status.has_value()) {
    return Fail(context, status.error());
  }
  const Result<ContainerConfig> config =
      MakeContainer(context, store.value(), create, options.value());
  if (!config.has_value()) return Fail(context, config.error());
  return detach ? Detached(context, store.value(), config.value())
                : Foreground(context, store.value(), config.value(), sig_proxy);
}

}  // namespace cowbell
