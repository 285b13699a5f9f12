#include "runtime/cli/image_program.h"

#include <unistd.h>

#include <cerrno>
#include <climits>

#include "runtime/cli/output.h"

namespace cowbell {
namespace {

constexpr char kName[] = "calf-image";

// Beside this executable.
Result<std::string> ProgramPath() {
  std::string path(PATH_MAX, '\0');
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return Error::FromErrno(errno, "readlink '/proc/self/exe'");
  path.resize(static_cast<size_t>(length));
  return path.substr(0, path.rfind('/') + 1) + kName;
}

std::vector<std::string> Argv(const CommandContext& context) {
  const GlobalOptions& globals = context.globals();
  return {kName, "--root=" + globals.root, "--storage-driver=" + globals.storage_driver,
          "--log-level=" + globals.log_level};
}

}  // namespace

int ImageProgramCommand(const CommandContext& context, const std::vector<std::string>& args) {
  const Result<std::string> path = ProgramPath();
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
  options.argv[0] = TRY(ProgramPath());
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
