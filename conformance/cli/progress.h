// Shows a run while it happens, and logs its events.

#ifndef COWBELL_CONFORMANCE_CLI_PROGRESS_H_
#define COWBELL_CONFORMANCE_CLI_PROGRESS_H_

#include <chrono>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "conformance/harness/runner.h"
#include "reports/terminal.h"
#include "runtime/base/unique_fd.h"

namespace cowbell::conformance {

enum class Verbosity { kQuiet, kNormal, kVerbose };

class Progress : public RunObserver {
 public:
  // `text` is where lines go (borrowed). `judge` sets verdict and gating of a result before it is
  // shown. `events` may be invalid.
  Progress(size_t planned, Verbosity verbosity, FILE* text, UniqueFd events,
           std::function<void(record::CaseResult&)> judge);
  ~Progress() override;

  void Happened(const record::Event& event) override;
  void CaseEnded(const record::CaseResult& result) override;
  void Tick(const std::vector<RunningCase>& running) override;
  void Asked(const std::vector<RunningCase>& running) override;
  void Interrupted(int signal, size_t running) override;

  // The event log could not be written: errno, 0 when all went well.
  int log_error() const { return log_error_; }

 private:
  bool Shows(const record::CaseResult& result) const;
  void Print(const std::string& text);
  void EraseLive();
  void MarkSlow(const RunningCase& running);

  size_t planned_;
  Verbosity verbosity_;
  FILE* text_;
  TerminalStyle style_;
  UniqueFd events_;
  std::function<void(record::CaseResult&)> judge_;
  bool live_;  // standard error is a terminal: its last line is rewritten
  bool live_shown_ = false;
  int log_error_ = 0;
  size_t ended_ = 0;
  size_t red_ = 0;
  size_t counter_shown_ = 0;
  std::set<std::string> slow_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_live_{};
};

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_CLI_PROGRESS_H_
