// The run record and its events as JSON: run.json, and events.jsonl line by line.
//
// Foreign bytes are sanitised on the way out, so every line is valid JSON whatever a subject
// printed.

#ifndef COWBELL_REPORTS_RECORD_JSON_H_
#define COWBELL_REPORTS_RECORD_JSON_H_

#include <string>
#include <string_view>

#include "reports/record/record.h"
#include "runtime/base/result.h"

namespace cowbell::record {

// The document `cowbell.run/1`, two blanks of indentation.
std::string EncodeRun(const RunRecord& run);
// Errors: no JSON, another schema, a missing or wrong member (its name in the text).
Result<RunRecord> DecodeRun(std::string_view json);

// What a check reports while it runs, and what the runner adds.
struct Event {
  enum class Kind {
    kRunStart,   // `text`: the run record so far, as JSON: what was planned
    kCaseStart,  // `result`: clause and case
    kCaseEnd,    // `result`: everything
    kLeak,       // `text`: what was left behind
    kUnswept,    // `text`: why nobody knows what was left behind
    kCheckEnd,   // the check's process ended in order; `text`: how
    kRunEnd,     // the runner ended in order
  };
  Kind kind = Kind::kCaseStart;
  CaseResult result;
  std::string text;
};

// One line with its LF.
std::string EncodeEvent(const Event& event);
// Errors: no event.
Result<Event> DecodeEvent(std::string_view line);

}  // namespace cowbell::record

#endif  // COWBELL_REPORTS_RECORD_JSON_H_
