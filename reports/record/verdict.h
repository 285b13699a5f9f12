// From what happened to what it means: verdicts, red cases, exit code.

#ifndef COWBELL_REPORTS_RECORD_VERDICT_H_
#define COWBELL_REPORTS_RECORD_VERDICT_H_

#include "reports/record/record.h"

namespace cowbell::record {

// Exit codes of the commands; documented in `cowbell --help`.
enum ExitCode : int {
  kExitConforming = 0,
  kExitNotConforming = 1,
  kExitUsage = 2,
  kExitNothingExecuted = 3,
  kExitHarness = 4,
  kExitExpectationDrift = 5,
  kExitSingleSkipped = 77,
  kExitSingleError = 99,
};

// Sets `verdict` and `gates` of one result. `gate` is the subject's: "must" or "should".
//   pass                    ok; with an expectation unexpected, which gates when strict
//   fail, error             expected (never gates) when an expectation names this status;
//   fail                    relaxed (never gates); else unexpected, gates by the clause's level;
//                           something left behind gates at any level
//   error                   else unexpected, always gates: nobody knows what would have come out
//   skipped                 ok
void Judge(CaseResult& result, std::string_view gate, bool strict);

// True for pass, fail and error: the case was tried.
bool Executed(const CaseResult& result);

struct Counts {
  int total = 0;
  int passed = 0;
  int failures = 0;  // red, not by an error
  int errors = 0;    // red by an error
  int expected = 0;
  int relaxed = 0;
  int advisory = 0;  // failed, but its level is outside the gate
  int not_applicable = 0;
  int blocked = 0;
  int executed = 0;
  int unexpected_passes = 0;
};
// Of one subject; empty: of all.
Counts Count(const RunRecord& run, std::string_view subject = {});

// Judges every result, and adds the findings that follow from the results: nothing executed, and
// expectation drift when strict. Idempotent.
void Conclude(RunRecord& run);

// REQUIRES: Conclude() was called. 0 exactly when there is neither a gating result nor a finding.
int ExitCodeOf(const RunRecord& run);

}  // namespace cowbell::record

#endif  // COWBELL_REPORTS_RECORD_VERDICT_H_
