#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/image_commands.h"
#include "runtime/cli/output.h"
#include "runtime/cli/output_file.h"
#include "runtime/container/layers_view.h"
#include "runtime/image/tar_writer.h"
#include "runtime/rootfs/tree_tar.h"

namespace cowbell {
namespace {

Status Export(const Store& store, const std::string& reference, OutputFile& out) {
  const LayersView view = TRY(LayersView::Open(store, reference));
  TarWriter tar([&](std::string_view bytes) { return out.Write(bytes); });
  TreeTar tree(tar);
  TRY(tree.AddTree(view.fd()));
  TRY(tar.Finish());
  for (const std::string& path : tree.changed())
    PrintErr("/" + Sanitize(path, 4096) + ": the file became shorter while it was read\n");
  return out.Finish();
}

}  // namespace

int ExportCommand(const CommandContext& context, const std::vector<std::string>& args) {
  std::string output;
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.String('o', "output", &output, "Write to a file, instead of STDOUT");
  flags.Operands(1, 1, &operands);
  flags.Example("calf export -o web.tar web");
  if (const auto code = flags.Parse(args)) return *code;
  Result<OutputFile> out = OutputFile::Create(output);
  if (!out.has_value()) {
    PrintErr((output.empty() ? "" : "failed to export container: ") + ErrorText(out.error()) +
             "\n");
    return kExitEngineError;
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Status exported = Export(store.value(), operands[0], out.value());
  return exported.has_value() ? 0 : DaemonError(exported.error());
}

}  // namespace cowbell
