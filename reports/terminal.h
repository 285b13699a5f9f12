// What a run looks like on a terminal: one line per case, a summary per subject.

#ifndef COWBELL_REPORTS_TERMINAL_H_
#define COWBELL_REPORTS_TERMINAL_H_

#include <string>

#include "reports/record/record.h"

namespace cowbell {

struct TerminalStyle {
  bool color = false;
  std::string program = "cowbell";  // in the commands a user may copy
};
// Colour when `fd` is a terminal and NO_COLOR is unset or empty; CLICOLOR_FORCE forces it.
TerminalStyle StyleFor(int fd);

// "COW-058: an unlinked file of the image stays gone" and so on is not repeated here; the line is
//     PASS [  0.413s] ( 12/212) calf COW-058/UnlinkedImageFileStaysGone
// and, for what did not pass, the message below it. Ends with LF.
std::string ResultLine(const record::CaseResult& result, size_t number, size_t total,
                       const TerminalStyle& style);

// The transcript and the captured output of a result, indented; for -v.
std::string ResultDetails(const record::CaseResult& result);

// Per subject: verdict, counts, and the command that runs each red case again; then the findings
// and notes. `reports` says where the reports lie; empty: nothing is said.
std::string SummaryText(const record::RunRecord& run, const std::string& reports,
                        const TerminalStyle& style);

// "cowbell run --engine calf --clause COW-058".
std::string RerunCommand(const record::CaseResult& result, const record::SubjectRecord& subject,
                         const std::string& program);

}  // namespace cowbell

#endif  // COWBELL_REPORTS_TERMINAL_H_
