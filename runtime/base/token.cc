#include "runtime/base/token.h"

#include <cerrno>

namespace cowbell {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr std::string_view kEmpty = "%-";

bool IsPlain(char c) { return c >= 0x21 && c <= 0x7e && c != '%' && c != '='; }

Error BadByte(size_t offset) {
  return Error::FromErrno(EINVAL, "unescape token: bad byte at offset " + std::to_string(offset));
}

}  // namespace

std::string EscapeToken(std::string_view bytes) {
  if (bytes.empty()) return std::string(kEmpty);
  std::string token;
  token.reserve(bytes.size());
  for (const char c : bytes) {
    if (IsPlain(c)) {
      token += c;
      continue;
    }
    const auto value = static_cast<unsigned char>(c);
    token += '%';
    token += kHexDigits[value >> 4];
    token += kHexDigits[value & 15];
  }
  return token;
}

Result<std::string> UnescapeToken(std::string_view token) {
  if (token == kEmpty) return std::string();
  if (token.empty()) return Error::FromErrno(EINVAL, "unescape token: it is empty");
  std::string bytes;
  bytes.reserve(token.size());
  for (size_t i = 0; i < token.size(); ++i) {
    if (IsPlain(token[i])) {
      bytes += token[i];
      continue;
    }
    if (token[i] != '%' || i + 2 >= token.size()) return BadByte(i);
    const size_t high = kHexDigits.find(token[i + 1]);
    const size_t low = kHexDigits.find(token[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return BadByte(i);
    const char c = static_cast<char>(high << 4 | low);
    if (IsPlain(c)) return BadByte(i);
    bytes += c;
    i += 2;
  }
  return bytes;
}

}  // namespace cowbell
