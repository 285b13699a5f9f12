#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/container/create.h"

namespace cowbell {
namespace {

Status Rename(const Store& store, const std::string& reference, const std::string& wish) {
  const ContainerRecord record = TRY(FindContainer(store, reference));
  const std::string name = wish.substr(wish[0] == '/' ? 1 : 0);
  if (name == record.config.name) {
    return Error::FromMessage("Renaming a container with the same name as its current name");
  }
  TRY(CheckContainerName(name).Within("Error when allocating new name"));
  return RenameContainer(store, record.config.id, name).Within("Error when allocating new name");
}

}  // namespace

int RenameCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  std::vector<std::string> operands;
  flags.Operands(2, 2, &operands);
  flags.Example("calf rename web web-old");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  if (operands[0].empty() || operands[1].empty()) {
    PrintErr("Error: Neither old nor new names may be empty\n");
    return kExitEngineError;
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Status renamed = Rename(store.value(), operands[0], operands[1]);
  if (renamed.has_value()) return 0;
  DaemonError(renamed.error());
  PrintErr("Error: failed to rename container named " + Sanitize(operands[0]) + "\n");
  return kExitEngineError;
}

}  // namespace cowbell
