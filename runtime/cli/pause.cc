#include "runtime/cli/commands.h"
#include "runtime/cli/each.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/container/lifecycle.h"

namespace cowbell {
namespace {

using Change = Status (*)(const Store& store, const ContainerRecord& record);

int ChangeEach(const CommandContext& context, const std::vector<std::string>& args,
               const char* example, Change change) {
  FlagSet flags(context);
  std::vector<std::string> containers;
  flags.Operands(1, -1, &containers);
  flags.Example(example);
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  return ForEachContainer(containers, [&](const std::string& reference) -> Status {
    const ContainerRecord record = TRY(FindContainer(store.value(), reference));
    return change(store.value(), record);
  });
}

}  // namespace

int PauseCommand(const CommandContext& context, const std::vector<std::string>& args) {
  return ChangeEach(context, args, "calf pause web", PauseContainer);
}

int UnpauseCommand(const CommandContext& context, const std::vector<std::string>& args) {
  return ChangeEach(context, args, "calf unpause web", UnpauseContainer);
}

}  // namespace cowbell
