// Several run records as one Markdown document: who was judged, what came out, clause by clause.

#ifndef COWBELL_REPORTS_MATRIX_H_
#define COWBELL_REPORTS_MATRIX_H_

#include <string>
#include <vector>

#include "reports/record/record.h"
#include "runtime/base/result.h"

namespace cowbell {

// A table of the subjects with their counts, a matrix of clauses and subjects, and the reasons of
// what failed as expected or was relaxed or blocked. A subject has one column; of several runs of
// one subject the later one counts where both judged a clause.
// REQUIRES: record::Conclude() was called on each. Errors: no run, or runs of different clause
// sets: their cells would not mean the same.
Result<std::string> MatrixMarkdown(const std::vector<record::RunRecord>& runs);

}  // namespace cowbell

#endif  // COWBELL_REPORTS_MATRIX_H_
