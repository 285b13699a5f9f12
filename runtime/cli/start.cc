#include "runtime/container/start.h"

#include <unistd.h>

#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/sandbox/own_program.h"

namespace cowbell {
namespace {

int Attached(const Store& store, const std::string& reference, bool input, bool sig_proxy) {
  const Result<ContainerRecord> record = FindContainer(store, reference);
  if (!record.has_value()) return DaemonError(record.error());
  if (record.value().config.tty && input && isatty(STDIN_FILENO) == 0) {
    PrintErr("the input device is not a TTY\n");
    return kExitEngineError;
  }
  Result<StartOutcome> outcome = StartContainer(store, record.value(), {true, input, sig_proxy});
  if (!outcome.has_value()) return DaemonError(outcome.error());
  StartOutcome& started = outcome.value();
  if (started.failure.code != 0) {
    DaemonError(started.failure.text);
    return started.failure.code == kExitRunError ? kExitEngineError : started.failure.code;
  }
  if (started.already_running) {
    return DaemonError("Container " + record.value().config.id +
                       " is already running, and attaching to it is not supported yet");
  }
  return AttachToContainer(started.started).code;
}

int Plain(const Store& store, const std::vector<std::string>& references) {
  std::vector<std::string> failed;
  for (const std::string& reference : references) {
    const Result<ContainerRecord> record = FindContainer(store, reference);
    if (!record.has_value()) {
      DaemonError(record.error());
      failed.push_back(reference);
      continue;
    }
    const Result<StartOutcome> outcome = StartContainer(store, record.value(), {});
    if (!outcome.has_value()) {
      DaemonError(outcome.error());
      failed.push_back(reference);
    } else if (outcome.value().failure.code != 0) {
      DaemonError(outcome.value().failure.text);
      failed.push_back(reference);
    } else {
      PrintOut(reference + "\n");
    }
  }
  if (failed.empty()) return 0;
  std::string names;
  for (const std::string& reference : failed)
    names += (names.empty() ? "" : ", ") + reference;
  PrintErr("Error: failed to start containers: " + names + "\n");
  return kExitEngineError;
}

}  // namespace

int StartCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  bool attach = false;
  bool interactive = false;
  bool sig_proxy = true;
  std::vector<std::string> containers;
  flags.Bool('a', "attach", &attach, "Attach STDOUT/STDERR and forward signals");
  flags.Bool('i', "interactive", &interactive, "Attach container's STDIN");
  flags.Bool('\0', "sig-proxy", &sig_proxy, "Proxy received signals to the process (default true)");
  flags.Operands(1, -1, &containers);
  flags.Example("calf start -a web");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  if ((attach || interactive) && containers.size() > 1) {
    PrintErr("you cannot start and attach multiple containers at once\n");
    return kExitEngineError;
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  if (const Status status = RunFromReadOnlyMount(); !status.has_value()) {
    return DaemonError(status.error());
  }
  if (attach || interactive) {
    return Attached(store.value(), containers.front(), interactive, sig_proxy);
  }
  return Plain(store.value(), containers);
}

}  // namespace cowbell
