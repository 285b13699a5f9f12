#include "conformance/harness/running_check.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "conformance/harness/event_listener.h"
#include "conformance/harness/leftovers.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using record::CaseResult;
using record::CaseStatus;

constexpr int kEventFd = 3;
// The keeper kills, sweeps and unmounts; longer than the sum of its own limits.
constexpr std::chrono::seconds kStopTime{90};
constexpr std::chrono::seconds kSweepTime{60};
constexpr size_t kLineLimit = 64 << 20;
constexpr size_t kNamedLeaks = 5;

std::vector<std::string> EnvironmentOfCheck(const std::string& id, const std::string& tmp) {
  std::vector<std::string> env;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("TMPDIR=") && !text.starts_with("GTEST_")) env.emplace_back(text);
  }
  env.push_back("TMPDIR=" + tmp);
  env.push_back("COWBELL_CHECK=" + id);
  return env;
}

// Reads what is there without waiting; false at the end of the stream.
template <typename Take>
bool Drain(int fd, Take take) {
  char buffer[65536];
  while (true) {
    const ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n > 0) {
      take(std::string_view(buffer, static_cast<size_t>(n)));
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else {
      return n < 0 && errno == EAGAIN;
    }
  }
}

Result<UniqueFd> NonBlocking(UniqueFd fd) {
  if (fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) return Error::FromErrno(errno, "fcntl(F_SETFL)");
  return fd;
}

// The last line that says something.
std::string LastLine(std::string_view text) {
  const std::vector<std::string> lines = Lines(text);
  for (auto it = lines.rbegin(); it != lines.rend(); ++it) {
    if (!Trim(*it).empty()) return Sanitize(Trim(*it), 300);
  }
  return {};
}

}  // namespace

void HeadTail::Append(std::string_view bytes) {
  const size_t room = kHalf - std::min(kHalf, head_.size());
  head_.append(bytes.substr(0, room));
  if (bytes.size() <= room) return;
  tail_.append(bytes.substr(room));
  if (tail_.size() > 2 * kHalf) {
    cut_ += tail_.size() - kHalf;
    tail_.erase(0, tail_.size() - kHalf);
  }
}

std::string HeadTail::Text() const {
  if (cut_ == 0) return head_ + tail_;
  return head_ + "\n…[" + std::to_string(cut_) + " bytes cut]…\n" + tail_;
}

Result<std::unique_ptr<RunningCheck>> RunningCheck::Start(const CheckItem& item,
                                                          const RunnerOptions& options,
                                                          size_t number) {
  std::unique_ptr<RunningCheck> check(new RunningCheck(item, options));
  const std::string id = std::to_string(number);
  check->work_dir_ =
      options.work_dir + "/" + item.subject + "/" + id + "-" + std::string(item.clause->id);
  TRY(MakeDirs(check->work_dir_ + "/tmp"));
  Pipe events = TRY(MakePipe());
  Pipe out = TRY(MakePipe());
  Pipe err = TRY(MakePipe());
  SpawnOptions spawn;
  spawn.argv = {"/proc/self/exe", "check",
                "--clause",       std::string(item.clause->id),
                "--subject",      item.profile,
                "--work-dir",     check->work_dir_,
                "--run-label",    options.run_label + "-" + id,
                "--probe",        options.probe_path,
                "--deadline-ms",  std::to_string(item.deadline.count() * 4 / 5),
                "--event-fd",     std::to_string(kEventFd)};
  if (!item.fault.empty()) spawn.argv.insert(spawn.argv.end(), {"--fault", item.fault});
  if (item.private_store) {
    spawn.argv.push_back("--private-store");
  } else if (!item.store_dir.empty()) {
    spawn.argv.insert(spawn.argv.end(), {"--store-dir", item.store_dir});
  }
  spawn.env = EnvironmentOfCheck(options.run_label + "-" + id, check->work_dir_ + "/tmp");
  spawn.cwd = check->work_dir_;
  spawn.stdout_fd = out.write.get();
  spawn.stderr_fd = err.write.get();
  spawn.extra_fds = {{events.write.get(), kEventFd}};
  check->child_ = TRY(ChildProcess::Spawn(spawn).Within("start a check"));
  check->event_fd_ = TRY(NonBlocking(std::move(events.read)));
  check->out_fd_ = TRY(NonBlocking(std::move(out.read)));
  check->err_fd_ = TRY(NonBlocking(std::move(err.read)));
  check->case_start_ = Clock::now();
  check->RestartClock();
  return check;
}

RunningCase RunningCheck::Describe() const {
  return {&item_, current_case_, child_->pid(), Clock::now() - case_start_};
}

void RunningCheck::RestartClock() { deadline_ = Clock::now() + item_.deadline; }

void RunningCheck::AddPollFds(std::vector<pollfd>& fds) const {
  for (const int fd : {event_fd_.get(), out_fd_.get(), err_fd_.get(), child_->pidfd()}) {
    if (fd >= 0) fds.push_back({fd, POLLIN, 0});
  }
}

void RunningCheck::Pump(std::vector<CaseResult>& ended, std::vector<record::Event>& events) {
  if (out_fd_.valid() && !Drain(out_fd_.get(), [&](auto bytes) { out_.Append(bytes); })) {
    out_fd_.reset();
  }
  if (err_fd_.valid() && !Drain(err_fd_.get(), [&](auto bytes) { err_.Append(bytes); })) {
    err_fd_.reset();
  }
  if (!event_fd_.valid()) return;
  const bool open = Drain(event_fd_.get(), [&](auto bytes) {
    partial_line_.append(bytes);
    if (partial_line_.size() > kLineLimit) partial_line_.clear();  // no event: a lost result
    size_t end = 0;
    while ((end = partial_line_.find('\n')) != std::string::npos) {
      const std::string line = partial_line_.substr(0, end);
      partial_line_.erase(0, end + 1);
      TakeLine(line, ended, events);
    }
  });
  if (!open) event_fd_.reset();
}

