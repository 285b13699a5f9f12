#include "reports/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "reports/record/verdict.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

using record::CaseResult;
using record::CaseStatus;
using record::Verdict;

constexpr std::string_view kRed = "31";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kYellow = "33";
constexpr std::string_view kDim = "2";

std::string Paint(std::string_view text, std::string_view color, const TerminalStyle& style) {
  if (!style.color) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", color, text);
}

bool IsSet(const char* variable) {
  const char* const value = getenv(variable);
  return value != nullptr && *value != '\0';
}

struct Word {
  std::string_view text;
  std::string_view color;
};

Word WordFor(const CaseResult& result) {
  if (result.verdict == Verdict::kExpected) return {"XFAIL", kYellow};
  if (result.verdict == Verdict::kRelaxed) return {"RELAXED", kYellow};
  switch (result.status) {
    case CaseStatus::kPass:
      return result.verdict == Verdict::kUnexpected ? Word{"XPASS", kYellow} : Word{"PASS", kGreen};
    case CaseStatus::kFail:
      if (result.type == record::kTypeLeak) return {"LEAK", kRed};
      return result.gates ? Word{"FAIL", kRed} : Word{"ADVISE", kYellow};
    case CaseStatus::kError:
      if (result.type == record::kTypeTimeout) return {"TIMEOUT", kRed};
      if (result.type == record::kTypeCrash) return {"CRASH", kRed};
      return {result.type == record::kTypeNotRun ? "NOTRUN" : "ERROR", kRed};
    case CaseStatus::kSkippedNotApplicable:
    case CaseStatus::kSkippedBlocked:
      return {"SKIP", kDim};
  }
  return {"?", kRed};
}

// "label  -> 3 things, " when there are any.
void AddCount(std::string& line, int count, std::string_view what) {
  if (count > 0) line += fmt::format("{}{} {}", line.empty() ? "" : ", ", count, what);
}

std::string CountsText(const record::Counts& c) {
  std::string line;
  AddCount(line, c.passed, "pass");
  AddCount(line, c.failures, "fail");
  AddCount(line, c.errors, c.errors == 1 ? "error" : "errors");
  AddCount(line, c.expected, "xfail");
  AddCount(line, c.relaxed, "relaxed");
  AddCount(line, c.advisory, "advisory");
  AddCount(line, c.unexpected_passes, "unexpected pass");
  AddCount(line, c.blocked, "blocked");
  AddCount(line, c.not_applicable, "not applicable");
  return line.empty() ? "nothing" : line;
}

std::string VerdictOf(const record::RunRecord& run, const record::SubjectRecord& subject,
                      const record::Counts& counts, const TerminalStyle& style) {
  if (!subject.unavailable.empty()) return Paint("NOT AVAILABLE", kRed, style);
  if (counts.failures > 0) return Paint("NOT CONFORMING", kRed, style);
  const bool finding =
      std::any_of(run.findings.begin(), run.findings.end(),
                  [&](const record::Finding& f) { return f.subject == subject.name; });
  if (counts.errors > 0 || finding || counts.executed == 0) {
    return Paint("NOT DECIDED", kRed, style);
  }
  return Paint("conforming", kGreen, style);
}

// Why cases were blocked, most frequent first.
std::string BlockedReasons(const record::RunRecord& run, const std::string& subject) {
  std::map<std::string, int> reasons;
  for (const CaseResult& result : run.results) {
    if (result.subject == subject && result.status == CaseStatus::kSkippedBlocked) {
      ++reasons[result.message];
    }
  }
  std::vector<std::pair<std::string, int>> sorted(reasons.begin(), reasons.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [reason, count] : sorted)
    text += fmt::format("  BLOCKED  {:4}  {}\n", count, Sanitize(reason));
  return text;
}

