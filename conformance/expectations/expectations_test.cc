#include "conformance/expectations/expectations.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "reports/record/verdict.h"

namespace cowbell::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kEntry[] =
    "schema = 1\n"
    "[[expect]]\n"
    "clause = \"LAY-041\"\n"
    "reason = \"opaque directories leak\"\n"
    "url = \"https://example.org/1\"\n";

TEST(ParseExpectations, ReadsAnEntry) {
  const auto entries = ParseExpectations(
      std::string(kEntry) + "case = \"A\"\nengine_version = \">=4,<5\"\nexpires = 2027-03-01\n",
      "x.toml", true);
  ASSERT_TRUE(entries.has_value()) << entries.error().ToString();
  ASSERT_THAT(entries.value(), SizeIs(1));
  EXPECT_EQ(entries.value()[0].clause, "LAY-041");
  EXPECT_EQ(entries.value()[0].expires, "2027-03-01");
  EXPECT_EQ(entries.value()[0].Name(), "LAY-041/A (line 2)");
}

TEST(ParseExpectations, SeveralCasesAreSeveralExpectations) {
  const auto entries =
      ParseExpectations(std::string(kEntry) + "case = [\"A\", \"B\"]\n", "x.toml", true);
  ASSERT_TRUE(entries.has_value()) << entries.error().ToString();
  ASSERT_THAT(entries.value(), SizeIs(2));
  EXPECT_EQ(entries.value()[1].Name(), "LAY-041/B (line 2)");
}

struct Wrong {
  const char* name;
  std::string toml;
  const char* says;
};
class WrongExpectations : public ::testing::TestWithParam<Wrong> {};
TEST_P(WrongExpectations, IsRefused) {
  const auto entries = ParseExpectations(GetParam().toml, "x.toml", true);
  ASSERT_FALSE(entries.has_value());
  EXPECT_THAT(entries.error().ToString(), HasSubstr(GetParam().says));
  EXPECT_THAT(entries.error().ToString(), HasSubstr("x.toml"));
}
INSTANTIATE_TEST_SUITE_P(
    All, WrongExpectations,
    ::testing::Values(
        Wrong{"Syntax", "schema = 1\n[[expect", "x.toml:2"},
        Wrong{"Schema", "schema = 2\n", "schema = 1"},
        Wrong{"UnknownKey", std::string(kEntry) + "colour = 1\n", "x.toml:6: unknown key 'colour'"},
        Wrong{"UnknownTopKey", "schema = 1\nexpects = []\n", "unknown key 'expects'"},
        Wrong{"NoClause", "schema = 1\n[[expect]]\nreason = \"r\"\nurl = \"u\"\n", "no clause"},
        Wrong{"NoReason", "schema = 1\n[[expect]]\nclause = \"LAY-001\"\nurl = \"u\"\n", "reason"},
        Wrong{"NoUrl", "schema = 1\n[[expect]]\nclause = \"LAY-001\"\nreason = \"r\"\n", "url"},
        Wrong{"Status", std::string(kEntry) + "status = \"pass\"\n", "neither"},
        Wrong{"Version", std::string(kEntry) + "engine_version = \"about 4\"\n", "none of"},
        Wrong{"NoCases", std::string(kEntry) + "case = []\n", "array of names"},
        Wrong{"MixedCases", std::string(kEntry) + "case = [\"A\", 1]\n", "array of names"},
        Wrong{"Date", std::string(kEntry) + "expires = \"soon\"\n", "no date"}),
    [](const auto& test) { return test.param.name; });

struct VersionCase {
  const char* version;
  const char* conditions;
  bool matches;
};
class Versions : public ::testing::TestWithParam<VersionCase> {};
TEST_P(Versions, AreCompared) {
  const auto got = VersionMatches(GetParam().version, GetParam().conditions);
  ASSERT_TRUE(got.has_value()) << got.error().ToString();
  EXPECT_EQ(got.value(), GetParam().matches);
}
INSTANTIATE_TEST_SUITE_P(All, Versions,
                         ::testing::Values(VersionCase{"20.10.24+dfsg1", ">=20.10,<24", true},
                                           VersionCase{"24.0.1", ">=20.10,<24", false},
                                           VersionCase{"1.10", "<1.9", false},
                                           VersionCase{"1.8.1", "<1.9", true},
                                           VersionCase{"v4.3.1", "=4.3.1", true},
                                           VersionCase{"4.0", "4", true},
                                           VersionCase{"calf 0.1.0", ">0.1", false}));

