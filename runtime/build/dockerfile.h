// A Dockerfile as a list of instructions (Docker's Dockerfile reference, "Format"): continued lines
// joined, comments dropped. What an instruction means is not known here.

#ifndef COWBELL_RUNTIME_BUILD_DOCKERFILE_H_
#define COWBELL_RUNTIME_BUILD_DOCKERFILE_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

struct Instruction {
  int line = 0;           // where it begins, from 1
  std::string name;       // in capitals
  std::string arguments;  // trimmed
  std::string Text() const { return arguments.empty() ? name : name + " " + arguments; }
};

// Errors, in Docker's words: "dockerfile parse error line 2: unknown instruction: BOGUS", "the
// Dockerfile (Dockerfile) cannot be empty", an instruction without arguments.
Result<std::vector<Instruction>> ParseDockerfile(std::string_view text);

// ["a", "b"]; nullopt when it is no list of strings, which makes it the shell form.
std::optional<std::vector<std::string>> ParseExecForm(const std::string& arguments);

// "--chown=1:2 --from=x rest": takes the flags off. Values by name without dashes.
std::map<std::string, std::string> TakeFlags(std::string* arguments);

// The values that $NAME and ${NAME} stand for.
using Variables = std::map<std::string, std::string>;

// Replaces $NAME, ${NAME}, ${NAME:-word} and ${NAME:+word}; "\$" and single quotes protect.
// Quotes and backslashes stay. Errors: an unknown modifier, a brace that is not closed.
Result<std::string> Expand(const std::string& text, const Variables& variables);

// Splits at blanks outside of quotes and takes quotes and backslashes away.
Result<std::vector<std::string>> SplitWords(const std::string& text);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BUILD_DOCKERFILE_H_
