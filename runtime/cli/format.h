// Sizes, ages and times as Docker prints them.

#ifndef COWBELL_RUNTIME_CLI_FORMAT_H_
#define COWBELL_RUNTIME_CLI_FORMAT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace cowbell {

// Decimal units, three digits: "0B", "1.99MB", "12.3kB".
std::string HumanSize(uint64_t bytes);

// "Less than a second", "5 seconds", "About a minute", … "3 years". Negative counts as none.
std::string HumanDuration(int64_t seconds);

struct TimePoint {
  int64_t seconds = 0;  // since 1970-01-01 UTC
  int64_t nanoseconds = 0;
  auto operator<=>(const TimePoint&) const = default;
};

// RFC 3339 with up to nine digits of fraction, "Z" or an offset. Errors: anything else.
Result<TimePoint> ParseTime(std::string_view text);

TimePoint Now();

// "2026-11-23 15:57:36 +0000 UTC"; Go's form of a time in whole seconds.
std::string GoTime(const TimePoint& time);

// What Go prints for a time that was never set.
inline constexpr char kZeroTime[] = "0001-01-01T00:00:00Z";

// "sha256:HEX" or HEX -> its first 12 digits.
std::string ShortId(std::string_view id);

// Cut to `length` code points, the last one being "…". `length` > 0.
std::string Ellipsis(const std::string& text, size_t length);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_FORMAT_H_