record::CaseResult Failing(const std::string& clause, const std::string& name) {
  record::CaseResult result;
  result.subject = "docker";
  result.clause = clause;
  result.name = name;
  result.level = "MUST";
  result.status = record::CaseStatus::kFail;
  return result;
}

class ApplyTest : public ::testing::Test {
 protected:
  void Apply(const std::string& more, const std::string& today = "2026-11-23") {
    const auto entries = ParseExpectations(std::string(kEntry) + more, "x.toml", true);
    ASSERT_TRUE(entries.has_value()) << entries.error().ToString();
    run_.subjects.resize(1);
    run_.subjects[0].name = "docker";
    run_.subjects[0].version = "20.10.24";
    run_.subjects[0].gate = "must";
    const Status applied = ApplyExpectations(entries.value(), today, run_.subjects[0], run_);
    ASSERT_TRUE(applied.has_value()) << applied.error().ToString();
    record::Conclude(run_);
  }
  record::RunRecord run_;
};

TEST_F(ApplyTest, AKnownFailureDoesNotGate) {
  run_.results = {Failing("LAY-041", "A"), Failing("LAY-042", "A")};
  Apply("");
  EXPECT_EQ(run_.results[0].verdict, record::Verdict::kExpected);
  EXPECT_FALSE(run_.results[0].gates);
  EXPECT_EQ(run_.results[1].verdict, record::Verdict::kUnexpected);
  EXPECT_TRUE(run_.results[1].gates);
}

TEST_F(ApplyTest, AnotherCaseIsNotMeant) {
  run_.results = {Failing("LAY-041", "A"), Failing("LAY-041", "B")};
  Apply("case = \"B\"\n");
  EXPECT_TRUE(run_.results[0].gates);
  EXPECT_FALSE(run_.results[1].gates);
}

TEST_F(ApplyTest, AnErrorIsNoFailure) {
  run_.results = {Failing("LAY-041", "A")};
  run_.results[0].status = record::CaseStatus::kError;
  Apply("");
  EXPECT_TRUE(run_.results[0].gates);
  EXPECT_THAT(run_.subjects[0].unused_expectations, SizeIs(1));
}

TEST_F(ApplyTest, AnUnexpectedPassIsListed) {
  run_.results = {Failing("LAY-041", "A")};
  run_.results[0].status = record::CaseStatus::kPass;
  Apply("");
  EXPECT_EQ(run_.results[0].verdict, record::Verdict::kUnexpected);
  EXPECT_THAT(run_.subjects[0].unused_expectations, ElementsAre("LAY-041 (line 2)"));
}

TEST_F(ApplyTest, AnExpiredOneCountsNoMore) {
  run_.results = {Failing("LAY-041", "A")};
  Apply("expires = 2026-11-23\n");
  EXPECT_TRUE(run_.results[0].gates);
  EXPECT_THAT(run_.subjects[0].expired_expectations, SizeIs(1));
}

TEST_F(ApplyTest, AnotherVersionIsNotMeant) {
  run_.results = {Failing("LAY-041", "A")};
  Apply("engine_version = \">=24\"\n");
  EXPECT_TRUE(run_.results[0].gates);
  EXPECT_THAT(run_.subjects[0].unused_expectations, IsEmpty());
}

TEST_F(ApplyTest, AClauseThatWasNotSelectedIsNoNews) {
  run_.results = {Failing("LAY-042", "A")};
  Apply("");
  EXPECT_THAT(run_.subjects[0].unused_expectations, IsEmpty());
}

}  // namespace
}  // namespace cowbell::conformance
