// What commands say to the user besides their results: Docker's texts on standard error and the
// exit codes that go with them.

#ifndef COWBELL_RUNTIME_CLI_OUTPUT_H_
#define COWBELL_RUNTIME_CLI_OUTPUT_H_

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace cowbell {

class CommandContext;

inline constexpr int kExitEngineError = 1;
inline constexpr int kExitUsageError = 125;
inline constexpr int kExitRunError = 125;
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;

// One write to standard output or standard error; a reader that went away is ignored.
void PrintOut(std::string_view text);
void PrintErr(std::string_view text);

// The error as Docker words it: a text for the user without the errno's name when it has no errno.
std::string ErrorText(const Error& error);

// The words of an errno as Go's programs have them: "no such file or directory".
std::string GoErrnoText(int errno_value);

// "Error response from daemon: TEXT" on standard error. Returns 1.
int DaemonError(const std::string& text);
int DaemonError(const Error& error);

// The form of `run`: "calf: Error response from daemon: TEXT", a blank line and the hint at --help.
// Returns `code`.
int RunError(const CommandContext& context, const std::string& text, int code = kExitRunError);

// "calf: TEXT", a blank line and the hint: errors that the client finds itself.
int ClientError(const CommandContext& context, const std::string& text, int code = kExitRunError);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_OUTPUT_H_
