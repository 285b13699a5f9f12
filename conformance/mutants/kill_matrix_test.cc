#include "conformance/mutants/kill_matrix.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cowbell::conformance {
namespace {

using record::CaseResult;
using record::CaseStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Mutant kRow = {.id = "m", .fault = "f", .subject = "calf", .claims = "COW-001 COW-002"};
constexpr Clause kClauses[] = {{.id = "COW-001",
                                .level = Level::kMust,
                                .via = Via::kBoth,
                                .sentence = "a",
                                .source = "",
                                .needs = "",
                                .labels = "",
                                .excluded = ""},
                               {.id = "COW-002",
                                .level = Level::kMust,
                                .via = Via::kBoth,
                                .sentence = "b",
                                .source = "",
                                .needs = "",
                                .labels = "",
                                .excluded = ""},
                               {.id = "COW-003",
                                .level = Level::kShould,
                                .via = Via::kBoth,
                                .sentence = "c",
                                .source = "",
                                .needs = "",
                                .labels = "",
                                .excluded = ""}};

CaseResult Of(const std::string& clause, const std::string& fault, CaseStatus status,
              std::string_view type = record::kTypeAssert) {
  CaseResult result;
  result.subject = "calf";
  result.clause = clause;
  result.fault = fault;
  result.status = status;
  if (status != CaseStatus::kPass) result.type = type;
  return result;
}

SelftestOutcome JudgeRow(const std::vector<CaseResult>& results) {
  return JudgeMutants({&kRow, 1}, results, {&kClauses[0], &kClauses[1], &kClauses[2]}, true);
}

constexpr auto kPass = CaseStatus::kPass;
constexpr auto kFail = CaseStatus::kFail;
constexpr auto kError = CaseStatus::kError;

TEST(JudgeMutants, AnAssertionKills) {
  const SelftestOutcome outcome =
      JudgeRow({Of("COW-001", "", kPass), Of("COW-002", "", kPass), Of("COW-001", "f", kFail),
                Of("COW-002", "f", kPass), Of("COW-002", "f", kFail)});
  EXPECT_TRUE(outcome.mutants[0].killed);
  EXPECT_THAT(outcome.problems, IsEmpty());
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.unproven.at("SHOULD"), ElementsAre("COW-003"));
}

TEST(JudgeMutants, AClaimThatStillPassesIsAProblem) {
  const SelftestOutcome outcome = JudgeRow({Of("COW-001", "", kPass), Of("COW-002", "", kPass),
                                            Of("COW-001", "f", kFail), Of("COW-002", "f", kPass)});
  EXPECT_TRUE(outcome.mutants[0].killed);
  EXPECT_THAT(outcome.problems, ElementsAre(HasSubstr("COW-002 still passes")));
  EXPECT_EQ(outcome.exit_code, 1);
}

TEST(JudgeMutants, ACrashATimeOutAndALeakAreNoKills) {
  for (const auto type : {record::kTypeCrash, record::kTypeTimeout, record::kTypeHarness}) {
    const SelftestOutcome outcome =
        JudgeRow({Of("COW-001", "", kPass), Of("COW-002", "", kPass),
                  Of("COW-001", "f", kError, type), Of("COW-002", "f", kFail, record::kTypeLeak)});
    EXPECT_FALSE(outcome.mutants[0].killed) << type;
    EXPECT_EQ(outcome.problems.size(), 2U);
    EXPECT_EQ(outcome.exit_code, 1);
  }
}

TEST(JudgeMutants, TheWholeSubjectMustPassFirst) {
  const SelftestOutcome outcome = JudgeRow({Of("COW-001", "", kFail), Of("COW-002", "", kPass),
                                            Of("COW-001", "f", kFail), Of("COW-002", "f", kFail)});
  EXPECT_EQ(outcome.mutants[0].claims.at("COW-001"), ClaimOutcome::kNoBaseline);
  EXPECT_EQ(outcome.exit_code, 1);
}

TEST(JudgeMutants, AClauseThatDoesNotApplyIsNoKill) {
  const SelftestOutcome outcome =
      JudgeRow({Of("COW-001", "", CaseStatus::kSkippedNotApplicable), Of("COW-002", "", kPass),
                Of("COW-001", "f", CaseStatus::kSkippedNotApplicable), Of("COW-002", "f", kFail)});
  EXPECT_EQ(outcome.mutants[0].claims.at("COW-001"), ClaimOutcome::kNoBaseline);
  EXPECT_EQ(outcome.exit_code, 1);
}

TEST(JudgeMutants, AnUnprovenMustCountsOnlyInACompleteTest) {
  const std::vector<CaseResult> results = {Of("COW-001", "", kPass), Of("COW-002", "", kPass),
                                           Of("COW-001", "f", kFail), Of("COW-002", "f", kFail)};
  constexpr Clause kAlone = {.id = "COW-004",
                             .level = Level::kMust,
                             .via = Via::kBoth,
                             .sentence = "d",
                             .source = "",
                             .needs = "",
                             .labels = "",
                             .excluded = ""};
  EXPECT_EQ(JudgeMutants({&kRow, 1}, results, {&kAlone}, false).exit_code, 0);
  EXPECT_EQ(JudgeMutants({&kRow, 1}, results, {&kAlone}, true).exit_code, 1);
}

TEST(SelftestText, NamesEverything) {
  const SelftestOutcome outcome = JudgeRow({});
  EXPECT_THAT(SelftestText(outcome), HasSubstr("COW-001=B"));
  EXPECT_THAT(SelftestText(outcome), HasSubstr("unproven MUST (2): COW-001 COW-002"));
  EXPECT_THAT(SelftestJson(outcome), HasSubstr("no-baseline"));
}

}  // namespace
}  // namespace cowbell::conformance
