// Names of signals as the command line and images spell them.

#ifndef COWBELL_RUNTIME_CONTAINER_SIGNALS_H_
#define COWBELL_RUNTIME_CONTAINER_SIGNALS_H_

#include <string>

#include "runtime/base/result.h"

namespace cowbell {

// "9", "KILL", "SIGKILL", "kill", "RTMIN+3". Errors: "Invalid signal: NOPE".
Result<int> ParseSignal(const std::string& text);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_SIGNALS_H_
