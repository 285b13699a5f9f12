#include "runtime/container/failure.h"

#include <unistd.h>

#include <cstdlib>

#include "runtime/base/file.h"

namespace cowbell {

StartFailure EngineFailure(const Error& error) { return {125, error.ToString()}; }

void ReportFailure(int report_fd, const StartFailure& failure) {
  (void)WriteAll(report_fd, std::to_string(failure.code) + " " + failure.text).has_value();
  _exit(failure.code);
}

Result<StartFailure> ReadFailure(int report_fd) {
  const std::string text = TRY(ReadAll(report_fd, 1 << 20).Within("read the start's report"));
  if (text.empty()) return StartFailure{0, ""};
  const size_t blank = text.find(' ');
  if (blank == std::string::npos) return Error::FromMessage("a broken report of the start");
  return StartFailure{atoi(text.c_str()), text.substr(blank + 1)};
}

}  // namespace cowbell
