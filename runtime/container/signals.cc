#include "runtime/container/signals.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <csignal>
#include <cstring>
#include <optional>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

std::optional<int> Number(const std::string& text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || stop != end || error != std::errc()) return std::nullopt;
  return value;
}

}  // namespace

Result<int> ParseSignal(const std::string& text) {
  const Error invalid = Error::FromMessage("Invalid signal: " + Sanitize(text));
  if (const std::optional<int> number = Number(text); number.has_value()) {
    if (*number < 1 || *number > SIGRTMAX) return invalid;
    return *number;
  }
  std::string name = text;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (name.rfind("SIG", 0) == 0) name.erase(0, 3);
  for (int number = 1; number < SIGRTMIN; ++number) {
    const char* known = sigabbrev_np(number);
    if (known != nullptr && name == known) return number;
  }
  if (name == "RTMIN") return SIGRTMIN;
  if (name == "RTMAX") return SIGRTMAX;
  if (name.rfind("RTMIN+", 0) == 0 || name.rfind("RTMAX-", 0) == 0) {
    const std::optional<int> offset = Number(name.substr(6));
    const bool up = name[5] == '+';
    if (offset.has_value() && *offset >= 0 && *offset <= SIGRTMAX - SIGRTMIN) {
      return up ? SIGRTMIN + *offset : SIGRTMAX - *offset;
    }
  }
  return invalid;
}

}  // namespace cowbell
