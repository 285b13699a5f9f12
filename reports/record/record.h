// The run record: everything one run of the suite found out, as plain values.
//
// It is filled while running, written as run.json, and every report is made from it alone. The
// verdicts, the red cases and the exit code are functions of it (verdict.h), so that no report can
// disagree with another.

#ifndef COWBELL_REPORTS_RECORD_RECORD_H_
#define COWBELL_REPORTS_RECORD_RECORD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cowbell::record {

enum class CaseStatus { kPass, kFail, kError, kSkippedNotApplicable, kSkippedBlocked };
enum class Verdict { kOk, kUnexpected, kExpected, kRelaxed, kFlaky };

std::string_view ToString(CaseStatus status);  // "pass", …, "skipped(na)", "skipped(blocked)"
std::string_view ToString(Verdict verdict);    // "ok", …
std::optional<CaseStatus> ParseCaseStatus(std::string_view text);
std::optional<Verdict> ParseVerdict(std::string_view text);

// What kind of trouble a case that did not pass had; the `type` attribute in JUnit.
inline constexpr std::string_view kTypeAssert = "cowbell.assert";    // an assertion failed
inline constexpr std::string_view kTypeLeak = "cowbell.leak";        // something was left behind
inline constexpr std::string_view kTypeCrash = "cowbell.crash";      // the check's process died
inline constexpr std::string_view kTypeTimeout = "cowbell.timeout";  // no result in time
inline constexpr std::string_view kTypeHarness = "cowbell.harness";  // the judge could not judge
inline constexpr std::string_view kTypeNotRun = "cowbell.notrun";    // planned, but never decided
inline constexpr std::string_view kTypeNotApplicable = "cowbell.na";
inline constexpr std::string_view kTypeBlocked = "cowbell.blocked";

struct AssertionFailure {
  std::string file;  // relative to the source tree
  int line = 0;
  std::string text;
  bool operator==(const AssertionFailure&) const = default;
};

// A known failure that was looked up for this case.
struct ExpectationNote {
  std::string reason;
  std::string url;
  std::string expires;  // "2027-03-01"; may be empty
  bool operator==(const ExpectationNote&) const = default;
};

// One case of one check on one subject.
struct CaseResult {
  std::string subject;
  std::string fault;   // selftest: the fault planted; else empty
  std::string clause;  // "COW-058"
  std::string level;   // "MUST"
  std::string area;    // "COW"
  std::string name;    // "UnlinkedImageFileStaysGone"
  std::string sentence;
  std::string source;

  CaseStatus status = CaseStatus::kError;
  std::string type;     // one of kType…; empty for a pass
  std::string message;  // one line: what is wrong, or why it was skipped
  std::vector<AssertionFailure> failures;
  std::vector<std::string> transcript;  // what was done and observed, one line each
  std::map<std::string, std::string> outcomes;
  std::string out;  // captured standard output of the check's process; only when it did not pass
  std::string err;

  std::optional<ExpectationNote> expectation;  // one that matches clause, case and version
  std::string expected_status;                 // "fail" or "error" when there is an expectation
  std::string relaxation;                      // why a failure is not the subject's; else empty

  // Set by Judge().
  Verdict verdict = Verdict::kOk;
  bool gates = false;  // this result alone makes the run red

  std::string started;
  double duration_s = 0;
  int64_t assertions = 0;
  std::string file;
  int line = 0;
  bool operator==(const CaseResult&) const = default;
};

struct SubjectRecord {
  std::string name;
  std::string kind;     // "engine", "file-system"
  std::string driver;   // "docker-like", "overlayfs"
  std::string version;  // as it reports it
  std::string profile;  // file the profile came from
  std::string word;     // what names it on the command line; empty: its name
  std::string gate;     // "must", "should"
  std::vector<std::string> capabilities;
  bool by_name = false;     // asked for by the user
  std::string unavailable;  // why it could not be judged at all; empty: it could
  std::string expectations_file;
  std::vector<std::string> unused_expectations;
  std::vector<std::string> expired_expectations;
  bool operator==(const SubjectRecord&) const = default;
};

struct Environment {
  std::string kernel;
  std::string arch;
  std::string cpu_model;
  int cpus = 0;
  int64_t memory_kib = 0;
  std::string os;  // "debian 12"
  std::string backing_fs;
  std::string backing_options;
  std::string cgroup;  // "v1", "v2", "hybrid", "none"
  int64_t uid = 0;
  std::string fingerprint;  // "sha256:…" of the fields that change what is measured
  bool operator==(const Environment&) const = default;
};

// Something that makes a run red and is no result of a case.
struct Finding {
  enum class Kind {
    kUnavailable,       // a subject asked for by name is missing
    kNothingExecuted,   // no case was decided
    kExpectationDrift,  // strict expectations: unused or expired
    kHarness,           // the harness itself failed, or left something behind
  };
  Kind kind = Kind::kHarness;
  std::string subject;  // may be empty
  std::string name;     // "subject is available"
  std::string message;
  bool operator==(const Finding&) const = default;
};
std::string_view ToString(Finding::Kind kind);

struct RunRecord {
  std::string id;  // ULID
  std::string suite_version;
  std::string clauses_sha256;
  std::string started;
  std::string finished;
  double wall_s = 0;
  bool complete = false;
  int interrupted_by = 0;  // signal number that ended it early
  std::vector<std::string> argv;
  int jobs = 1;
  bool strict_expectations = false;
  int exit_code = 0;
  Environment environment;
  std::vector<SubjectRecord> subjects;
  std::vector<Finding> findings;
  std::vector<std::string> notes;  // what a reader should know and what changes no verdict
  std::vector<CaseResult> results;
  bool operator==(const RunRecord&) const = default;
};

// "COW-058/UnlinkedImageFileStaysGone", or the clause alone for a result without a case.
std::string CaseKey(const CaseResult& result);

}  // namespace cowbell::record

#endif  // COWBELL_REPORTS_RECORD_RECORD_H_