void RunningCheck::TakeLine(const std::string& line, std::vector<CaseResult>& ended,
                            std::vector<record::Event>& events) {
  Result<record::Event> decoded = record::DecodeEvent(line);
  if (!decoded.has_value()) {
    leaks_.push_back("bytes on the event stream: " + decoded.error().message());
    return;
  }
  record::Event event = std::move(decoded).value();
  event.result.subject = item_.subject;
  event.result.fault = item_.fault;
  switch (event.kind) {
    case record::Event::Kind::kCaseStart:
      current_case_ = event.result.name;
      case_start_ = Clock::now();
      RestartClock();
      break;
    case record::Event::Kind::kCaseEnd:
      current_case_.clear();
      RestartClock();
      if (!decided_.insert(event.result.name).second) {
        event.result.status = CaseStatus::kError;
        event.result.type = record::kTypeHarness;
        event.result.message = "the case reported twice: a child process ran on as the judge";
      }
      ended.push_back(event.result);
      break;
    case record::Event::Kind::kLeak:
      leaks_.push_back(event.text);
      deadline_ = Clock::now() + kSweepTime;
      break;
    case record::Event::Kind::kUnswept:
      unswept_ = event.text;
      break;
    case record::Event::Kind::kCheckEnd:
      end_ = event.text;
      break;
    case record::Event::Kind::kRunStart:
    case record::Event::Kind::kRunEnd:
      break;
  }
  events.push_back(std::move(event));
}

bool RunningCheck::Done() { return child_->Wait(std::chrono::milliseconds(0)).has_value(); }

void RunningCheck::Stop(const std::string& why, std::string_view type) {
  if (stop_why_.empty()) {
    stop_why_ = why;
    stop_type_ = type;
    (void)child_->Signal(SIGTERM);
    deadline_ = Clock::now() + kStopTime;
    return;
  }
  killed_ = true;
  child_->KillGroup();
  deadline_ = Clock::now() + kStopTime;
}

CaseResult RunningCheck::Blank(const CaseInfo* info) const {
  CaseResult result = BlankResult(*item_.clause);
  result.subject = item_.subject;
  result.fault = item_.fault;
  if (info != nullptr) {
    result.name = info->name;
    result.file = info->file;
    result.line = info->line;
  }
  return result;
}

// Why the case that ran, or the whole check, has no result.
std::pair<std::string_view, std::string> RunningCheck::WhyUndecided() {
  if (!stop_why_.empty()) {
    return {stop_type_, stop_why_ + (killed_ ? "; the check's keeper had to be killed" : "")};
  }
  const std::string said = LastLine(err_.Text());
  if (end_.empty()) {
    const Result<ExitStatus> status = child_->Wait();
    return {record::kTypeHarness, "the check's keeper ended by " +
                                      (status.has_value() ? status.value().ToString() : "?") +
                                      (said.empty() ? "" : ": " + said)};
  }
  if (current_case_.empty() && decided_.empty() && end_ == "exit code 1" && !said.empty()) {
    return {record::kTypeHarness, said};
  }
  return {record::kTypeCrash, "the check's process ended without a result: " + end_ +
                                  (said.empty() ? "" : ": " + said)};
}

void RunningCheck::Conclude(std::vector<CaseResult>& ended) {
  const auto [type, why] = WhyUndecided();
  bool undecided = false;
  for (const CaseInfo& info : item_.cases) {
    if (decided_.contains(info.name)) continue;
    CaseResult result = Blank(&info);
    result.status = CaseStatus::kError;
    const bool ran = info.name == current_case_ || (current_case_.empty() && !undecided);
    result.type = ran ? type : record::kTypeNotRun;
    result.message = ran ? why : "not run: " + why;
    if (info.name == current_case_) {
      result.duration_s = std::chrono::duration<double>(Clock::now() - case_start_).count();
    }
    undecided = true;
    ended.push_back(std::move(result));
  }
  const bool orderly = !undecided && end_ == "exit code 0" && stop_why_.empty();
  if (!undecided && !orderly) {
    CaseResult result = Blank(nullptr);
    result.name = "EndsInOrder";
    result.status = CaseStatus::kError;
    result.type = type;
    result.message = "after the last case: " + why;
    ended.push_back(std::move(result));
  }
  if (!options_.keep) {
    for (const std::string& line : UnmountBelow(work_dir_))
      leaks_.push_back(line);
    const Status removed = RemoveTree(work_dir_);
    if (!removed.has_value()) leaks_.push_back(removed.error().ToString());
  }
  if (orderly && !(leaks_.empty() && unswept_.empty())) ended.push_back(LeftBehind());
}

CaseResult RunningCheck::LeftBehind() const {
  CaseResult result = Blank(nullptr);
  result.name = "LeavesNothingBehind";
  if (leaks_.empty()) {
    result.status = CaseStatus::kError;
    result.type = record::kTypeHarness;
    result.message = unswept_;
    return result;
  }
  result.status = CaseStatus::kFail;
  result.type = record::kTypeLeak;
  result.transcript = leaks_;
  const size_t named = std::min(leaks_.size(), kNamedLeaks);
  result.message =
      "left behind: " + Join({leaks_.begin(), leaks_.begin() + static_cast<long>(named)}, "; ") +
      (named < leaks_.size() ? "; and " + std::to_string(leaks_.size() - named) + " more" : "");
  return result;
}

}  // namespace cowbell::conformance
