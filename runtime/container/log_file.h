// A container's log in Docker's json-file format: one object per line,
// {"log":"text\n","stream":"stdout","time":"RFC 3339 nano"}. A line longer than 16 KiB is cut into
// pieces without the newline, as Docker does it. Bytes that are no UTF-8 are written as they are,
// so that nothing is lost.

#ifndef COWBELL_RUNTIME_CONTAINER_LOG_FILE_H_
#define COWBELL_RUNTIME_CONTAINER_LOG_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

enum class LogStream { kStdout, kStderr };

struct LogEntry {
  std::string text;
  LogStream stream = LogStream::kStdout;
  std::string time;
};

std::string EncodeLogEntry(std::string_view text, LogStream stream, std::string_view time);
// Without the line's end. Errors: EINVAL, not an entry.
Result<LogEntry> DecodeLogEntry(std::string_view line);

// Appends to a log. The monitor's; not thread-safe.
class LogWriter {
 public:
  static Result<LogWriter> Open(const std::string& path);
  // Bytes as the container wrote them; an unfinished line is kept back.
  Status Write(LogStream stream, std::string_view bytes);
  // The unfinished lines, at the end of the run.
  Status Flush();

 private:
  explicit LogWriter(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
  std::string pending_[2];
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_LOG_FILE_H_
