#include <fcntl.h>

#include <cerrno>

#include "runtime/base/text.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/image_commands.h"
#include "runtime/cli/output.h"
#include "runtime/cli/pull_image.h"
#include "runtime/image/manifest.h"
#include "runtime/image/reference.h"

namespace cowbell {

int PullCommand(const CommandContext& context, const std::vector<std::string>& args) {
  bool quiet = false;
  std::string platform_text;
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.Bool('q', "quiet", &quiet, "Suppress verbose output");
  flags.String('\0', "platform", &platform_text,
               "Set platform if server is multi-platform capable");
  flags.Operands(1, 1, &operands);
  flags.Example("calf pull alpine:3.20");
  if (const auto code = flags.Parse(args)) return *code;
  const Result<Reference> reference = ParseReference(operands[0]);
  if (!reference.has_value()) {
    PrintErr(ErrorText(reference.error()) + "\n");
    return kExitEngineError;
  }
  Platform platform = HostPlatform();
  if (!platform_text.empty()) {
    const Result<Platform> parsed = ParsePlatform(platform_text);
    if (!parsed.has_value()) return DaemonError(parsed.error());
    platform = parsed.value();
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Reference& ref = reference.value();
  if (!quiet && ref.tag.empty() && ref.digest.empty()) PrintOut("Using default tag: latest\n");
  bool printed = false;
  const auto print = [&](const std::string& line) {
    printed = true;
    if (!quiet) PrintOut(line + "\n");
  };
  const Status pulled = PullImageTo(store.value(), ref, platform, print);
  if (pulled.has_value()) {
    PrintOut(ref.Canonical() + "\n");
    return 0;
  }
  // Docker puts its prefix only in front of what fails before anything was printed.
  if (!printed) return DaemonError(pulled.error());
  PrintErr(ErrorText(pulled.error()) + "\n");
  return kExitEngineError;
}

}  // namespace cowbell
