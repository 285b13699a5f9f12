// What a runner runs: clauses, and the ways to a subject. A value, so that the runner itself can be
// tested with a suite of its own.

#ifndef COWBELL_CONFORMANCE_HARNESS_SUITE_H_
#define COWBELL_CONFORMANCE_HARNESS_SUITE_H_

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "conformance/clauses/clause.h"
#include "fixtures/engine/subject.h"
#include "runtime/base/result.h"

namespace cowbell::conformance {

struct Suite {
  std::span<const Clause> clauses;  // sorted by id
  std::function<Result<Profile>(const std::string& name_or_path)> find_profile;
  std::function<Result<std::vector<std::string>>()> profile_names;
  std::function<Result<std::unique_ptr<Subject>>(const Profile&, const SubjectOptions&)>
      make_subject;
  std::function<Result<std::unique_ptr<Subject>>(std::unique_ptr<Subject>, const std::string&)>
      plant_fault;
  // Removes what an engine holds under a label; one line per thing.
  std::function<Result<std::vector<std::string>>(Subject&, const std::string& label)> sweep;
};

// One case, as GoogleTest knows it.
struct CaseInfo {
  std::string name;        // "UnlinkedImageFileStaysGone"
  std::string gtest_name;  // "COW_058.UnlinkedImageFileStaysGone"
  std::string file;
  int line = 0;
};

// "COW_058" of "COW_058" or "All/COW_058" -> "COW-058"; empty when it is no clause's.
std::string ClauseOfTestSuite(std::string_view gtest_suite);

// The cases of a clause that are linked into this program, in the order of their definition.
std::vector<CaseInfo> CasesOf(std::string_view clause);

// Errors: a case that belongs to no clause of the suite, or to an excluded one.
Status CheckCases(const Suite& suite);

bool HasLabel(const Clause& clause, std::string_view label);
// The words of a blank-separated list.
std::vector<std::string> Words(std::string_view text);

// Why `clause` does not apply to a subject of this profile; empty: it does.
std::string NotApplicableReason(const Clause& clause, const Profile& profile);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_SUITE_H_
