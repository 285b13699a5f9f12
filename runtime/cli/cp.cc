#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/cp_paths.h"
#include "runtime/cli/cp_root.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/format.h"
#include "runtime/cli/output.h"

namespace cowbell {
namespace {

struct CpOptions {
  bool archive = false;
  bool follow = false;
  bool quiet = false;
};

// "c:/p" -> {"c", "/p"}; "/a:b", "./a:b", "a" -> {"", …}.
struct CpOperand {
  std::string container;
  std::string path;
};

CpOperand ParseOperand(const std::string& text) {
  const size_t colon = text.find(':');
  if (text.empty() || text[0] == '/' || text[0] == '.' || colon == std::string::npos) {
    return {"", text};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

Status CheckOperands(const CpOperand& from, const CpOperand& to) {
  if (from.path.empty() && from.container.empty()) {
    return Error::FromMessage("source can not be empty");
  }
  if (to.path.empty() && to.container.empty()) {
    return Error::FromMessage("destination can not be empty");
  }
  if (!from.container.empty() && !to.container.empty()) {
    return Error::FromMessage("copying between containers is not supported");
  }
  if (from.container.empty() && to.container.empty()) {
    return Error::FromMessage("must specify at least one container source");
  }
  if (from.path.empty()) return Error::FromMessage("source can not be empty");
  if (to.path.empty()) return Error::FromMessage("destination can not be empty");
  if ((from.container.empty() ? from : to).path == "-") {
    return Error::FromMessage(
        "tar streams ('-') are not supported; copy a file or a directory instead");
  }
  return Ok();
}

Result<std::string> AbsoluteHostPath(const std::string& path) {
  if (path[0] == '/') return path;
  char cwd[PATH_MAX];
  if (getcwd(cwd, sizeof(cwd)) == nullptr) return Error::FromErrno(errno, "getcwd");
  return std::string(cwd) + "/" + path;
}

CopyOptions OptionsOf(const CpOptions& options, bool inwards) {
  CopyOptions copy;
  const bool root = geteuid() == 0;
  copy.keep_owner = options.archive && root;
  copy.uid = inwards ? 0 : geteuid();
  copy.gid = inwards ? 0 : getegid();
  return copy;
}

// What a person at a terminal gets to see.
void Report(const CpOptions& options, uint64_t bytes, const std::string& target) {
  if (options.quiet || isatty(STDERR_FILENO) == 0) return;
  PrintErr("Successfully copied " + HumanSize(bytes) + " to " + Sanitize(target) + "\n");
}

Status Copy(const Store& store, const CpOptions& options, const CpOperand& from,
            const CpOperand& to, const std::string& shown_target) {
  const bool inwards = from.container.empty();
  const CpOperand& inside = inwards ? to : from;
  CopyPlace host;
  host.path = TRY(AbsoluteHostPath((inwards ? from : to).path));
  const UniqueFd host_root = TRY(Open("/", O_PATH | O_DIRECTORY));
  host.root_fd = host_root.get();
  Result<ContainerRoot> opened = ContainerRoot::Open(
      store, inside.container, inwards ? CopyDirection::kIn : CopyDirection::kOut);
  if (!opened.has_value()) {
    return Error::FromMessage("Error response from daemon: " + ErrorText(opened.error()));
  }
  const ContainerRoot root = std::move(opened).value();
  CopyPlace container;
  container.root_fd = root.fd();
  container.path = inside.path[0] == '/' ? inside.path : "/" + inside.path;
  container.container = inside.container;
  container.absent = root.absent();
  CopyOptions copy = OptionsOf(options, inwards);
  copy.refused = root.own_directories();
  uint64_t bytes = 0;
  const std::vector<std::string> skipped =
      TRY(CopyBetween(inwards ? host : container, inwards ? container : host, options.follow,
                      std::move(copy), &bytes));
  for (const std::string& socket : skipped)
    PrintErr("sockets are not supported, left out: " + Sanitize(socket) + "\n");
  Report(options, bytes, shown_target);
  return Ok();
}

}  // namespace

int CpCommand(const CommandContext& context, const std::vector<std::string>& args) {
  CpOptions options;
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.Bool('a', "archive", &options.archive,
             "Archive mode (keep the owner's and group's numbers)");
  flags.Bool('L', "follow-link", &options.follow, "Always follow a symbolic link in SRC_PATH");
  flags.Bool('q', "quiet", &options.quiet, "Do not report what was copied");
  flags.Operands(2, 2, &operands);
  flags.Example("calf cp ./site/. web:/srv");
  if (const auto code = flags.Parse(args)) return *code;

  const CpOperand from = ParseOperand(operands[0]);
  const CpOperand to = ParseOperand(operands[1]);
  if (const Status checked = CheckOperands(from, to); !checked.has_value()) {
    PrintErr(checked.error().message() + "\n");
    return kExitEngineError;
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Status copied = Copy(store.value(), options, from, to, operands[1]);
  if (copied.has_value()) return 0;
  PrintErr(copied.error().ToString() + "\n");
  return kExitEngineError;
}

}  // namespace cowbell
