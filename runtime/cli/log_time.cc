#include "runtime/cli/log_time.h"

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// Go's time.ParseDuration for the units that make sense here, in nanoseconds.
std::optional<int64_t> Duration(const std::string& text) {
  double total = 0;
  const char* at = text.c_str();
  while (*at != '\0') {
    char* end = nullptr;
    const double number = strtod(at, &end);
    if (end == at || number < 0) return std::nullopt;
    const std::string rest = end;
    double unit = 0;
    size_t length = 1;
    if (rest.rfind("ms", 0) == 0) {
      unit = 1e6;
      length = 2;
    } else if (rest.rfind("s", 0) == 0) {
      unit = 1e9;
    } else if (rest.rfind("m", 0) == 0) {
      unit = 60e9;
    } else if (rest.rfind("h", 0) == 0) {
      unit = 3600e9;
    } else {
      return std::nullopt;
    }
    total += number * unit;
    at = end + length;
  }
  if (text.empty() || total > 9e18) return std::nullopt;
  return static_cast<int64_t>(total);
}

// Seconds since 1970 and the rest of the text.
std::optional<int64_t> Calendar(const std::string& text, std::string* rest) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    struct tm parts = {};
    const char* end = strptime(text.c_str(), format, &parts);
    if (end == nullptr) continue;
    *rest = end;
    return timegm(&parts);
  }
  return std::nullopt;
}

std::optional<int64_t> Offset(const std::string& zone) {
  if (zone.empty() || zone == "Z") return 0;
  int hours = 0;
  int minutes = 0;
  char sign = 0;
  if (zone.size() != 6 || sscanf(zone.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3) {
    return std::nullopt;
  }
  if (sign != '+' && sign != '-') return std::nullopt;
  const int64_t seconds = hours * 3600 + minutes * 60;
  return sign == '-' ? -seconds : seconds;
}

}  // namespace

std::string ComparableTime(const std::string& rfc3339) {
  const size_t dot = rfc3339.find('.');
  std::string whole = rfc3339.substr(0, dot);
  if (!whole.empty() && whole.back() == 'Z') whole.pop_back();
  std::string fraction = dot == std::string::npos ? "" : rfc3339.substr(dot + 1);
  if (!fraction.empty() && fraction.back() == 'Z') fraction.pop_back();
  fraction.resize(9, '0');
  return whole + "." + fraction;
}

Result<std::string> ParseLogTime(const std::string& text) {
  const Error invalid = Error::FromMessage("invalid value for a time: \"" + Sanitize(text) + "\"");
  if (const std::optional<int64_t> age = Duration(text)) {
    timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t then = int64_t{now.tv_sec} * kSecond + now.tv_nsec - *age;
    return ComparableTime(FormatTime(then / kSecond, then % kSecond));
  }
  std::string rest;
  std::string fraction;
  std::optional<int64_t> seconds = Calendar(text, &rest);
  if (!seconds.has_value()) {
    char* end = nullptr;
    seconds = strtoll(text.c_str(), &end, 10);
    if (end == text.c_str()) return invalid;
    rest = end;
  }
  if (!rest.empty() && rest[0] == '.') {
    size_t digits = rest.find_first_not_of("0123456789", 1);
    if (digits == std::string::npos) digits = rest.size();
    fraction = rest.substr(1, digits - 1);
    rest.erase(0, digits);
  }
  const std::optional<int64_t> offset = Offset(rest);
  if (!offset.has_value()) return invalid;
  fraction.resize(9, '0');
  return ComparableTime(FormatTime(*seconds - *offset, strtoll(fraction.c_str(), nullptr, 10)));
}

}  // namespace cowbell
