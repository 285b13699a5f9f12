#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "runtime/base/process.h"
#include "runtime/base/text.h"
#include "runtime/build/builder.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/image_commands.h"
#include "runtime/cli/output.h"
#include "runtime/cli/pull_image.h"
#include "runtime/sandbox/own_program.h"

namespace cowbell {
namespace {

constexpr uint64_t kMaxDockerfileBytes = 4 << 20;
constexpr int kExitInterrupted = 130;

volatile sig_atomic_t interrupted = 0;

// A signal ends the step that runs, and what was made is cleaned up on the way out.
void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaction(signal, &action, nullptr);
}

struct BuildFlags {
  std::vector<std::string> tags;
  std::string file;
  std::string iidfile;
  std::string network;
  bool quiet = false;
  BuildOptions options;
};

// "A=1"; "A" alone takes the caller's value.
Status AddPair(const std::string& text, bool from_environment,
               std::map<std::string, std::string>* out) {
  const size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (name.empty()) return Error::FromMessage("an empty name");
  if (equals != std::string::npos) {
    (*out)[name] = text.substr(equals + 1);
  } else if (const char* value = from_environment ? getenv(name.c_str()) : ""; value != nullptr) {
    (*out)[name] = value;
  }
  return Ok();
}

// "2.048kB": four digits, decimal units.
std::string HumanSize(uint64_t bytes) {
  const char* const units[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < std::size(units)) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  snprintf(text, sizeof(text), "%.4g%s", value, units[unit]);
  return text;
}

class Calf {
 public:
  static Result<Calf> Beside(const std::string& root) {
    const std::string own = TRY(ProgramPath());
    return Calf(own.substr(0, own.rfind('/') + 1) + "calf", root);
  }

  Result<int> Start(const std::string& id, bool quiet) const {
    SpawnOptions spawn;
    spawn.argv = {path_, "--root=" + root_, "start", "-a", id};
    spawn.stdout_fd = quiet ? -1 : STDOUT_FILENO;
    spawn.stderr_fd = quiet ? -1 : STDERR_FILENO;
    ChildProcess child = TRY(ChildProcess::Spawn(spawn).Within("start the container of a step"));
    while (interrupted == 0) {
      pollfd p{.fd = child.pidfd(), .events = POLLIN, .revents = 0};
      if (poll(&p, 1, -1) > 0) break;
      if (errno != EINTR) return Error::FromErrno(errno, "poll");
    }
    if (interrupted != 0) {
      TRY(RunCommand({path_, "--root=" + root_, "kill", id}).Within("stop the step"));
    }
    const ExitStatus status = TRY(child.Wait());
    if (interrupted != 0) return Error::FromMessage("the build was interrupted");
    return status.ShellCode();
  }

