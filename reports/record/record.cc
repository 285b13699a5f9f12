#include "reports/record/record.h"

#include <array>
#include <utility>

namespace cowbell::record {
namespace {

constexpr std::array<std::pair<CaseStatus, std::string_view>, 5> kStatuses = {{
    {CaseStatus::kPass, "pass"},
    {CaseStatus::kFail, "fail"},
    {CaseStatus::kError, "error"},
    {CaseStatus::kSkippedNotApplicable, "skipped(na)"},
    {CaseStatus::kSkippedBlocked, "skipped(blocked)"},
}};

constexpr std::array<std::pair<Verdict, std::string_view>, 5> kVerdicts = {{
    {Verdict::kOk, "ok"},
    {Verdict::kUnexpected, "unexpected"},
    {Verdict::kExpected, "expected"},
    {Verdict::kRelaxed, "relaxed"},
    {Verdict::kFlaky, "flaky"},
}};

template <typename Table, typename Value>
std::string_view WordOf(const Table& table, Value value) {
  for (const auto& [known, word] : table) {
    if (known == value) return word;
  }
  return "?";
}

template <typename Value, typename Table>
std::optional<Value> ValueOf(const Table& table, std::string_view text) {
  for (const auto& [value, word] : table) {
    if (word == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToString(CaseStatus status) { return WordOf(kStatuses, status); }
std::string_view ToString(Verdict verdict) { return WordOf(kVerdicts, verdict); }

std::optional<CaseStatus> ParseCaseStatus(std::string_view text) {
  return ValueOf<CaseStatus>(kStatuses, text);
}

std::optional<Verdict> ParseVerdict(std::string_view text) {
  return ValueOf<Verdict>(kVerdicts, text);
}

std::string_view ToString(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::kUnavailable:
      return "unavailable";
    case Finding::Kind::kNothingExecuted:
      return "nothing-executed";
    case Finding::Kind::kExpectationDrift:
      return "expectation-drift";
    case Finding::Kind::kHarness:
      return "harness";
  }
  return "?";
}

std::string CaseKey(const CaseResult& result) {
  return result.name.empty() ? result.clause : result.clause + "/" + result.name;
}

}  // namespace cowbell::record
