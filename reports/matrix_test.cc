#include "reports/matrix.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "reports/record/verdict.h"

namespace cowbell {
namespace {

using record::CaseResult;
using record::CaseStatus;
using record::RunRecord;
using ::testing::HasSubstr;
using ::testing::Not;

CaseResult Case(const std::string& clause, const std::string& name, CaseStatus status) {
  CaseResult result;
  result.clause = clause;
  result.name = name;
  result.level = "MUST";
  result.sentence = "a | b";
  result.status = status;
  return result;
}

RunRecord RunOf(const std::string& subject, std::vector<CaseResult> results) {
  RunRecord run;
  run.id = "R-" + subject;
  run.clauses_sha256 = "same";
  run.started = "2026-11-25T22:00:00Z";
  run.environment.kernel = "6.18";
  run.environment.backing_fs = "ext4";
  record::SubjectRecord record;
  record.name = subject;
  record.version = "1.2";
  record.gate = "must";
  run.subjects = {record};
  for (CaseResult& result : results)
    result.subject = subject;
  run.results = std::move(results);
  record::Conclude(run);
  return run;
}

std::string Text(const std::vector<RunRecord>& runs) {
  const Result<std::string> text = MatrixMarkdown(runs);
  EXPECT_TRUE(text.has_value());
  return text.has_value() ? text.value() : "";
}

TEST(Matrix, TheWorstCaseIsTheCellOfItsClause) {
  const RunRecord a =
      RunOf("a", {Case("COW-001", "X", CaseStatus::kPass), Case("COW-001", "Y", CaseStatus::kFail),
                  Case("COW-002", "X", CaseStatus::kSkippedNotApplicable),
                  Case("COW-003", "X", CaseStatus::kSkippedBlocked),
                  Case("COW-003", "Y", CaseStatus::kPass)});
  const RunRecord b = RunOf(
      "b", {Case("COW-001", "X", CaseStatus::kPass), Case("COW-002", "X", CaseStatus::kError)});
  const std::string text = Text({a, b});
  EXPECT_THAT(text, HasSubstr("| clause | level | a | b | requirement |"));
  EXPECT_THAT(text, HasSubstr("| COW-001 | MUST | **FAIL** | pass | a \\| b |"));
  EXPECT_THAT(text, HasSubstr("| COW-002 | MUST | – | **error** | a \\| b |"));
  // Partly blocked is not passed, and what was not asked has no mark at all.
  EXPECT_THAT(text, HasSubstr("| COW-003 | MUST | blocked |  | a \\| b |"));
}

TEST(Matrix, CountsAreThoseOfCases) {
  const std::string text = Text({RunOf(
      "a", {Case("COW-001", "X", CaseStatus::kPass), Case("COW-001", "Y", CaseStatus::kFail)})});
  EXPECT_THAT(text, HasSubstr("| a | 1.2 | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 2026-11-25 |"));
}

TEST(Matrix, AKnownFailureIsToldWithItsReason) {
  CaseResult known = Case("LAY-019", "X", CaseStatus::kFail);
  known.expected_status = "fail";
  known.expectation = record::ExpectationNote{"refused", "https://example.org/1", ""};
  const std::string text = Text({RunOf("a", {known})});
  EXPECT_THAT(text, HasSubstr("| LAY-019 | MUST | xfail |"));
  EXPECT_THAT(text, HasSubstr("## Failed as expected"));
  EXPECT_THAT(text, HasSubstr("| a | LAY-019 | refused https://example.org/1 |"));
  EXPECT_THAT(text, Not(HasSubstr("## Relaxed")));
}

TEST(Matrix, TheLaterRunOfASubjectCounts) {
  const std::string text = Text({RunOf("a", {Case("COW-001", "X", CaseStatus::kFail)}),
                                 RunOf("a", {Case("COW-001", "X", CaseStatus::kPass)})});
  EXPECT_THAT(text, HasSubstr("| COW-001 | MUST | pass |"));
}

TEST(Matrix, RunsOfDifferentClausesAreRefused) {
  RunRecord other = RunOf("b", {});
  other.clauses_sha256 = "other";
  const auto text = MatrixMarkdown({RunOf("a", {}), other});
  ASSERT_FALSE(text.has_value());
  EXPECT_THAT(text.error().ToString(), HasSubstr("R-b"));
  EXPECT_FALSE(MatrixMarkdown({}).has_value());
}

}  // namespace
}  // namespace cowbell
