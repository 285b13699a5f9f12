// The table of commands and the dispatch of a command line to one row of it. Both executables,
// `calf` and the one beside it that knows networks and archives, have such a table.

#ifndef COWBELL_RUNTIME_CLI_COMMAND_H_
#define COWBELL_RUNTIME_CLI_COMMAND_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/store/layout.h"

namespace cowbell {

inline constexpr char kVersionText[] = "calf version 0.1.0";

// The flags before the command's words. A value.
struct GlobalOptions {
  std::string root = kDefaultRoot;
  std::string storage_driver;  // empty: the store's own
  std::vector<std::string> storage_options;
  std::string log_level = "info";
};

class CommandContext;
using CommandFunction = int (*)(const CommandContext&, const std::vector<std::string>& args);

// One row. `words` is the full name, `alias` the short one at the top level ("" for none); both
// reach the same function.
struct Command {
  const char* words;      // "container cp"
  const char* alias;      // "cp"
  const char* arguments;  // "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-"
  const char* help;       // one line
  CommandFunction run;    // returns the exit code of the program
};

// What a command function may know about its call. Lives as long as the call.
class CommandContext {
 public:
  CommandContext(const GlobalOptions& globals, const Command& command, std::string words)
      : globals_(globals), command_(command), words_(std::move(words)) {}

  const GlobalOptions& globals() const { return globals_; }
  const Command& command() const { return command_; }
  // As the user called it: "cp" or "container cp".
  const std::string& words() const { return words_; }
  // "calf cp", "calf cp [OPTIONS] …".
  std::string CommandPath() const { return "calf " + words_; }
  std::string UsageLine() const;

  // Opens the store of --root. Errors: not root, the errors of Store::Open.
  Result<Store> OpenStore() const;

 private:
  const GlobalOptions& globals_;
  const Command& command_;
  std::string words_;
};

// Parses the global flags, finds the row and calls it. Returns the exit code.
int Dispatch(const std::vector<Command>& commands, int argc, char** argv);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_COMMAND_H_
