// What `run` and `selftest` share: a run with its directories, its subjects, and its checks.

#ifndef COWBELL_CONFORMANCE_CLI_SESSION_H_
#define COWBELL_CONFORMANCE_CLI_SESSION_H_

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "conformance/cli/program.h"
#include "conformance/harness/runner.h"
#include "reports/record/record.h"

namespace cowbell::conformance {

struct SessionOptions {
  int jobs = 0;          // 0: the processors, at most 4
  double timeout_s = 0;  // of one case; 0: 30, or 300 for slow clauses
  std::string work_dir;
  std::string out = "cowbell-out";
  bool keep = false;
  bool allow_hostile = false;
  bool verbose = false;
  bool quiet = false;
};
void AddSessionOptions(CLI::App& command, SessionOptions& options);

struct Session {
  SessionOptions options;
  std::string id;     // ULID
  std::string label;  // "cowbell-<ulid>", lower case
  std::string work_dir;
  std::string probe;
  std::vector<std::string> notes;
};
// Blocks SIGINT, SIGTERM and SIGHUP until the runner takes them, so that every way out cleans up.
// Errors: no working directory, no probe, cases without a clause.
Result<Session> OpenSession(const Program& program, const SessionOptions& options);
// Removes the working directory (unless it is kept); what should not have been there is a finding.
void CloseSession(const Session& session, record::RunRecord& run);

struct SubjectPlan {
  std::string profile_name;  // as FindProfile takes it
  Profile profile;
  record::SubjectRecord record;
};
// Finds the profile, makes the subject once and asks its version. A subject that does not work is
// no error: `record.unavailable` says why. Errors: no such profile, or `fault` cannot be planted in
// it.
Result<SubjectPlan> PrepareSubject(const Program& program, const Session& session,
                                   const std::string& name_or_path, bool by_name,
                                   const std::string& fault);

// A check to run, or the results of one that is not run.
struct PlannedCheck {
  std::optional<CheckItem> item;
  std::vector<record::CaseResult> results;
};
PlannedCheck PlanCheck(const Session& session, const SubjectPlan& subject, const Clause& clause,
                       const std::string& fault);

// Time limit of one case.
std::chrono::milliseconds DeadlineOf(const Clause& clause, double timeout_s);

// A record with everything that is known before the first check.
record::RunRecord NewRecord(const Program& program, const Session& session, int jobs);

RunnerOptions RunnerOptionsOf(const Session& session);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_CLI_SESSION_H_
