#include "conformance/cli/progress.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using record::CaseStatus;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kSlow{5};
constexpr std::chrono::milliseconds kLiveInterval{200};
constexpr size_t kCounterSteps = 10;  // counter lines of a run that nobody watches

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string NameOf(const RunningCase& running) {
  return std::string(running.item->clause->id) +
         (running.name.empty() ? "" : "/" + Sanitize(running.name));
}

size_t TerminalWidth() {
  winsize size = {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(size_t planned, Verbosity verbosity, FILE* text, UniqueFd events,
                   std::function<void(record::CaseResult&)> judge)
    : planned_(planned),
      verbosity_(verbosity),
      text_(text),
      style_(StyleFor(fileno(text))),
      events_(std::move(events)),
      judge_(std::move(judge)),
      live_(verbosity != Verbosity::kQuiet && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { EraseLive(); }

void Progress::Happened(const record::Event& event) {
  if (!events_.valid()) return;
  const Status written = WriteAll(events_.get(), record::EncodeEvent(event));
  if (!written.has_value() && log_error_ == 0) log_error_ = written.error().errno_value();
}

bool Progress::Shows(const record::CaseResult& result) const {
  if (result.gates || verbosity_ == Verbosity::kVerbose) return true;
  if (verbosity_ == Verbosity::kQuiet) return false;
  if (result.status == CaseStatus::kSkippedNotApplicable) return false;
  const bool plain_pass =
      result.status == CaseStatus::kPass && result.verdict == record::Verdict::kOk;
  return live_ || !plain_pass;
}

void Progress::CaseEnded(const record::CaseResult& ended) {
  record::CaseResult result = ended;
  judge_(result);
  ++ended_;
  planned_ = std::max(planned_, ended_);
  red_ += result.gates ? 1 : 0;
  if (Shows(result)) {
    Print(ResultLine(result, ended_, planned_, style_));
    if (verbosity_ == Verbosity::kVerbose && result.status != CaseStatus::kPass) {
      Print(ResultDetails(result));
    }
  }
  const size_t step = std::max<size_t>(planned_ / kCounterSteps, 1);
  if (!live_ && verbosity_ == Verbosity::kNormal && planned_ > 2 * kCounterSteps &&
      ended_ / step != counter_shown_) {
    counter_shown_ = ended_ / step;
    Print(fmt::format(" [{:7.1f}s] {}/{} cases, {} red\n", Seconds(Clock::now() - start_), ended_,
                      planned_, red_));
  }
}

void Progress::MarkSlow(const RunningCase& running) {
  if (running.name.empty() || running.age < kSlow || verbosity_ == Verbosity::kQuiet) return;
  const std::string key = running.item->subject + " " + running.item->fault + NameOf(running);
  if (!slow_.insert(key).second) return;
  if (live_ || verbosity_ == Verbosity::kVerbose) {
    Print(fmt::format("    SLOW [>{:7.3f}s] {} {}\n", Seconds(kSlow), running.item->subject,
                      NameOf(running)));
  }
}

void Progress::Tick(const std::vector<RunningCase>& running) {
  for (const RunningCase& each : running)
    MarkSlow(each);
  const auto now = Clock::now();
  if (!live_ || now - last_live_ < kLiveInterval) return;
  last_live_ = now;
  const auto elapsed = static_cast<int64_t>(Seconds(now - start_));
  std::string line =
      fmt::format(" [{:02}:{:02}:{:02}] {}/{}  {} red  {} running:", elapsed / 3600,
                  elapsed / 60 % 60, elapsed % 60, ended_, planned_, red_, running.size());
  for (const RunningCase& each : running)
    line += fmt::format(" {} ({:.1f}s)", NameOf(each), Seconds(each.age));
  line.resize(std::min(line.size(), TerminalWidth() - 1));
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  live_shown_ = true;
}

void Progress::Asked(const std::vector<RunningCase>& running) {
  EraseLive();
  std::fprintf(stderr, "%zu/%zu cases, %zu red, running now:\n", ended_, planned_, red_);
  for (const RunningCase& each : running) {
    std::fprintf(stderr, "  %8.1fs  pid %d  %s %s\n", Seconds(each.age), each.pid,
                 each.item->subject.c_str(), NameOf(each).c_str());
  }
}

void Progress::Interrupted(int signal, size_t running) {
  EraseLive();
  std::fprintf(stderr,
               "\nSIG%s: nothing more is started; waiting for %zu running check%s. Once more to "
               "kill them.\n",
               sigabbrev_np(signal), running, running == 1 ? "" : "s");
}

void Progress::EraseLive() {
  if (!live_shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  live_shown_ = false;
}

void Progress::Print(const std::string& text) {
  EraseLive();
  std::fputs(text.c_str(), text_);
  std::fflush(text_);
}

}  // namespace cowbell::conformance
