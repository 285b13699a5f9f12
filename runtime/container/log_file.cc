#include "runtime/container/log_file.h"

#include <fcntl.h>

#include <cerrno>
#include <charconv>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr size_t kMaxLine = 16384;
constexpr char kHex[] = "0123456789abcdef";

void AppendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
}

void AppendUtf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

// A flat JSON object of strings, of which the bytes outside of escapes are kept as they are: no
// general parser does that with bytes that are no UTF-8.
class EntryParser {
 public:
  explicit EntryParser(std::string_view line) : rest_(line) {}

  bool Parse(LogEntry* entry) {
    if (!Take('{')) return false;
    while (true) {
      std::string key;
      std::string value;
      if (!String(&key) || !Take(':') || !String(&value)) return false;
      if (key == "log")
        entry->text = std::move(value);
      else if (key == "time")
        entry->time = std::move(value);
      else if (key == "stream")
        entry->stream = value == "stderr" ? LogStream::kStderr : LogStream::kStdout;
      if (Take('}')) return rest_.empty();
      if (!Take(',')) return false;
    }
  }

 private:
  bool Take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool String(std::string* out) {
    if (!Take('"')) return false;
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] != '\\') {
        out->push_back(rest_[0]);
        rest_.remove_prefix(1);
      } else if (!Escape(out)) {
        return false;
      }
    }
    return Take('"');
  }

  bool Escape(std::string* out) {
    if (rest_.size() < 2) return false;
    const char kind = rest_[1];
    rest_.remove_prefix(2);
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (const size_t at = kNames.find(kind); at != std::string_view::npos) {
      out->push_back(kValues[at]);
      return true;
    }
    if (kind != 'u' || rest_.size() < 4) return false;
    unsigned code = 0;
    const char* digits = rest_.data();
    if (std::from_chars(digits, digits + 4, code, 16).ptr != digits + 4) return false;
    rest_.remove_prefix(4);
    AppendUtf8(*out, code);
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::string EncodeLogEntry(std::string_view text, LogStream stream, std::string_view time) {
  std::string out = "{\"log\":\"";
  AppendEscaped(out, text);
  out += stream == LogStream::kStdout ? "\",\"stream\":\"stdout" : "\",\"stream\":\"stderr";
  out += "\",\"time\":\"";
  out += time;
  out += "\"}\n";
  return out;
}

Result<LogEntry> DecodeLogEntry(std::string_view line) {
  LogEntry entry;
  if (!EntryParser(line).Parse(&entry)) {
    return Error::FromErrno(EINVAL, "a log entry: '" + Sanitize(line, 80) + "'");
  }
  return entry;
}

Result<LogWriter> LogWriter::Open(const std::string& path) {
  return LogWriter(TRY(cowbell::Open(path, O_WRONLY | O_CREAT | O_APPEND, 0640)));
}

Status LogWriter::Write(LogStream stream, std::string_view bytes) {
  std::string& pending = pending_[static_cast<size_t>(stream)];
  pending.append(bytes);
  std::string_view rest = pending;
  const std::string now = NowText();
  std::string entries;
  while (!rest.empty()) {
    const size_t newline = rest.substr(0, kMaxLine).find('\n');
    if (newline == std::string_view::npos && rest.size() < kMaxLine) break;
    const size_t size = newline == std::string_view::npos ? kMaxLine : newline + 1;
    entries += EncodeLogEntry(rest.substr(0, size), stream, now);
    rest.remove_prefix(size);
  }
  pending.erase(0, pending.size() - rest.size());
  return entries.empty() ? Ok() : WriteAll(fd_.get(), entries);
}

Status LogWriter::Flush() {
  for (const LogStream stream : {LogStream::kStdout, LogStream::kStderr}) {
    std::string& pending = pending_[static_cast<size_t>(stream)];
    if (pending.empty()) continue;
    TRY(WriteAll(fd_.get(), EncodeLogEntry(pending, stream, NowText())));
    pending.clear();
  }
  return Ok();
}

}  // namespace cowbell
