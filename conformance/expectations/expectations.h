// Known failures of a subject: a TOML file per subject, looked up for every result.
//
//   schema = 1
//   [[expect]]
//   clause = "LAY-041"
//   case = "RestartedContainer"       # optional, also an array: else every case
//   subject = "docker"                # optional: only needed in a file for several subjects
//   engine_version = ">=20.10,<24"    # optional
//   status = "fail"                   # or "error", for one that hangs
//   reason = "an opaque directory shows the lower names"
//   url = "https://…"                 # required for engines that are not ours
//   expires = 2027-03-01              # optional: from this day on it counts no more

#ifndef COWBELL_CONFORMANCE_EXPECTATIONS_EXPECTATIONS_H_
#define COWBELL_CONFORMANCE_EXPECTATIONS_EXPECTATIONS_H_

#include <string>
#include <vector>

#include "reports/record/record.h"
#include "runtime/base/result.h"

namespace cowbell::conformance {

struct Expectation {
  std::string clause;
  std::string case_name;  // empty: every case
  std::string subject;    // empty: every subject the file is used for
  std::string versions;   // ">=20.10,<24"; empty: every version
  std::string status = "fail";
  std::string reason;
  std::string url;
  std::string expires;  // "2027-03-01"; empty: never
  int line = 0;

  // "LAY-041/RestartedContainer (line 12)".
  std::string Name() const;
};

// Errors name the file and the line; an unknown key is an error, as is a missing reason.
// `needs_url`: entries without a link are errors.
Result<std::vector<Expectation>> ParseExpectations(const std::string& toml, const std::string& path,
                                                   bool needs_url);

// The file of a subject: COWBELL_EXPECTATIONS_DIR, else beside the program. Empty: there is none.
std::string FindExpectationsFile(const std::string& subject);

// "20.10.24+dfsg1" fulfils ">=20.10,<24". Numbers between dots are compared as numbers; what
// follows the last of them is not looked at. Errors: no condition, or a version without a number.
Result<bool> VersionMatches(const std::string& version, const std::string& conditions);

// Looks up every result of `subject` in `run`, and lists what matched nothing and what has expired
// (`today`: "2026-11-23"). Entries for clauses that were not selected are no news. Errors: a
// condition that cannot be read.
Status ApplyExpectations(const std::vector<Expectation>& expectations, const std::string& today,
                         record::SubjectRecord& subject, record::RunRecord& run);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_EXPECTATIONS_EXPECTATIONS_H_
