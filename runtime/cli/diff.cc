#include <string>
#include <vector>

#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/container/layers_view.h"
#include "runtime/store/containers.h"
#include "runtime/store/rw_layer.h"

namespace cowbell {
namespace {

// Only the kernel's overlay tells what was changed without a look at the whole root.
Result<std::vector<Change>> ChangesOf(const Store& store, const ContainerConfig& config) {
  if (store.storage().UsesKernelOverlay()) return DiffRwLayer(store, config, -1, DiffFor::kUser);
  const LayersView view = TRY(LayersView::Open(store, config.id));
  return DiffRwLayer(store, config, view.fd(), DiffFor::kUser);
}

Result<std::string> Changes(const Store& store, const std::string& reference) {
  const ContainerRecord record = TRY(FindContainer(store, reference));
  const std::vector<Change> changes = TRY(ChangesOf(store, record.config));
  std::string out;
  for (const Change& change : changes) {
    out += static_cast<char>(change.kind);
    out += " " + change.path + "\n";
  }
  return out;
}

}  // namespace

int DiffCommand(const CommandContext& context, const std::vector<std::string>& args) {
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.Operands(1, 1, &operands);
  flags.Example("calf diff web");
  if (const auto code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Result<std::string> changes = Changes(store.value(), operands[0]);
  if (!changes.has_value()) return DaemonError(changes.error());
  PrintOut(changes.value());
  return 0;
}

}  // namespace cowbell
