#include "runtime/base/text.h"

#include <sys/random.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>

namespace cowbell {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// Length of the well-formed UTF-8 sequence at the start of `s` (Unicode 15, table 3-7), 0 if none.
size_t SequenceLength(std::string_view s, uint32_t* code_point) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto tail = [&](size_t i) { return i < s.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char b = byte(0);
  if (b < 0x80) {
    *code_point = b;
    return 1;
  }
  size_t length = 0;
  uint32_t value = 0;
  uint32_t smallest = 0;
  if (b >= 0xC2 && b <= 0xDF) {
    length = 2;
    value = b & 0x1FU;
    smallest = 0x80;
  } else if (b >= 0xE0 && b <= 0xEF) {
    length = 3;
    value = b & 0x0FU;
    smallest = 0x800;
  } else if (b >= 0xF0 && b <= 0xF4) {
    length = 4;
    value = b & 0x07U;
    smallest = 0x10000;
  } else {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    if (!tail(i)) return 0;
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0;
  *code_point = value;
  return length;
}

// Length of an ANSI CSI or OSC sequence at the start of `s`, 0 if none.
size_t AnsiLength(std::string_view s) {
  if (s.size() < 2 || s[0] != '\x1b') return 0;
  if (s[1] == '[') {
    for (size_t i = 2; i < s.size(); ++i) {
      if (s[i] >= 0x40 && s[i] <= 0x7e) return i + 1;
      if (s[i] < 0x20) return 0;
    }
    return 0;
  }
  if (s[1] == ']') {
    for (size_t i = 2; i < s.size(); ++i) {
      if (s[i] == '\a') return i + 1;
      if (s[i] == '\x1b' && i + 1 < s.size() && s[i + 1] == '\\') return i + 2;
    }
  }
  return 0;
}

void AppendEscapedByte(std::string& out, unsigned char byte) {
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

std::string Escape(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    if (const size_t ansi = AnsiLength(bytes); ansi > 0) {
      bytes.remove_prefix(ansi);
      continue;
    }
    uint32_t code_point = 0;
    const size_t length = SequenceLength(bytes, &code_point);
    if (length == 0) {
      AppendEscapedByte(out, static_cast<unsigned char>(bytes[0]));
      bytes.remove_prefix(1);
      continue;
    }
    const bool control =
        (code_point < 0x20 && code_point != '\t' && code_point != '\n') || code_point == 0x7f;
    if (control) {
      AppendEscapedByte(out, static_cast<unsigned char>(code_point));
    } else if (code_point == 0xFFFE || code_point == 0xFFFF) {
      out += code_point == 0xFFFE ? "\\u{fffe}" : "\\u{ffff}";
    } else {
      out.append(bytes.substr(0, length));
    }
    bytes.remove_prefix(length);
  }
  return out;
}

}  // namespace

std::string Sanitize(std::string_view bytes, size_t max_bytes) {
  if (bytes.size() <= max_bytes) return Escape(bytes);
  const size_t half = max_bytes / 2;
  return Escape(bytes.substr(0, half)) + "…[" + std::to_string(bytes.size() - 2 * half) +
         " bytes cut]…" + Escape(bytes.substr(bytes.size() - half));
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  if (text.empty()) return lines;
  lines = Split(text, '\n');
  if (text.back() == '\n') lines.pop_back();
  return lines;
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string HexEncode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

namespace {
std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  size_t filled = 0;
  while (filled < count) {
    const ssize_t n = getrandom(bytes.data() + filled, count - filled, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) abort();  // getrandom(2) cannot fail with these arguments on a supported kernel
    filled += static_cast<size_t>(n);
  }
  return bytes;
}
}  // namespace

std::string RandomHex(size_t bytes) { return HexEncode(RandomBytes(bytes)); }

std::string MakeUlid() {
  constexpr char kCrockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  uint64_t time =
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  std::string ulid(26, '0');
  for (int i = 9; i >= 0; --i) {
    ulid[static_cast<size_t>(i)] = kCrockford[time & 31];
    time >>= 5;
  }
  const std::string random = RandomBytes(16);
  for (size_t i = 0; i < 16; ++i) {
    ulid[10 + i] = kCrockford[static_cast<unsigned char>(random[i]) & 31];
  }
  return ulid;
}

std::string FormatTime(int64_t seconds, int64_t nanoseconds) {
  const time_t time = seconds;
  struct tm parts = {};
  gmtime_r(&time, &parts);
  char buffer[64];
  const size_t n = strftime(buffer, sizeof(buffer), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string out(buffer, n);
  if (nanoseconds > 0) {
    std::string fraction = std::to_string(nanoseconds);
    fraction.insert(0, 9 - fraction.size(), '0');
    while (fraction.back() == '0')
      fraction.pop_back();
    out += "." + fraction;
  }
  return out + "Z";
}

std::string NowText() {
  struct timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return FormatTime(now.tv_sec, now.tv_nsec);
}

std::string ShellQuote(std::string_view argument) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(argument);
  }
  std::string out = "'";
  for (const char c : argument) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string ShellJoin(const std::vector<std::string>& argv) {
  std::string out;
  for (const std::string& argument : argv) {
    if (!out.empty()) out += ' ';
    out += ShellQuote(argument);
  }
  return out;
}

}  // namespace cowbell
