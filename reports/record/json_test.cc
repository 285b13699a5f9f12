#include "reports/record/json.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "reports/record/verdict.h"

namespace cowbell::record {
namespace {

using ::testing::HasSubstr;

RunRecord Sample() {
  RunRecord run;
  run.id = "01KB3M6Q9C4V8Y2TZ0N5RXDGHJ";
  run.suite_version = "0.1.0";
  run.started = "2026-11-23T15:54:02Z";
  run.wall_s = 1.5;
  run.complete = true;
  run.argv = {"cowbell", "run"};
  run.environment.kernel = "6.18";
  run.environment.fingerprint = "sha256:12345678";
  run.subjects.resize(1);
  run.subjects[0].name = "calf";
  run.subjects[0].kind = "engine";
  run.subjects[0].driver = "docker-like";
  run.subjects[0].gate = "should";
  run.subjects[0].capabilities = {"apply"};
  run.subjects[0].unused_expectations = {"COW-001 (line 3)"};
  CaseResult failed;
  failed.subject = "calf";
  failed.clause = "COW-058";
  failed.level = "MUST";
  failed.area = "COW";
  failed.name = "A";
  failed.status = CaseStatus::kFail;
  failed.type = kTypeAssert;
  failed.message = "no";
  failed.failures = {{"a.cc", 7, "text"}};
  failed.transcript = {"unlink /t/foo -> ok"};
  failed.outcomes = {{"rename", "EXDEV"}};
  failed.expectation = ExpectationNote{"why", "https://example.org", "2027-01-01"};
  failed.expected_status = "fail";
  failed.duration_s = 0.25;
  failed.assertions = 2;
  failed.file = "a.cc";
  failed.line = 3;
  run.results = {failed};
  run.notes = {"a note"};
  run.findings = {{Finding::Kind::kHarness, "calf", "n", "m"}};
  Conclude(run);
  return run;
}

TEST(RunJson, ComesBackAsItWas) {
  const RunRecord run = Sample();
  const Result<RunRecord> back = DecodeRun(EncodeRun(run));
  ASSERT_TRUE(back.has_value()) << back.error().ToString();
  EXPECT_TRUE(back.value() == run) << EncodeRun(back.value());
}

TEST(RunJson, ForeignBytesDoNoHarm) {
  RunRecord run = Sample();
  run.results[0].message = "\xff\x1b[31m\x01";
  run.results[0].name = "\xc3\x28";
  const Result<RunRecord> back = DecodeRun(EncodeRun(run));
  ASSERT_TRUE(back.has_value()) << back.error().ToString();
  EXPECT_EQ(back.value().results[0].message, "\\xff\\x01");
}

TEST(RunJson, WhatIsNoRecordIsRefused) {
  for (const char* text : {"", "{", "[]", "{\"schema\": \"cowbell.run/2\"}", "{\"schema\": 1}"}) {
    EXPECT_FALSE(DecodeRun(text).has_value()) << text;
  }
}

TEST(Events, ComeBackAsTheyWere) {
  const Event event{Event::Kind::kCaseEnd, Sample().results[0], ""};
  const std::string line = EncodeEvent(event);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const Result<Event> back = DecodeEvent(line);
  ASSERT_TRUE(back.has_value()) << back.error().ToString();
  EXPECT_TRUE(back.value().result == event.result);
  EXPECT_EQ(back.value().kind, event.kind);
}

TEST(Events, TheFirstOneHoldsTheWholePlan) {
  RunRecord run = Sample();
  run.results.assign(500, run.results[0]);
  ASSERT_GT(EncodeRun(run).size(), 256U << 10);
  const Result<Event> back = DecodeEvent(EncodeEvent({Event::Kind::kRunStart, {}, EncodeRun(run)}));
  ASSERT_TRUE(back.has_value()) << back.error().ToString();
  EXPECT_TRUE(DecodeRun(back.value().text).has_value());
}

TEST(Events, GarbageIsRefused) {
  EXPECT_THAT(DecodeEvent("{\"event\": \"case-end\"").error().ToString(), HasSubstr("event"));
  EXPECT_FALSE(DecodeEvent("{\"event\": \"party\"}").has_value());
  EXPECT_FALSE(DecodeEvent("{}").has_value());
}

}  // namespace
}  // namespace cowbell::record
