// Text: joining, splitting, and foreign bytes made safe to show.

#ifndef COWBELL_RUNTIME_BASE_TEXT_H_
#define COWBELL_RUNTIME_BASE_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cowbell {

// Makes foreign bytes safe for a terminal, XML 1.0, JSON and HTML text: bytes of ill-formed UTF-8
// become \xNN; code points that XML 1.0 does not allow (C0 but TAB and LF, DEL, U+FFFE, U+FFFF)
// become \xNN or \u{NNNN}; ANSI escape sequences are dropped. Longer than `max_bytes`: cut with
// "…[N bytes cut]…" in the middle.
std::string Sanitize(std::string_view bytes, size_t max_bytes = size_t{1} << 20);

std::vector<std::string> Split(std::string_view text, char separator);
// Lines without their ends; a last line without LF counts.
std::vector<std::string> Lines(std::string_view text);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view Trim(std::string_view text);

std::string HexEncode(std::string_view bytes);  // lower case

// `bytes` random bytes of the kernel as lower-case hex.
std::string RandomHex(size_t bytes);

// A ULID: 26 characters, sortable by time (https://github.com/ulid/spec).
std::string MakeUlid();

// "2026-11-23T15:59:24.913372737Z" (Go's RFC3339Nano: trailing zeros of the fraction cut).
std::string FormatTime(int64_t seconds, int64_t nanoseconds);
std::string NowText();

// Quotes an argument for a POSIX shell, only where needed.
std::string ShellQuote(std::string_view argument);
std::string ShellJoin(const std::vector<std::string>& argv);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BASE_TEXT_H_
