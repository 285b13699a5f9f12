#include "runtime/build/commit.h"

#include <string>
#include <vector>

#include "runtime/cli/flags.h"
#include "runtime/cli/image_commands.h"
#include "runtime/cli/output.h"
#include "runtime/image/reference.h"

namespace cowbell {

int CommitCommand(const CommandContext& context, const std::vector<std::string>& args) {
  CommitOptions options;
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.String('a', "author", &options.author,
               "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")");
  flags.List('c', "change", &options.changes, "Apply Dockerfile instruction to the created image");
  flags.String('m', "message", &options.comment, "Commit message");
  flags.Bool('p', "pause", &options.pause, "Pause container during commit (default true)");
  flags.Operands(1, 2, &operands);
  flags.Example("calf commit -m 'with tools' web tools:1");
  if (const auto code = flags.Parse(args)) return *code;
  if (operands.size() == 2) {
    const Result<std::string> tag = ParseNewTag(operands[1]);
    if (!tag.has_value()) {
      PrintErr(ErrorText(tag.error()) + "\n");
      return kExitEngineError;
    }
    options.tag = tag.value();
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Result<std::string> id = CommitContainer(store.value(), operands[0], options);
  if (!id.has_value()) return DaemonError(id.error());
  PrintOut("sha256:" + id.value() + "\n");
  return 0;
}

}  // namespace cowbell
