#include "runtime/cli/output.h"

#include <unistd.h>

#include <cctype>
#include <cstring>

#include "runtime/base/file.h"
#include "runtime/cli/command.h"

namespace cowbell {
namespace {
int FramedError(const CommandContext& context, const std::string& text, int code) {
  PrintErr("calf: " + text + "\n\nRun '" + context.CommandPath() +
           " --help' for more information\n");
  return code;
}
}  // namespace

void PrintOut(std::string_view text) { (void)WriteAll(STDOUT_FILENO, text).has_value(); }
void PrintErr(std::string_view text) { (void)WriteAll(STDERR_FILENO, text).has_value(); }

// The texts of lookups are whole sentences of Docker's; their errno only says which kind they are.
std::string ErrorText(const Error& error) {
  for (const char* sentence : {"No such ", "Multiple IDs found", "Conflict. ", "Invalid ",
                               "Container ", "Error when allocating new name: "}) {
    if (error.message().rfind(sentence, 0) == 0) return error.message();
  }
  return error.ToString();
}

std::string GoErrnoText(int errno_value) {
  std::string text = strerror(errno_value);
  text[0] = static_cast<char>(tolower(text[0]));
  return text;
}

int DaemonError(const std::string& text) {
  PrintErr("Error response from daemon: " + text + "\n");
  return kExitEngineError;
}

int DaemonError(const Error& error) { return DaemonError(ErrorText(error)); }

int RunError(const CommandContext& context, const std::string& text, int code) {
  return FramedError(context, "Error response from daemon: " + text, code);
}

int ClientError(const CommandContext& context, const std::string& text, int code) {
  return FramedError(context, text, code);
}

}  // namespace cowbell
