#include "runtime/cli/command.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "runtime/base/text.h"
#include "runtime/cli/output.h"

namespace cowbell {
namespace {

constexpr char kProgramHint[] = "\n\nRun 'calf --help' for more information\n";

std::string Padded(std::string_view text, size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size()), ' ');
  return out;
}

std::string ProgramHelp(const std::vector<Command>& commands) {
  std::string out =
      "Usage:  calf [OPTIONS] COMMAND\n\nContainers with a read-only image below and a writable "
      "layer of their own\n\nCommands:\n";
  for (const Command& command : commands) {
    // What is known by a group's word alone stands in the help of the group.
    if (*command.alias == '\0' && std::strchr(command.words, ' ') != nullptr) continue;
    const char* name = *command.alias != '\0' ? command.alias : command.words;
    out += "  " + Padded(name, 16) + "  " + command.help + "\n";
  }
  return out +
         "\nGlobal Options:\n"
         "  -l, --log-level string        Set the logging level (\"debug\", \"info\", \"warn\", "
         "\"error\", \"fatal\") (default \"info\")\n"
         "      --root string             Directory of images and containers (default "
         "\"/var/lib/calf\")\n"
         "      --storage-driver string   How layers become a root: \"overlay\" or \"vfs\"; chosen "
         "when the directory is made (default \"overlay\")\n"
         "      --storage-opt list        overlay.mount_program=PROGRAM: let PROGRAM, called as "
         "fuse-overlayfs is, mount the roots\n"
         "  -v, --version                 Print version information and quit\n\n"
         "Example:\n  calf run --rm alpine echo hello\n\n"
         "Run 'calf COMMAND --help' for more information on a command.\n";
}

int GlobalUsageError(const std::string& text) {
  PrintErr(text + "\n\nUsage:  calf [OPTIONS] COMMAND [ARG...]" + kProgramHint);
  return kExitUsageError;
}

struct GlobalFlag {
  std::string_view name;
  std::string_view shorthand;
  std::string GlobalOptions::*target;  // null: a list, the storage options
};
constexpr GlobalFlag kGlobalFlags[] = {{"--root", "", &GlobalOptions::root},
                                       {"--storage-driver", "-s", &GlobalOptions::storage_driver},
                                       {"--storage-opt", "", nullptr},
                                       {"--log-level", "-l", &GlobalOptions::log_level}};

// Consumes one global flag at `args[*at]`. A value: the exit code the program ends with.
std::optional<int> ParseGlobal(const std::vector<std::string>& args, size_t* at,
                               GlobalOptions* globals) {
  const std::string& token = args[*at];
  const size_t equals = token.find('=');
  const std::string name = token.substr(0, equals);
  for (const GlobalFlag& flag : kGlobalFlags) {
    if (name != flag.name && (flag.shorthand.empty() || name != flag.shorthand)) continue;
    ++*at;
    std::string value = token.substr(equals + 1);
    if (equals == std::string::npos) {
      if (*at == args.size()) return GlobalUsageError("flag needs an argument: " + name);
      value = args[(*at)++];
    }
    if (flag.target != nullptr) {
      globals->*flag.target = std::move(value);
    } else {
      globals->storage_options.push_back(std::move(value));
    }
    return std::nullopt;
  }
  return GlobalUsageError(token.rfind("--", 0) == 0
                              ? "unknown flag: " + name
                              : "unknown shorthand flag: '" + token.substr(1, 1) + "' in " + token);
}

Status CheckGlobals(const GlobalOptions& globals) {
  if (globals.root.empty()) return Error::FromMessage("--root: an empty path");
  TRY(ParseStorage(globals.storage_driver, globals.storage_options));
  const std::vector<std::string> levels = {"debug", "info", "warn", "error", "fatal"};
  if (std::find(levels.begin(), levels.end(), globals.log_level) == levels.end()) {
    return Error::FromMessage("unable to parse logging level: " + Sanitize(globals.log_level));
  }
  return Ok();
}

