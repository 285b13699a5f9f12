#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/image/reference.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

Status Tag(const Store& store, const std::string& source, const std::string& target) {
  // Nobody may take the image away before the tag is there.
  const FileLock lock = TRY(LockImages(store, FileLock::Mode::kShared));
  const ImageRecord image = TRY(FindImage(store, source));
  return SetTag(store, target, image.id, "");
}

}  // namespace

int TagCommand(const CommandContext& context, const std::vector<std::string>& args) {
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.Operands(2, 2, &operands);
  flags.Example("calf tag web:latest web:1");
  if (const auto code = flags.Parse(args)) return *code;
  const Result<std::string> target = ParseNewTag(operands[1]);
  if (!target.has_value()) {
    PrintErr("Error parsing reference: \"" + Sanitize(operands[1], 4096) +
             "\" is not a valid repository/tag: " + ErrorText(target.error()) + "\n");
    return kExitEngineError;
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Status tagged = Tag(store.value(), operands[0], target.value());
  return tagged.has_value() ? 0 : DaemonError(tagged.error());
}

}  // namespace cowbell
