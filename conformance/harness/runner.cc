#include "conformance/harness/runner.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>

#include "conformance/harness/event_listener.h"
#include "conformance/harness/leftovers.h"
#include "conformance/harness/running_check.h"

namespace cowbell::conformance {
namespace {

using record::CaseResult;
using Clock = std::chrono::steady_clock;

// Blocks the signals and offers them on a descriptor; puts everything back at the end.
class Signals {
 public:
  Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD})
      sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, &old_);
    fd_.reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    prctl(PR_GET_CHILD_SUBREAPER, &was_reaper_);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  ~Signals() {
    (void)Take();
    prctl(PR_SET_CHILD_SUBREAPER, was_reaper_);
    sigprocmask(SIG_SETMASK, &old_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int fd() const { return fd_.get(); }
  std::vector<int> Take() {
    std::vector<int> signals;
    signalfd_siginfo info;
    while (read(fd_.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
      signals.push_back(static_cast<int>(info.ssi_signo));
    }
    return signals;
  }

 private:
  sigset_t old_;
  UniqueFd fd_;
  int was_reaper_ = 0;
};

class Runner {
 public:
  Runner(const std::vector<CheckItem>& items, const RunnerOptions& options, RunObserver& observer)
      : options_(options), observer_(observer) {
    for (const bool exclusive : {false, true}) {
      for (const CheckItem& item : items) {
        if (item.exclusive == exclusive) pending_.push_back(&item);
      }
    }
  }

  RunOutcome Run() {
    while (!pending_.empty() || !running_.empty()) {
      StartWhatCan();
      if (running_.empty()) {
        if (stopping_) GiveUpPending();
        continue;
      }
      Await();
      for (const int signal : signals_.Take())
        TakeSignal(signal);
      PumpAll();
      StopLate();
      observer_.Tick(Describe());
    }
    KillStrays();
    return std::move(outcome_);
  }

 private:
  bool MayStart(const CheckItem& item) const {
    return std::none_of(running_.begin(), running_.end(), [&](const auto& check) {
      return check->item().subject == item.subject && (item.exclusive || check->item().exclusive);
    });
  }

  void StartWhatCan() {
    for (auto it = pending_.begin(); !stopping_ && it != pending_.end() &&
                                     running_.size() < static_cast<size_t>(options_.jobs);) {
      if (!MayStart(**it)) {
        ++it;
        continue;
      }
      const CheckItem& item = **it;
      it = pending_.erase(it);
      auto check = RunningCheck::Start(item, options_, ++number_);
      if (check.has_value()) {
        running_.push_back(std::move(check).value());
      } else {
        Report(ResultsWithout(item, record::CaseStatus::kError, record::kTypeHarness,
                              check.error().ToString()));
      }
    }
  }

  void GiveUpPending() {
    for (const CheckItem* item : pending_) {
      Report(ResultsWithout(*item, record::CaseStatus::kError, record::kTypeNotRun,
                            "not run: interrupted"));
    }
    if (!pending_.empty()) outcome_.interrupted_by = stopping_;
    pending_.clear();
  }

  void Await() {
    std::vector<pollfd> fds = {{signals_.fd(), POLLIN, 0}};
    auto until = Clock::now() + std::chrono::seconds(1);
    for (const auto& check : running_) {
      check->AddPollFds(fds);
      until = std::min(until, check->deadline());
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    poll(fds.data(), fds.size(), static_cast<int>(std::max<int64_t>(left, 0)));
  }

  void TakeSignal(int signal) {
    if (signal == SIGUSR1) {
      observer_.Asked(Describe());
    } else if (signal != SIGCHLD) {
      if (stopping_ == 0) {
        stopping_ = signal;
        observer_.Interrupted(signal, running_.size());
      } else {
        for (const auto& check : running_)
          check->Stop("interrupted", record::kTypeNotRun);
        killed_ = true;
      }
    }
  }

  void PumpAll() {
    for (auto it = running_.begin(); it != running_.end();) {
      RunningCheck& check = **it;
      // Asked before the pipes are read: what was written before the end is read after it.
      const bool done = check.Done();
      std::vector<CaseResult> ended;
      std::vector<record::Event> events;
      check.Pump(ended, events);
      for (const record::Event& event : events)
        observer_.Happened(event);
      if (done) {
        const size_t reported = ended.size();
        check.Conclude(ended);
        for (size_t i = reported; i < ended.size(); ++i)
          observer_.Happened({record::Event::Kind::kCaseEnd, ended[i], {}});
        if (killed_ && ended.size() > reported) outcome_.interrupted_by = stopping_;
      }
      Report(std::move(ended));
      if (!done) {
        ++it;
        continue;
      }
      AddOutput(check);
      it = running_.erase(it);
      if (running_.empty()) KillStrays();
    }
  }

  void StopLate() {
    for (const auto& check : running_) {
      if (Clock::now() < check->deadline()) continue;
      const auto seconds =
          std::chrono::duration_cast<std::chrono::milliseconds>(check->item().deadline).count();
      check->Stop("no result within " + std::to_string(seconds / 1000) + "." +
                      std::to_string(seconds % 1000 / 100) + " s",
                  record::kTypeTimeout);
    }
  }

  std::vector<RunningCase> Describe() const {
    std::vector<RunningCase> all;
    for (const auto& check : running_)
      all.push_back(check->Describe());
    return all;
  }

  void Report(std::vector<CaseResult> results) {
    for (CaseResult& result : results) {
      observer_.CaseEnded(result);
      outcome_.results.push_back(std::move(result));
    }
  }

  // What the process printed belongs to every case of it that did not pass.
  void AddOutput(const RunningCheck& check) {
    for (CaseResult& result : outcome_.results) {
      if (result.subject != check.item().subject || result.fault != check.item().fault ||
          result.clause != check.item().clause->id) {
        continue;
      }
      if (result.status != record::CaseStatus::kFail && result.status != record::CaseStatus::kError)
        continue;
      result.out = check.out();
      result.err = check.err();
    }
  }

  // Only a keeper that was killed leaves processes to this one.
  void KillStrays() {
    if (running_.empty()) (void)KillDescendants(std::chrono::seconds(10));
  }

  const RunnerOptions& options_;
  RunObserver& observer_;
  Signals signals_;
  std::deque<const CheckItem*> pending_;
  std::vector<std::unique_ptr<RunningCheck>> running_;
  RunOutcome outcome_;
  size_t number_ = 0;
  int stopping_ = 0;  // the signal that asked to stop
  bool killed_ = false;
};

}  // namespace

RunOutcome RunChecks(const std::vector<CheckItem>& items, const RunnerOptions& options,
                     RunObserver& observer) {
  return Runner(items, options, observer).Run();
}

std::vector<CaseResult> ResultsWithout(const CheckItem& item, record::CaseStatus status,
                                       std::string_view type, const std::string& message) {
  std::vector<CaseResult> results;
  CaseResult blank = BlankResult(*item.clause);
  blank.subject = item.subject;
  blank.fault = item.fault;
  blank.status = status;
  blank.type = type;
  blank.message = message;
  for (const CaseInfo& info : item.cases) {
    blank.name = info.name;
    blank.file = info.file;
    blank.line = info.line;
    results.push_back(blank);
  }
  if (results.empty()) results.push_back(blank);
  return results;
}

}  // namespace cowbell::conformance
