#include "runtime/cli/format.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace cowbell {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads `count` digits from the front of `text`; -1 when there are fewer.
int64_t TakeNumber(std::string_view* text, size_t count) {
  if (text->size() < count) return -1;
  int64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit((*text)[i])) return -1;
    value = value * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(count);
  return value;
}

bool TakeChar(std::string_view* text, char expected) {
  if (text->empty() || text->front() != expected) return false;
  text->remove_prefix(1);
  return true;
}

// ".123" -> 123000000; none is 0; malformed is -1.
int64_t TakeFraction(std::string_view* text) {
  if (!TakeChar(text, '.')) return 0;
  int64_t nanoseconds = 0;
  size_t digits = 0;
  while (!text->empty() && IsDigit(text->front())) {
    if (++digits > 9) return -1;
    nanoseconds = nanoseconds * 10 + (text->front() - '0');
    text->remove_prefix(1);
  }
  if (digits == 0) return -1;
  for (; digits < 9; ++digits)
    nanoseconds *= 10;
  return nanoseconds;
}

// "Z", "+02:00" to the end of `text`, in seconds; false when malformed.
bool TakeOffset(std::string_view text, int64_t* seconds) {
  *seconds = 0;
  if (text == "Z" || text == "z") return true;
  const bool negative = TakeChar(&text, '-');
  if (!negative && !TakeChar(&text, '+')) return false;
  const int64_t hours = TakeNumber(&text, 2);
  const bool colon = TakeChar(&text, ':');
  const int64_t minutes = TakeNumber(&text, 2);
  if (hours < 0 || hours > 23 || !colon || minutes < 0 || minutes > 59 || !text.empty()) {
    return false;
  }
  *seconds = (hours * 60 + minutes) * 60 * (negative ? -1 : 1);
  return true;
}

}  // namespace

std::string HumanSize(uint64_t bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  // 999.5 would be rounded to four digits.
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  char buffer[32];
  (void)snprintf(buffer, sizeof(buffer), "%.3g%s", value, kUnits[unit]);
  return buffer;
}

std::string HumanDuration(int64_t seconds) {
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return std::to_string(seconds) + " seconds";
  const int64_t minutes = seconds / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return std::to_string(minutes) + " minutes";
  const int64_t hours = (seconds + 1800) / 3600;  // rounded
  if (hours == 1) return "About an hour";
  if (hours < 48) return std::to_string(hours) + " hours";
  if (hours < 24 * 7 * 2) return std::to_string(hours / 24) + " days";
  if (hours < 24 * 30 * 2) return std::to_string(hours / 24 / 7) + " weeks";
  if (hours < 24 * 365 * 2) return std::to_string(hours / 24 / 30) + " months";
  return std::to_string(seconds / 3600 / 24 / 365) + " years";
}

Result<TimePoint> ParseTime(std::string_view text) {
  const Error malformed =
      Error::FromMessage("time '" + std::string(text) + "' is not in RFC 3339 form");
  struct tm parts = {};
  const int64_t year = TakeNumber(&text, 4);
  bool ok = year >= 0 && TakeChar(&text, '-');
  const int64_t month = TakeNumber(&text, 2);
  ok = ok && month >= 1 && month <= 12 && TakeChar(&text, '-');
  const int64_t day = TakeNumber(&text, 2);
  ok = ok && day >= 1 && day <= 31 && (TakeChar(&text, 'T') || TakeChar(&text, 't'));
  const int64_t hour = TakeNumber(&text, 2);
  ok = ok && hour >= 0 && hour <= 23 && TakeChar(&text, ':');
  const int64_t minute = TakeNumber(&text, 2);
  ok = ok && minute >= 0 && minute <= 59 && TakeChar(&text, ':');
  const int64_t second = TakeNumber(&text, 2);
  ok = ok && second >= 0 && second <= 60;
  const int64_t nanoseconds = TakeFraction(&text);
  int64_t offset = 0;
  if (!ok || nanoseconds < 0 || !TakeOffset(text, &offset)) return malformed;
  parts.tm_year = static_cast<int>(year) - 1900;
  parts.tm_mon = static_cast<int>(month) - 1;
  parts.tm_mday = static_cast<int>(day);
  parts.tm_hour = static_cast<int>(hour);
  parts.tm_min = static_cast<int>(minute);
  parts.tm_sec = static_cast<int>(second);
  return TimePoint{timegm(&parts) - offset, nanoseconds};
}

TimePoint Now() {
  struct timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return {now.tv_sec, now.tv_nsec};
}

std::string GoTime(const TimePoint& time) {
  const time_t seconds = time.seconds;
  struct tm parts = {};
  gmtime_r(&seconds, &parts);
  char buffer[64];
  const size_t n = strftime(buffer, sizeof(buffer), "%Y-%m-%d %H:%M:%S +0000 UTC", &parts);
  return std::string(buffer, n);
}

std::string ShortId(std::string_view id) {
  constexpr std::string_view kPrefix = "sha256:";
  if (id.substr(0, kPrefix.size()) == kPrefix) id.remove_prefix(kPrefix.size());
  return std::string(id.substr(0, 12));
}

std::string Ellipsis(const std::string& text, size_t length) {
  size_t cut = 0;  // end of the last code point that stays when the text is too long
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++count == length) cut = i;
  }
  return count <= length ? text : text.substr(0, cut) + "…";
}

}  // namespace cowbell