// The row that `args` from `*at` on names, and how many words that took.
const Command* FindCommand(const std::vector<Command>& commands,
                           const std::vector<std::string>& args, size_t at, std::string* words) {
  const std::string first = args[at];
  const std::string both = at + 1 < args.size() ? first + " " + args[at + 1] : first;
  for (const Command& command : commands) {
    for (const std::string& name : {first, both}) {
      if (name == command.words || (*command.alias != '\0' && name == command.alias)) {
        *words = name;
        return &command;
      }
    }
  }
  return nullptr;
}

bool IsGroup(const std::vector<Command>& commands, const std::string& word) {
  return std::any_of(commands.begin(), commands.end(), [&](const Command& command) {
    return std::strncmp(command.words, (word + " ").c_str(), word.size() + 1) == 0;
  });
}

// "calf container" and "calf container --help", and what is wrong with "calf container bogus".
int GroupHelp(const std::vector<Command>& commands, const std::vector<std::string>& args,
              size_t at) {
  const std::string& group = args[at];
  const std::string usage = "Usage:  calf " + group + " COMMAND\n";
  const std::string hint = "Run 'calf " + group + " COMMAND --help' for more information\n";
  if (at + 1 < args.size() && args[at + 1] != "--help") {
    PrintErr("calf: unknown command: calf " + group + " " + Sanitize(args[at + 1]) + "\n\n" +
             usage + "\nRun 'calf " + group + " --help' for more information\n");
    return kExitEngineError;
  }
  std::string out = usage + "\nCommands:\n";
  const char* last_help = "";
  for (const Command& command : commands) {
    if (std::strncmp(command.words, (group + " ").c_str(), group.size() + 1) != 0) continue;
    // Further names of the row before.
    if (std::strcmp(command.help, last_help) == 0) continue;
    last_help = command.help;
    out += "  " + Padded(command.words + group.size() + 1, 16) + "  " + command.help + "\n";
  }
  PrintOut(out + "\n" + hint);
  return 0;
}

size_t WordCount(const std::string& words) { return Split(words, ' ').size(); }

}  // namespace

std::string CommandContext::UsageLine() const {
  const std::string arguments = command_.arguments;
  return CommandPath() + (arguments.empty() ? "" : " " + arguments);
}

Result<Store> CommandContext::OpenStore() const {
  if (geteuid() != 0) {
    return Error::FromMessage("calf works only for root for now; run it with sudo");
  }
  const std::string& driver = globals_.storage_driver;
  if (driver.empty() && globals_.storage_options.empty()) return Store::Open(globals_.root);
  const Storage wanted = TRY(ParseStorage(driver, globals_.storage_options));
  return Store::Open(globals_.root, wanted);
}

int Dispatch(const std::vector<Command>& commands, int argc, char** argv) {
  std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
  GlobalOptions globals;
  size_t at = 0;
  while (at < args.size() && args[at].size() > 1 && args[at][0] == '-') {
    if (args[at] == "--help" || args[at] == "-h") {
      PrintOut(ProgramHelp(commands));
      return 0;
    }
    if (args[at] == "--version" || args[at] == "-v") {
      PrintOut(std::string(kVersionText) + "\n");
      return 0;
    }
    if (const auto code = ParseGlobal(args, &at, &globals)) return *code;
  }
  if (const Status status = CheckGlobals(globals); !status.has_value()) {
    PrintErr("calf: " + status.error().ToString() + "\n");
    return kExitEngineError;
  }
  // "calf help cp" is "calf cp --help".
  if (at < args.size() && args[at] == "help") {
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(at));
    args.emplace_back("--help");
    if (args.size() == at + 1) at = args.size();
  }
  if (at == args.size()) {
    PrintOut(ProgramHelp(commands));
    return 0;
  }
  std::string words;
  const Command* command = FindCommand(commands, args, at, &words);
  if (command == nullptr && IsGroup(commands, args[at])) return GroupHelp(commands, args, at);
  if (command == nullptr) {
    PrintErr("calf: unknown command: calf " + Sanitize(args[at]) + kProgramHint);
    return kExitEngineError;
  }
  const size_t rest = at + WordCount(words);
  const CommandContext context(globals, *command, words);
  return command->run(context, {args.begin() + static_cast<std::ptrdiff_t>(rest), args.end()});
}

}  // namespace cowbell
