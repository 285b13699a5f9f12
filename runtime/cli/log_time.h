// The times of `logs --since` and `--until`.

#ifndef COWBELL_RUNTIME_CLI_LOG_TIME_H_
#define COWBELL_RUNTIME_CLI_LOG_TIME_H_

#include <string>

#include "runtime/base/result.h"

namespace cowbell {

// An RFC 3339 time in UTC brought to nine digits of fraction, so that texts compare as times do.
std::string ComparableTime(const std::string& rfc3339);

// "2013-01-02T13:23:37Z", a date alone, seconds since 1970 with a fraction, or a duration before
// now ("42m", "1h30m"). The result is comparable. Errors: Docker's words.
Result<std::string> ParseLogTime(const std::string& text);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_LOG_TIME_H_