 private:
  Calf(std::string path, std::string root) : path_(std::move(path)), root_(std::move(root)) {}
  std::string path_;
  std::string root_;
};

Result<std::string> ReadDockerfile(const BuildFlags& flags, const std::string& directory) {
  if (flags.file == "-" || directory == "-") return ReadAll(STDIN_FILENO, kMaxDockerfileBytes);
  const std::string path = flags.file.empty() ? directory + "/Dockerfile" : flags.file;
  Result<std::string> text = ReadFile(path, kMaxDockerfileBytes);
  if (text.has_value() || text.error().errno_value() != ENOENT) return text;
  return Error::FromMessage(
      "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat " +
      Sanitize(path, 300) + ": no such file or directory");
}

int Fail(const Error& error) {
  PrintErr(ErrorText(error) + "\n");
  return interrupted != 0 ? kExitInterrupted : kExitEngineError;
}

int Build(const Store& store, BuildFlags& flags, const std::string& directory,
          const std::string& root) {
  const Result<Calf> calf = Calf::Beside(root);
  if (!calf.has_value()) return Fail(calf.error());
  // A Dockerfile alone comes without files.
  const Result<TempDir> empty = TempDir::Create("/tmp", "calf-context-");
  if (!empty.has_value()) return Fail(empty.error());
  const Result<BuildContext> context =
      BuildContext::Open(directory == "-" ? empty.value().path() : directory);
  if (!context.has_value()) return Fail(context.error());
  const Result<std::string> text = ReadDockerfile(flags, directory);
  if (!text.has_value()) return Fail(text.error());
  const auto print = [&](const std::string& line) {
    if (!flags.quiet) PrintOut(line + "\n");
  };
  print("Sending build context to Docker daemon  " + HumanSize(context.value().archive_bytes()));
  const Result<std::vector<Instruction>> instructions = ParseDockerfile(text.value());
  if (!instructions.has_value()) return DaemonError(instructions.error());
  flags.options.quiet = flags.quiet;
  flags.options.print = print;
  flags.options.start = [&](const std::string& id) { return calf.value().Start(id, flags.quiet); };
  flags.options.pull = [&](const std::string& name) -> Status {
    const Reference reference = TRY(ParseReference(name));
    return PullImageTo(store, reference, HostPlatform(), print);
  };
  const Result<BuildOutcome> outcome =
      BuildImage(store, context.value(), instructions.value(), flags.options);
  if (!outcome.has_value()) return Fail(outcome.error());
  const std::string& id = outcome.value().image_id;
  if (outcome.value().exit_code != 0) {
    PrintErr(outcome.value().failed_text + "\n");
    return outcome.value().exit_code;
  }
  if (!flags.iidfile.empty()) {
    const Status written = WriteFile(flags.iidfile, "sha256:" + id);
    if (!written.has_value()) return Fail(written.error());
  }
  if (flags.quiet) {
    PrintOut("sha256:" + id + "\n");
    return 0;
  }
  print("Successfully built " + id.substr(0, 12));
  for (const std::string& tag : flags.options.tags)
    print("Successfully tagged " + tag);
  return 0;
}

}  // namespace

int BuildCommand(const CommandContext& context, const std::vector<std::string>& args) {
  BuildFlags build;
  BuildOptions& options = build.options;
  std::vector<std::string> operands;
  bool unused = true;
  FlagSet flags(context);
  const auto tag = [&](const std::string& value) -> Status {
    const Reference parsed = TRY(ParseReference(value));
    if (!parsed.digest.empty()) return Error::FromMessage("refusing to create a tag with a digest");
    options.tags.push_back(parsed.Familiar());
    return Ok();
  };
  const auto build_arg = [&](const std::string& value) {
    return AddPair(value, true, &options.build_args);
  };
  const auto label = [&](const std::string& value) {
    return AddPair(value, false, &options.labels);
  };
  flags.Value('t', "tag", "list", tag, "Name and optionally a tag in the \"name:tag\" format");
  flags.String('f', "file", &build.file, "Name of the Dockerfile (Default is \"PATH/Dockerfile\")");
  flags.Bool('q', "quiet", &build.quiet, "Suppress the build output and print image ID on success");
  flags.String('\0', "iidfile", &build.iidfile, "Write the image ID to the file");
  flags.Value('\0', "build-arg", "list", build_arg, "Set build-time variables");
  flags.Value('\0', "label", "list", label, "Set metadata for an image");
  flags.Bool('\0', "no-cache", &options.no_cache, "Do not use cache when building the image");
  flags.String('\0', "network", &build.network,
               "Network of RUN instructions; there is only \"none\"");
  flags.Bool('\0', "rm", &unused, "Remove intermediate containers; they always are");
  flags.Bool('\0', "force-rm", &unused, "Always remove intermediate containers; they always are");
  flags.Operands(1, 1, &operands);
  flags.Example("calf build -t app:1 .");
  if (const auto code = flags.Parse(args)) return *code;
  if (!build.network.empty() && build.network != "none" && build.network != "default") {
    return DaemonError("network mode \"" + Sanitize(build.network, 100) +
                       "\" is not supported by build; use none");
  }
  if (!build.iidfile.empty() && unlink(build.iidfile.c_str()) != 0 && errno != ENOENT) {
    return Fail(Error::FromErrno(errno, "remove the image ID file"));
  }
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  CatchInterrupts();
  return Build(store.value(), build, operands[0], context.globals().root);
}

}  // namespace cowbell
