#include "conformance/harness/suite.h"

#include <algorithm>

#include "conformance/harness/volume.h"
#include "gtest/gtest.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

const Clause* FindIn(std::span<const Clause> clauses, std::string_view id) {
  const auto it = std::find_if(clauses.begin(), clauses.end(),
                               [&](const Clause& clause) { return clause.id == id; });
  return it != clauses.end() ? &*it : nullptr;
}

}  // namespace

std::string ClauseOfTestSuite(std::string_view gtest_suite) {
  for (std::string part : Split(gtest_suite, '/')) {
    std::replace(part.begin(), part.end(), '_', '-');
    if (IsClauseId(part)) return part;
  }
  return {};
}

std::vector<CaseInfo> CasesOf(std::string_view clause) {
  std::vector<CaseInfo> cases;
  const auto* all = ::testing::UnitTest::GetInstance();
  for (int i = 0; i < all->total_test_suite_count(); ++i) {
    const auto* suite = all->GetTestSuite(i);
    if (ClauseOfTestSuite(suite->name()) != clause) continue;
    for (int j = 0; j < suite->total_test_count(); ++j) {
      const auto* test = suite->GetTestInfo(j);
      cases.push_back({test->name(), std::string(suite->name()) + "." + test->name(), test->file(),
                       test->line()});
    }
  }
  return cases;
}

Status CheckCases(const Suite& suite) {
  const auto* all = ::testing::UnitTest::GetInstance();
  for (int i = 0; i < all->total_test_suite_count(); ++i) {
    const std::string name = all->GetTestSuite(i)->name();
    const Clause* clause = FindIn(suite.clauses, ClauseOfTestSuite(name));
    if (clause == nullptr) {
      return Error::FromMessage("the cases of '" + name + "' belong to no clause of the registry");
    }
    if (!clause->excluded.empty()) {
      return Error::FromMessage("the clause " + std::string(clause->id) +
                                " is excluded and has cases");
    }
  }
  return Ok();
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  for (std::string& word : Split(text, ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  return words;
}

bool HasLabel(const Clause& clause, std::string_view label) {
  const std::vector<std::string> labels = Words(clause.labels);
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

std::string NotApplicableReason(const Clause& clause, const Profile& profile) {
  if (!clause.excluded.empty()) return "excluded: " + std::string(clause.excluded);
  if (clause.via == Via::kEngine && profile.kind != SubjectKind::kEngine) {
    return "asked of engines only";
  }
  if (clause.via == Via::kMount && profile.kind != SubjectKind::kFileSystem) {
    return "asked of file systems only";
  }
  if (HasLabel(clause, kVolumeLabel) && profile.kind == SubjectKind::kEngine &&
      profile.private_store.empty()) {
    return profile.name + " cannot be given a store on a volume of its own";
  }
  for (const std::string& need : Words(clause.needs)) {
    const std::vector<std::string> either = Split(need, '|');
    if (std::none_of(either.begin(), either.end(),
                     [&](const std::string& one) { return profile.Has(one); })) {
      return profile.name + " has no capability '" + Join(either, "' or '") + "'";
    }
  }
  return {};
}

}  // namespace cowbell::conformance
