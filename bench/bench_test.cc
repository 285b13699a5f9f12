#include "bench/bench.h"

#include <nlohmann/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cowbell::bench {
namespace {

using ::testing::HasSubstr;

BenchResult Sample() {
  BenchResult result;
  result.session = "S";
  result.date = "2026-01-01T00:00:00Z";
  result.inner = 3;
  result.subjects = {kFloor, "a", "b"};
  result.versions = {"", "1", "2"};
  result.series = {{"run-true", kFloor, {2.0, 4.0, 2.0}, ""},
                   {"run-true", "a", {4.0, 8.0, 5.0}, ""},
                   {"run-true", "b", {}, "exit code 1\xff"}};
  return result;
}

TEST(Bench, RatiosArePairedByRound) {
  // 4/2, 8/4, 5/2: the median of the ratios, not the ratio of the medians (5/2).
  EXPECT_THAT(FormatTable(Sample()), HasSubstr("2.00 [2.00, 2.50]"));
}

TEST(Bench, ASubjectThatFailsGetsItsReasonAndNoNumber) {
  EXPECT_THAT(FormatTable(Sample()), HasSubstr("no number: exit code 1\\xff"));
  const auto json = nlohmann::json::parse(FormatJson(Sample()));
  const auto& last = json["benchmarks"].back();
  EXPECT_TRUE(last["error_occurred"]);
  EXPECT_FALSE(last.contains("real_time"));
}

TEST(Bench, JsonHasEveryRoundAndOneMedian) {
  const auto json = nlohmann::json::parse(FormatJson(Sample()));
  ASSERT_EQ(json["benchmarks"].size(), 9U);
  EXPECT_EQ(json["benchmarks"][3]["name"], "BM_run-true/subject:floor_median");
  EXPECT_EQ(json["benchmarks"][3]["real_time"], 2.0);
  EXPECT_EQ(json["benchmarks"][4]["repetition_index"], 0);
  EXPECT_EQ(json["context"]["cowbell_version_a"], "1");
}

TEST(Bench, UnknownWorkloadIsAnErrorThatListsTheKnownOnes) {
  BenchOptions options;
  options.workloads = {"run-flase"};
  const Result<BenchResult> result = RunBench(options);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().ToString(),
            "no workload 'run-flase'; there are run-true, create-rm, cp-in-1k, cp-out-1k, "
            "start-stopped");
}

TEST(Bench, MedianOfEvenCountIsBetween) {
  EXPECT_EQ(MedianOf({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(MedianOf({}), 0);
}

}  // namespace
}  // namespace cowbell::bench
