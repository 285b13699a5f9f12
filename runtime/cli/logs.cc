#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <deque>
#include <optional>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/log_time.h"
#include "runtime/cli/output.h"
#include "runtime/container/log_file.h"
#include "runtime/store/containers.h"

namespace cowbell {
namespace {

struct LogsOptions {
  bool follow = false;
  bool timestamps = false;
  bool details = false;
  std::optional<size_t> tail;  // none: all
  std::string since, until;    // comparable times; "" is none
};

// Reads a log in pieces and prints its entries as they become complete lines.
class LogReader {
 public:
  LogReader(UniqueFd fd, const LogsOptions& options) : fd_(std::move(fd)), options_(options) {}

  Status PrintNew() {
    char buffer[65536];
    while (true) {
      const ssize_t n = read(fd_.get(), buffer, sizeof(buffer));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Error::FromErrno(errno, "read the log");
      if (n == 0) return Ok();
      pending_.append(buffer, static_cast<size_t>(n));
      size_t start = 0;
      for (size_t end = 0; (end = pending_.find('\n', start)) != std::string::npos;
           start = end + 1) {
        TRY(Take(std::string_view(pending_).substr(start, end - start)));
      }
      pending_.erase(0, start);
    }
  }

  // The lines that --tail kept back; later ones are printed as they come.
  void ReleaseTail() {
    for (const LogEntry& entry : tail_)
      Print(entry);
    tail_.clear();
    options_.tail.reset();
  }

 private:
  Status Take(std::string_view line) {
    LogEntry entry = TRY(DecodeLogEntry(line));
    const std::string time = ComparableTime(entry.time);
    if (!options_.since.empty() && time < options_.since) return Ok();
    if (!options_.until.empty() && time > options_.until) return Ok();
    if (!options_.tail.has_value()) {
      Print(entry);
      return Ok();
    }
    if (*options_.tail == 0) return Ok();
    if (tail_.size() == *options_.tail) tail_.pop_front();
    tail_.push_back(std::move(entry));
    return Ok();
  }

  void Print(const LogEntry& entry) const {
    std::string text = options_.timestamps ? entry.time + " " : "";
    if (options_.details) text += " ";
    text += entry.text;
    entry.stream == LogStream::kStdout ? PrintOut(text) : PrintErr(text);
  }

  UniqueFd fd_;
  LogsOptions options_;
  std::string pending_;
  std::deque<LogEntry> tail_;
};

// Prints until the run is over. The watch is there before the first look, so nothing is missed.
Status Follow(const Store& store, const std::string& id, LogReader& reader) {
  const Result<RunWatch> run = RunWatch::Open(store, id);
  const UniqueFd notify(inotify_init1(IN_CLOEXEC));
  if (!notify.valid()) return Error::FromErrno(errno, "inotify_init1");
  if (inotify_add_watch(notify.get(), LogPath(store, id).c_str(), IN_MODIFY) < 0 ||
      inotify_add_watch(notify.get(), store.ContainerDir(id).c_str(), IN_MOVED_TO | IN_MOVE_SELF) <
          0) {
    return errno == ENOENT ? Ok() : Status(Error::FromErrno(errno, "watch the log"));
  }
  while (run.has_value() && run.value().Running()) {
    TRY(reader.PrintNew());
    // The end of a run writes the state into the directory; the time limit covers a monitor that
    // was killed and wrote nothing.
    pollfd poller = {notify.get(), POLLIN, 0};
    if (poll(&poller, 1, 1000) > 0) {
      char events[4096];
      (void)!read(notify.get(), events, sizeof(events));
    }
  }
  return reader.PrintNew();
}

Status ParseTail(const std::string& text, LogsOptions& options) {
  size_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  // As Docker: anything that is no number means all.
  if (!text.empty() && stop == end && error == std::errc()) options.tail = count;
  return Ok();
}

}  // namespace

int LogsCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  LogsOptions options;
  std::vector<std::string> containers;
  const auto tail = [&](const std::string& value) { return ParseTail(value, options); };
  const auto since = [&](const std::string& value) -> Status {
    options.since = TRY(ParseLogTime(value));
    return Ok();
  };
  const auto until = [&](const std::string& value) -> Status {
    options.until = TRY(ParseLogTime(value));
    return Ok();
  };
  flags.Bool('\0', "details", &options.details, "Show extra details provided to logs");
  flags.Bool('f', "follow", &options.follow, "Follow log output");
  flags.Value('\0', "since", "string", since,
              "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. "
              "\"42m\" for 42 minutes)");
  flags.Value('n', "tail", "string", tail,
              "Number of lines to show from the end of the logs (default \"all\")");
  flags.Bool('t', "timestamps", &options.timestamps, "Show timestamps");
  flags.Value('\0', "until", "string", until, "Show logs before a timestamp or relative time");
  flags.Operands(1, 1, &containers);
  flags.Example("calf logs -f --tail 10 web");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Result<ContainerRecord> record = FindContainer(store.value(), containers.front());
  if (!record.has_value()) return DaemonError(record.error());
  const std::string& id = record.value().config.id;
  Result<UniqueFd> log = Open(LogPath(store.value(), id), O_RDONLY);
  if (!log.has_value()) {
    // Never started: there is nothing to show.
    return log.error().errno_value() == ENOENT ? 0 : DaemonError(log.error());
  }
  LogReader reader(std::move(log).value(), options);
  Status status = reader.PrintNew();
  reader.ReleaseTail();
  if (status.has_value() && options.follow) status = Follow(store.value(), id, reader);
  return status.has_value() ? 0 : DaemonError(status.error());
}

}  // namespace cowbell
