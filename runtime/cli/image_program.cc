#include "runtime/cli/image_program.h"

#include <unistd.h>

#include <cerrno>

#include "runtime/cli/output.h"
#include "runtime/sandbox/own_program.h"

namespace cowbell {
namespace {

constexpr char kName[] = "calf-image";

// Beside this executable.
Result<std::string> ImageProgramPath() {
  const std::string own = TRY(ProgramPath());
  return own.substr(0, own.rfind('/') + 1) + kName;
}

std::vector<std::string> Argv(const CommandContext& context) {
  const GlobalOptions& globals = context.globals();
  std::vector<std::string> argv = {kName, "--root=" + globals.root,
                                   "--storage-driver=" + globals.storage_driver,
                                   "--log-level=" + globals.log_level};
  for (const std::string& option : globals.storage_options)
    argv.push_back("--storage-opt=" + option);
  return argv;
}

}  // namespace

int ImageProgramCommand(const CommandContext& context, const std::vector<std::string>& args) {
  const Result<std::string> path = ImageProgramPath();
  if (!path.has_value()) {
    PrintErr("calf: " + path.error().ToString() + "\n");
    return kExitEngineError;
  }
  std::vector<std::string> argv = Argv(context);
  const size_t space = context.words().find(' ');
  argv.push_back(context.words().substr(0, space));
  if (space != std::string::npos) argv.push_back(context.words().substr(space + 1));
  argv.insert(argv.end(), args.begin(), args.end());
  std::vector<char*> pointers;
  for (std::string& argument : argv)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(path.value().c_str(), pointers.data());
  PrintErr("calf: " + Error::FromErrno(errno, "exec '" + path.value() + "'").ToString() +
           "; it has to lie beside calf\n");
  return kExitEngineError;
}

Result<ExitStatus> PullImage(const CommandContext& context, const std::string& ref,
                             const std::string& platform) {
  SpawnOptions options;
  options.argv = Argv(context);
  options.argv[0] = TRY(ImageProgramPath());
  options.argv.emplace_back("pull");
  if (!platform.empty()) options.argv.push_back("--platform=" + platform);
  options.argv.emplace_back("--");
  options.argv.push_back(ref);
  options.stdout_fd = STDERR_FILENO;
  options.stderr_fd = STDERR_FILENO;
  options.new_process_group = false;
  ChildProcess child = TRY(ChildProcess::Spawn(options).Within("pull '" + ref + "'"));
  return child.Wait();
}

}  // namespace cowbell
