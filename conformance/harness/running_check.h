// One check that runs: its process, its pipes, and what it has reported so far.

#ifndef COWBELL_CONFORMANCE_HARNESS_RUNNING_CHECK_H_
#define COWBELL_CONFORMANCE_HARNESS_RUNNING_CHECK_H_

#include <poll.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "conformance/harness/runner.h"
#include "runtime/base/process.h"

namespace cowbell::conformance {

// Keeps the beginning and the end of a stream of any length.
class HeadTail {
 public:
  void Append(std::string_view bytes);
  std::string Text() const;

 private:
  static constexpr size_t kHalf = 32 << 10;
  std::string head_;
  std::string tail_;
  uint64_t cut_ = 0;
};

class RunningCheck {
 public:
  using Clock = std::chrono::steady_clock;

  // `number` is unique in the run.
  static Result<std::unique_ptr<RunningCheck>> Start(const CheckItem& item,
                                                     const RunnerOptions& options, size_t number);

  const CheckItem& item() const { return item_; }
  pid_t pid() const { return child_->pid(); }
  RunningCase Describe() const;

  // Adds the descriptors to wait for.
  void AddPollFds(std::vector<pollfd>& fds) const;
  // Reads what there is; results that arrived are appended to `ended`, events to `events`.
  void Pump(std::vector<record::CaseResult>& ended, std::vector<record::Event>& events);
  // The process has ended and everything has been read.
  bool Done();

  // When something has to be done about it: the deadline of the case, or of its killing.
  Clock::time_point deadline() const { return deadline_; }
  // Asks the keeper to end everything; the second time it is killed.
  void Stop(const std::string& why, std::string_view type);

  // REQUIRES: Done(). Results for all that did not report, and for what was left behind; removes
  // the working directory. `ended` gets them; output is added to those of `mine` that did not pass.
  void Conclude(std::vector<record::CaseResult>& ended);
  std::string out() const { return out_.Text(); }
  std::string err() const { return err_.Text(); }

 private:
  RunningCheck(const CheckItem& item, const RunnerOptions& options)
      : item_(item), options_(options) {}
  void TakeLine(const std::string& line, std::vector<record::CaseResult>& ended,
                std::vector<record::Event>& events);
  void RestartClock();
  record::CaseResult Blank(const CaseInfo* info) const;
  record::CaseResult LeftBehind() const;
  std::pair<std::string_view, std::string> WhyUndecided();

  const CheckItem& item_;
  const RunnerOptions& options_;
  std::string work_dir_;
  std::optional<ChildProcess> child_;
  UniqueFd event_fd_;
  UniqueFd out_fd_;
  UniqueFd err_fd_;
  std::string partial_line_;
  HeadTail out_;
  HeadTail err_;
  Clock::time_point deadline_;
  Clock::time_point case_start_;
  std::string current_case_;
  std::set<std::string> decided_;
  std::vector<std::string> leaks_;
  std::string unswept_;   // why the subject could not be asked what is left
  std::string end_;       // how the judge ended, as the keeper said
  std::string stop_why_;  // why it was stopped
  std::string_view stop_type_;
  bool killed_ = false;
};

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_RUNNING_CHECK_H_
