// Why a container or an exec'ed process did not start, with the exit code that `run` gives it.

#ifndef COWBELL_RUNTIME_CONTAINER_FAILURE_H_
#define COWBELL_RUNTIME_CONTAINER_FAILURE_H_

#include <string>

#include "runtime/base/result.h"

namespace cowbell {

struct StartFailure {
  int code = 0;  // 0 none, 125 engine, 126 not executable, 127 not found
  std::string text;  // one line
};

// 125 with the error's text.
StartFailure EngineFailure(const Error& error);

// Over the pipe between clone and exec: the child's side ends the process.
[[noreturn]] void ReportFailure(int report_fd, const StartFailure& failure);
// The parent's side reads to the end. Nothing was written: the program was executed, `text` empty.
Result<StartFailure> ReadFailure(int report_fd);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_FAILURE_H_
