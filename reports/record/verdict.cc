#include "reports/record/verdict.h"

#include <algorithm>

namespace cowbell::record {
namespace {

bool Follows(const Finding& finding) {
  return finding.kind == Finding::Kind::kNothingExecuted ||
         finding.kind == Finding::Kind::kExpectationDrift;
}

const SubjectRecord* FindSubject(const RunRecord& run, std::string_view name) {
  for (const SubjectRecord& subject : run.subjects) {
    if (subject.name == name) return &subject;
  }
  return nullptr;
}

bool LevelGates(std::string_view level, std::string_view gate) {
  return level == "MUST" || (level == "SHOULD" && gate == "should");
}

// A subject that every selected row passes by is no finding as long as another one is judged.
void FindNothingExecuted(RunRecord& run) {
  const std::string name = "something is judged";
  for (const SubjectRecord& subject : run.subjects) {
    if (!subject.unavailable.empty() && subject.by_name) continue;  // a finding of its own
    const Counts counts = Count(run, subject.name);
    if (counts.executed > 0) continue;
    if (!subject.unavailable.empty()) {
      run.findings.push_back({Finding::Kind::kNothingExecuted, subject.name, name,
                              subject.name + " is not available: " + subject.unavailable});
    } else if (counts.blocked > 0 || Count(run).executed == 0) {
      run.findings.push_back(
          {Finding::Kind::kNothingExecuted, subject.name, name,
           "no check was executed on " + subject.name + ": every selected one was skipped"});
    }
  }
  if (run.subjects.empty()) {
    run.findings.push_back({Finding::Kind::kNothingExecuted, "", name, "no subject was judged"});
  }
}

void FindDrift(RunRecord& run) {
  if (!run.strict_expectations) return;
  for (const SubjectRecord& subject : run.subjects) {
    for (const std::string& entry : subject.unused_expectations) {
      run.findings.push_back({Finding::Kind::kExpectationDrift, subject.name,
                              "expectation is used: " + entry,
                              "expectation of " + subject.name + " matched no case: " + entry});
    }
    for (const std::string& entry : subject.expired_expectations) {
      run.findings.push_back({Finding::Kind::kExpectationDrift, subject.name,
                              "expectation is current: " + entry,
                              "expectation of " + subject.name + " has expired: " + entry});
    }
  }
}

}  // namespace

void Judge(CaseResult& result, std::string_view gate, bool strict) {
  result.verdict = Verdict::kOk;
  result.gates = false;
  const bool expected = result.expectation && result.expected_status == ToString(result.status);
  switch (result.status) {
    case CaseStatus::kPass:
      if (!result.expectation) return;
      result.verdict = Verdict::kUnexpected;
      result.gates = strict;
      return;
    case CaseStatus::kFail:
      if (expected) {
        result.verdict = Verdict::kExpected;
      } else if (!result.relaxation.empty()) {
        result.verdict = Verdict::kRelaxed;
      } else {
        result.verdict = Verdict::kUnexpected;
        result.gates = LevelGates(result.level, gate) || result.type == kTypeLeak;
      }
      return;
    case CaseStatus::kError:
      result.verdict = expected ? Verdict::kExpected : Verdict::kUnexpected;
      result.gates = !expected;
      return;
    case CaseStatus::kSkippedNotApplicable:
    case CaseStatus::kSkippedBlocked:
      return;
  }
}

bool Executed(const CaseResult& result) {
  return result.type != kTypeNotRun &&
         (result.status == CaseStatus::kPass || result.status == CaseStatus::kFail ||
          result.status == CaseStatus::kError);
}

Counts Count(const RunRecord& run, std::string_view subject) {
  Counts counts;
  for (const CaseResult& result : run.results) {
    if (!subject.empty() && result.subject != subject) continue;
    ++counts.total;
    counts.executed += Executed(result) ? 1 : 0;
    counts.unexpected_passes +=
        result.status == CaseStatus::kPass && result.verdict == Verdict::kUnexpected ? 1 : 0;
    if (result.gates) {
      ++(result.status == CaseStatus::kError ? counts.errors : counts.failures);
    } else if (result.status == CaseStatus::kPass) {
      ++counts.passed;
    } else if (result.status == CaseStatus::kSkippedNotApplicable) {
      ++counts.not_applicable;
    } else if (result.status == CaseStatus::kSkippedBlocked) {
      ++counts.blocked;
    } else if (result.verdict == Verdict::kExpected) {
      ++counts.expected;
    } else if (result.verdict == Verdict::kRelaxed) {
      ++counts.relaxed;
    } else {
      ++counts.advisory;
    }
  }
  return counts;
}

void Conclude(RunRecord& run) {
  for (CaseResult& result : run.results) {
    const SubjectRecord* subject = FindSubject(run, result.subject);
    Judge(result, subject != nullptr ? std::string_view(subject->gate) : "should",
          run.strict_expectations);
  }
  run.findings.erase(std::remove_if(run.findings.begin(), run.findings.end(), Follows),
                     run.findings.end());
  FindNothingExecuted(run);
  FindDrift(run);
}

int ExitCodeOf(const RunRecord& run) {
  if (run.interrupted_by != 0) return 128 + run.interrupted_by;
  bool failed = false;
  bool drifted = false;
  bool broken = false;
  for (const CaseResult& result : run.results) {
    if (!result.gates) continue;
    failed = failed || result.status == CaseStatus::kFail;
    drifted = drifted || result.status == CaseStatus::kPass;
    broken = broken || result.status == CaseStatus::kError;
  }
  bool empty = false;
  for (const Finding& finding : run.findings) {
    broken = broken || finding.kind == Finding::Kind::kHarness ||
             finding.kind == Finding::Kind::kUnavailable;
    empty = empty || finding.kind == Finding::Kind::kNothingExecuted;
    drifted = drifted || finding.kind == Finding::Kind::kExpectationDrift;
  }
  if (failed) return kExitNotConforming;
  if (broken) return kExitHarness;
  if (empty) return kExitNothingExecuted;
  if (drifted) return kExitExpectationDrift;
  return kExitConforming;
}

}  // namespace cowbell::record
