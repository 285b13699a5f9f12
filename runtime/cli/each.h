// Commands over several containers: each is tried, successes are printed as typed, failures are one
// line each, and one failure makes the exit code 1.

#ifndef COWBELL_RUNTIME_CLI_EACH_H_
#define COWBELL_RUNTIME_CLI_EACH_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/cli/output.h"

namespace cowbell {

template <typename Function>
int ForEachContainer(const std::vector<std::string>& references, Function function) {
  int code = 0;
  for (const std::string& reference : references) {
    const Status status = function(reference);
    if (status.has_value()) {
      PrintOut(reference + "\n");
    } else {
      code = DaemonError(status.error());
    }
  }
  return code;
}

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_EACH_H_