std::string SubjectSummary(const record::RunRecord& run, const record::SubjectRecord& subject,
                           const TerminalStyle& style) {
  const record::Counts counts = record::Count(run, subject.name);
  std::string text = fmt::format(" Summary [{:7.1f}s] {}{}: {}  {}\n", run.wall_s, subject.name,
                                 subject.version.empty() ? "" : " " + Sanitize(subject.version),
                                 VerdictOf(run, subject, counts, style), CountsText(counts));
  std::string last;
  for (const CaseResult& result : run.results) {
    if (result.subject != subject.name || !result.gates) continue;
    const Word word = WordFor(result);
    const std::string key = fmt::format("{} {}", word.text, result.clause);
    if (key == last) continue;  // one line per clause
    last = key;
    text += "  " + Paint(fmt::format("{:<8}", word.text), word.color, style) +
            fmt::format(" {}  {}\n", result.clause, RerunCommand(result, subject, style.program));
  }
  text += BlockedReasons(run, subject.name);
  for (const std::string& entry : subject.unused_expectations)
    text += "  expectation matched no failure: " + Sanitize(entry) + "\n";
  for (const std::string& entry : subject.expired_expectations)
    text += "  expectation has expired: " + Sanitize(entry) + "\n";
  return text;
}

}  // namespace

TerminalStyle StyleFor(int fd) {
  TerminalStyle style;
  style.color = IsSet("CLICOLOR_FORCE") || (isatty(fd) == 1 && !IsSet("NO_COLOR"));
  return style;
}

std::string RerunCommand(const CaseResult& result, const record::SubjectRecord& subject,
                         const std::string& program) {
  const std::string& word = subject.word.empty() ? subject.name : subject.word;
  std::vector<std::string> words = {program, "run", "--engine", word, "--clause", result.clause};
  if (!result.fault.empty()) words.insert(words.end(), {"--mutant", result.fault});
  return ShellJoin(words);
}

std::string ResultLine(const CaseResult& result, size_t number, size_t total,
                       const TerminalStyle& style) {
  const Word word = WordFor(result);
  const size_t width = std::to_string(total).size();
  std::string line = Paint(fmt::format("{:>8}", word.text), word.color, style) +
                     fmt::format(" [{:7.3f}s] ({:>{}}/{}) {} {}", result.duration_s, number, width,
                                 total, result.subject, Sanitize(CaseKey(result)));
  if (!result.fault.empty()) line += " with fault " + Sanitize(result.fault);
  if (result.verdict == Verdict::kExpected && result.expectation) {
    return line + "   " + Sanitize(result.expectation->reason) + "\n";
  }
  if (result.status == CaseStatus::kPass) {
    return line + (result.verdict == Verdict::kUnexpected ? "   was expected to fail\n" : "\n");
  }
  if (result.status == CaseStatus::kSkippedBlocked ||
      result.status == CaseStatus::kSkippedNotApplicable) {
    return line + "   " + Sanitize(result.message) + "\n";
  }
  line += "\n      " + result.level + " " + Sanitize(result.sentence) + "\n      " +
          Sanitize(result.message);
  if (!result.failures.empty()) {
    line += fmt::format("   {}:{}", result.failures[0].file, result.failures[0].line);
  }
  return line + "\n";
}

std::string ResultDetails(const CaseResult& result) {
  std::string text;
  const auto section = [&](std::string_view title, const std::string& body) {
    if (Trim(body).empty()) return;
    text += fmt::format("      --- {}\n", title);
    for (const std::string& line : Lines(Sanitize(body, 16 << 10)))
      text += "      " + line + "\n";
  };
  for (const record::AssertionFailure& failure : result.failures)
    section(fmt::format("{}:{}", failure.file, failure.line), failure.text);
  if (result.failures.empty()) section("transcript", Join(result.transcript, "\n"));
  section("stdout", result.out);
  section("stderr", result.err);
  return text;
}

std::string SummaryText(const record::RunRecord& run, const std::string& reports,
                        const TerminalStyle& style) {
  std::string text = "------------\n";
  for (const record::SubjectRecord& subject : run.subjects)
    text += SubjectSummary(run, subject, style);
  for (const record::Finding& finding : run.findings)
    text += "  " + Paint("PROBLEM ", kRed, style) + " " + Sanitize(finding.message) + "\n";
  for (const std::string& note : run.notes)
    text += "  note: " + Sanitize(note) + "\n";
  if (run.interrupted_by != 0) text += "  interrupted: what was not run counts as an error\n";
  if (!reports.empty()) text += " reports: " + reports + "\n";
  return text;
}

}  // namespace cowbell
