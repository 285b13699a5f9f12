#include "runtime/cli/commands.h"
#include "runtime/cli/each.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/container/lifecycle.h"
#include "runtime/container/signals.h"

namespace cowbell {

int KillCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  std::string signal = "KILL";
  std::vector<std::string> containers;
  flags.String('s', "signal", &signal, "Signal to send to the container (default \"KILL\")");
  flags.Operands(1, -1, &containers);
  flags.Example("calf kill -s HUP web");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Result<int> number = ParseSignal(signal);
  if (!number.has_value()) return DaemonError(number.error());
  return ForEachContainer(containers, [&](const std::string& reference) -> Status {
    const std::string context_text = "Cannot kill container: " + reference;
    const Result<ContainerRecord> record = FindContainer(store.value(), reference);
    if (!record.has_value()) {
      return Error::FromMessage(context_text + ": " + record.error().message());
    }
    const Status sent = SignalContainer(record.value(), number.value());
    if (!sent.has_value()) {
      return Error::FromMessage(context_text + ": " + sent.error().message());
    }
    // KILL has an end that can be waited for; then the state says it.
    if (number.value() == 9) TRY(WaitContainer(store.value(), record.value()));
    return Ok();
  });
}

}  // namespace cowbell
