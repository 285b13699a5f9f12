#include "runtime/cli/commands.h"
#include "runtime/cli/each.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/container/lifecycle.h"
#include "runtime/sandbox/own_program.h"

namespace cowbell {

int RestartCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  int seconds = 0;
  std::vector<std::string> containers;
  flags.Int('t', "timeout", &seconds, "Seconds to wait before killing the container");
  flags.Int('\0', "time", &seconds, "The same, by its older name");
  flags.Operands(1, -1, &containers);
  flags.Example("calf restart -t 2 web");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  if (const Status status = RunFromReadOnlyMount(); !status.has_value()) {
    return DaemonError(status.error());
  }
  const bool limited = flags.Given("timeout") || flags.Given("time");
  return ForEachContainer(containers, [&](const std::string& reference) -> Status {
    const ContainerRecord record = TRY(FindContainer(store.value(), reference));
    return RestartContainer(store.value(), record,
                            limited ? std::optional<int>(seconds) : std::nullopt);
  });
}

}  // namespace cowbell
