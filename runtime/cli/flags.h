// Flags and operands of one command in Docker's dialect, which is pflag's grammar
// (https://github.com/spf13/pflag#command-line-flag-syntax): `-it`, `-eA=1`, `-e=A=1`, `--name x`,
// `--name=x`, `--entrypoint=` (an empty value), `--rm=false`, a value that starts with a dash,
// `--`, and for some commands an end of flags at the first operand. The errors are Docker's texts
// and codes.

#ifndef COWBELL_RUNTIME_CLI_FLAGS_H_
#define COWBELL_RUNTIME_CLI_FLAGS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/cli/command.h"

namespace cowbell {

// Declares, parses, and explains the flags of one call. Targets are borrowed; they keep their value
// when the flag is not given. Shorthand '\0' means none.
class FlagSet {
 public:
  // Takes one value, may refuse it: "invalid argument "=x" for "-e, --env" flag: TEXT".
  using Setter = std::function<Status(const std::string& value)>;

  explicit FlagSet(const CommandContext& context) : context_(context) {}

  void Bool(char shorthand, const char* name, bool* target, const char* help);
  void String(char shorthand, const char* name, std::string* target, const char* help);
  // Null until given, for flags whose empty value means something.
  void OptionalString(char shorthand, const char* name, std::optional<std::string>* target,
                      const char* help);
  // Every occurrence appends.
  void List(char shorthand, const char* name, std::vector<std::string>* target, const char* help);
  void Int(char shorthand, const char* name, int* target, const char* help);
  // Any other kind; `type` is the word shown by --help ("list", "bytes").
  void Value(char shorthand, const char* name, const char* type, Setter setter, const char* help);
  // An older or other name of a flag declared before; not shown by --help.
  void Synonym(const char* name, const char* of);

  // How many operands the command takes; `max` -1 is no limit. Default: none.
  void Operands(int min, int max, std::vector<std::string>* target);
  // The first operand ends the flags (`run`, `create`, `exec`).
  void StopAtFirstOperand() { stop_at_first_ = true; }
  // Shown by --help after "Example:".
  void Example(const char* text) { example_ = text; }

  // True if the flag was given.
  bool Given(const char* name) const;

  // Sets the targets. A value: the command ends now with this exit code (--help, a usage error);
  // the text has been printed.
  std::optional<int> Parse(const std::vector<std::string>& args);

  // An error in the flags found later than by Parse: text, usage, hint. Returns 125.
  int UsageError(const std::string& text) const;

 private:
  struct Flag {
    char shorthand = '\0';
    std::string name;
    std::string type;  // "" for a bool
    std::string help;
    Setter setter;
    bool given = false;
    bool hidden = false;
    bool is_bool() const { return type.empty(); }
  };
  // The state of one walk over the arguments.
  struct Walk;

  void Add(char shorthand, const char* name, const char* type, Setter setter, const char* help);
  Flag* FindLong(const std::string& name);
  Flag* FindShort(char shorthand);
  Status ParseLong(const std::string& token, Walk& walk);
  Status ParseShort(const std::string& token, Walk& walk);
  Status Set(Flag& flag, const std::string& value);
  int CountError() const;
  std::string HelpText() const;

  const CommandContext& context_;
  std::vector<Flag> flags_;
  int min_operands_ = 0;
  int max_operands_ = 0;
  std::vector<std::string>* operands_ = nullptr;
  bool stop_at_first_ = false;
  bool help_wanted_ = false;
  std::string example_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_FLAGS_H_
