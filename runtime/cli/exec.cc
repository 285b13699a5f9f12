#include "runtime/container/exec.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/output.h"
#include "runtime/sandbox/own_program.h"

namespace cowbell {
namespace {

// As for `run`: "K" takes the caller's value or nothing.
std::vector<std::string> Completed(const std::vector<std::string>& entries) {
  std::vector<std::string> out;
  for (const std::string& entry : entries) {
    const char* value = getenv(entry.c_str());
    if (entry.find('=') != std::string::npos) {
      out.push_back(entry);
    } else if (value != nullptr) {
      out.push_back(entry + "=" + value);
    }
  }
  return out;
}

}  // namespace

int ExecCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  ExecOptions options;
  std::vector<std::string> operands;
  std::vector<std::string> env;
  const auto environment = [&](const std::string& value) -> Status {
    if (value.empty() || value[0] == '=') {
      return Error::FromMessage("invalid environment variable: " + value);
    }
    env.push_back(value);
    return Ok();
  };
  flags.Bool('d', "detach", &options.detach, "Detached mode: run command in the background");
  flags.Value('e', "env", "list", environment, "Set environment variables");
  flags.Bool('i', "interactive", &options.interactive, "Keep STDIN open even if not attached");
  flags.Bool('\0', "privileged", &options.privileged, "Give extended privileges to the command");
  flags.Bool('t', "tty", &options.tty, "Allocate a pseudo-TTY");
  flags.OptionalString('u', "user", &options.user,
                       "Username or UID (format: \"<name|uid>[:<group|gid>]\")");
  flags.OptionalString('w', "workdir", &options.working_dir,
                       "Working directory inside the container");
  flags.Operands(2, -1, &operands);
  flags.StopAtFirstOperand();
  flags.Example("calf exec -it web sh");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  if (options.tty && options.interactive && !options.detach && isatty(STDIN_FILENO) == 0) {
    PrintErr("the input device is not a TTY\n");
    return kExitEngineError;
  }
  if (options.working_dir.has_value() && (*options.working_dir)[0] != '/') {
    return DaemonError("the working directory '" + Sanitize(*options.working_dir) +
                       "' is invalid, it needs to be an absolute path");
  }
  options.argv.assign(operands.begin() + 1, operands.end());
  options.env = Completed(env);
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  if (const Status status = RunFromReadOnlyMount(); !status.has_value()) {
    return DaemonError(status.error());
  }
  const Result<ContainerRecord> record = FindContainer(store.value(), operands.front());
  if (!record.has_value()) return DaemonError(record.error());
  if (record.value().state.paused) {
    return DaemonError("Container " + operands.front() +
                       " is paused, unpause the container before exec");
  }
  const Result<ExecOutcome> outcome = ExecInContainer(record.value(), options);
  if (!outcome.has_value()) return DaemonError(outcome.error());
  const StartFailure& failure = outcome.value().failure;
  if (failure.code == kExitRunError) return DaemonError(failure.text);
  if (failure.code != 0) {
    PrintErr(failure.text + "\n");
    return failure.code;
  }
  return outcome.value().code;
}

}  // namespace cowbell
