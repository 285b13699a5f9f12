// What a check's process gives to its cases: the clause, the subject, directories.

#ifndef COWBELL_CONFORMANCE_HARNESS_CASE_CONTEXT_H_
#define COWBELL_CONFORMANCE_HARNESS_CASE_CONTEXT_H_

#include <functional>
#include <memory>
#include <string>

#include "conformance/clauses/clause.h"
#include "fixtures/engine/subject.h"

namespace cowbell::conformance {

struct CaseContext {
  const Clause* clause = nullptr;
  Subject* subject = nullptr;
  std::string work_dir;  // of the check; cases make directories of their own below it
  std::string run_label;
  std::string probe_path;
  // Makes a further subject, with the fault that `subject` has.
  std::function<Result<std::unique_ptr<Subject>>(const Profile&, const SubjectOptions&)>
      make_subject;
};

// Borrowed; set before the first case runs and cleared after the last one.
void SetCaseContext(const CaseContext* context);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_CASE_CONTEXT_H_
