#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/container/lifecycle.h"

namespace cowbell {

int WaitCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  std::vector<std::string> containers;
  flags.Operands(1, -1, &containers);
  flags.Example("calf wait web");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  int result = 0;
  for (const std::string& reference : containers) {
    const Result<ContainerRecord> record = FindContainer(store.value(), reference);
    if (!record.has_value()) {
      result = DaemonError(record.error());
      continue;
    }
    const Result<int> code = WaitContainer(store.value(), record.value());
    if (!code.has_value()) {
      result = DaemonError(code.error());
      continue;
    }
    PrintOut(std::to_string(code.value()) + "\n");
  }
  return result;
}

}  // namespace cowbell
