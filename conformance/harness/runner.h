// Runs checks: each in a process of its own, several at a time, none longer than its deadline, and
// none without a result.

#ifndef COWBELL_CONFORMANCE_HARNESS_RUNNER_H_
#define COWBELL_CONFORMANCE_HARNESS_RUNNER_H_

#include <chrono>
#include <string>
#include <vector>

#include "conformance/harness/suite.h"
#include "reports/record/json.h"
#include "reports/record/record.h"

namespace cowbell::conformance {

// One check on one subject.
struct CheckItem {
  const Clause* clause = nullptr;
  std::vector<CaseInfo> cases;
  std::string subject;  // its name in the record
  std::string profile;  // name or path of its profile
  std::string fault;
  std::string store_dir;       // a private store shared by the checks of the subject
  bool private_store = false;  // a store of the check's own
  bool exclusive = false;      // no other check on the same subject meanwhile
  std::chrono::milliseconds deadline{30'000};  // of one case
};

struct RunnerOptions {
  int jobs = 1;
  std::string work_dir;   // of the run; exists
  std::string run_label;  // "cowbell-<ulid>", lower case
  std::string probe_path;
  bool keep = false;  // leave the directories of checks
};

struct RunningCase {
  const CheckItem* item = nullptr;
  std::string name;  // empty: between cases
  int pid = 0;
  std::chrono::steady_clock::duration age{};
};

// Told about everything as it happens, from the one thread of the runner.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void Happened(const record::Event& event) = 0;
  virtual void CaseEnded(const record::CaseResult& result) = 0;
  // At least once a second while checks run.
  virtual void Tick(const std::vector<RunningCase>& running) = 0;
  // The user asked (SIGUSR1) what runs.
  virtual void Asked(const std::vector<RunningCase>& running) = 0;
  // The first of SIGINT, SIGTERM, SIGHUP: nothing more is started.
  virtual void Interrupted(int signal, size_t running) = 0;
};

struct RunOutcome {
  std::vector<record::CaseResult> results;  // every planned case has one
  int interrupted_by = 0;                   // signal; only when something was left undecided
};

// Takes over SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGCHLD for its duration. The second interrupt
// kills what runs.
RunOutcome RunChecks(const std::vector<CheckItem>& items, const RunnerOptions& options,
                     RunObserver& observer);

// Results for an item that is not started: every case (or the check, when it has none) gets this
// status.
std::vector<record::CaseResult> ResultsWithout(const CheckItem& item, record::CaseStatus status,
                                               std::string_view type, const std::string& message);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_RUNNER_H_
