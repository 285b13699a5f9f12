#include "reports/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

using record::CaseResult;
using record::CaseStatus;
using record::RunRecord;
using record::SubjectRecord;
using record::Verdict;

// What a case says about its clause, worst first: the worst of a clause's cases is its cell.
enum class Mark { kFail, kError, kAdvise, kExpected, kRelaxed, kBlocked, kPass, kNotApplicable };

constexpr std::string_view kMarks[] = {"**FAIL**", "**error**", "advise", "xfail",
                                       "relaxed",  "blocked",   "pass",   "–"};

Mark MarkOf(const CaseResult& result) {
  if (result.verdict == Verdict::kExpected) return Mark::kExpected;
  if (result.verdict == Verdict::kRelaxed) return Mark::kRelaxed;
  switch (result.status) {
    case CaseStatus::kPass:
      return Mark::kPass;
    case CaseStatus::kFail:
      return result.gates ? Mark::kFail : Mark::kAdvise;
    case CaseStatus::kError:
      return Mark::kError;
    case CaseStatus::kSkippedBlocked:
      return Mark::kBlocked;
    case CaseStatus::kSkippedNotApplicable:
      return Mark::kNotApplicable;
  }
  return Mark::kError;
}

std::string_view TextOf(Mark mark) { return kMarks[static_cast<size_t>(mark)]; }

// Text in a cell of a table.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : Sanitize(text)) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

struct Column {
  const RunRecord* run = nullptr;  // the latest one of this subject
  const SubjectRecord* subject = nullptr;
  std::map<std::string, std::vector<const CaseResult*>> cases;  // clause -> cases
  double seconds = 0;
};

struct Clause {
  std::string level;
  std::string sentence;
};

class Matrix {
 public:
  explicit Matrix(const std::vector<RunRecord>& runs) {
    for (const RunRecord& run : runs)
      Add(run);
  }

  std::string Text() const {
    return SubjectTable() + ClauseTables() +
           Reasons("Failed as expected", Mark::kExpected,
                   [](const CaseResult& result) {
                     return result.expectation
                                ? result.expectation->reason + " " + result.expectation->url
                                : std::string();
                   }) +
           Reasons("Relaxed", Mark::kRelaxed,
                   [](const CaseResult& result) { return result.relaxation; }) +
           Reasons("Blocked: could not be judged here", Mark::kBlocked,
                   [](const CaseResult& result) { return result.message; });
  }

 private:
  void Add(const RunRecord& run) {
    for (const SubjectRecord& subject : run.subjects) {
      Column& column = ColumnOf(subject.name);
      column.run = &run;
      column.subject = &subject;
      column.seconds += run.wall_s;
      std::map<std::string, std::vector<const CaseResult*>> cases;
      for (const CaseResult& result : run.results) {
        if (result.subject != subject.name) continue;
        cases[result.clause].push_back(&result);
        clauses_[result.clause] = {result.level, result.sentence};
      }
      for (auto& [clause, results] : cases)
        column.cases[clause] = std::move(results);
    }
  }

  Column& ColumnOf(const std::string& name) {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) return columns_[i];
    }
    names_.push_back(name);
    return columns_.emplace_back();
  }

  // The marks of a subject's cases, or of the clauses' worst ones.
  static std::map<Mark, int> CountCases(const Column& column) {
    std::map<Mark, int> counts;
    for (const auto& [clause, results] : column.cases) {
      for (const CaseResult* result : results)
        ++counts[MarkOf(*result)];
    }
    return counts;
  }

  static Mark Worst(const std::vector<const CaseResult*>& results) {
    Mark worst = Mark::kNotApplicable;
    for (const CaseResult* result : results)
      worst = std::min(worst, MarkOf(*result));
    return worst;
  }

  std::string SubjectTable() const {
    std::string text =
        "| subject | version | pass | fail | error | xfail | relaxed | advise | blocked | n/a | "
        "seconds | date | kernel, file system |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = columns_[i];
      std::map<Mark, int> n = CountCases(column);
      const std::string version = column.subject->unavailable.empty()
                                      ? column.subject->version
                                      : "not available: " + column.subject->unavailable;
      text += fmt::format(
          "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0f} | {} | {}, {} |\n", names_[i],
          Cell(version), n[Mark::kPass], n[Mark::kFail], n[Mark::kError], n[Mark::kExpected],
          n[Mark::kRelaxed], n[Mark::kAdvise], n[Mark::kBlocked], n[Mark::kNotApplicable],
          column.seconds, Cell(column.run->started.substr(0, 10)),
          Cell(column.run->environment.kernel), Cell(column.run->environment.backing_fs));
    }
    return text;
  }

  std::string ClauseTables() const {
    std::string text;
    std::string area;
    for (const auto& [id, clause] : clauses_) {
      if (id.substr(0, 3) != area) {
        area = id.substr(0, 3);
        text += fmt::format("\n## {}\n\n| clause | level |", area);
        for (const std::string& name : names_)
          text += " " + name + " |";
        text += " requirement |\n| --- | --- |";
        for (size_t i = 0; i < names_.size(); ++i)
          text += " --- |";
        text += " --- |\n";
      }
      text += fmt::format("| {} | {} |", id, clause.level);
      for (const Column& column : columns_) {
        const auto found = column.cases.find(id);
        text += fmt::format(" {} |", found == column.cases.end() ? std::string_view("")
                                                                 : TextOf(Worst(found->second)));
      }
      text += " " + Cell(clause.sentence) + " |\n";
    }
    return text;
  }

  template <typename ReasonOf>
  std::string Reasons(const char* title, Mark mark, const ReasonOf& reason_of) const {
    std::string rows;
    for (size_t i = 0; i < columns_.size(); ++i) {
      for (const auto& [clause, results] : columns_[i].cases) {
        std::set<std::string> told;
        for (const CaseResult* result : results) {
          if (MarkOf(*result) != mark) continue;
          const std::string reason = reason_of(*result);
          if (told.insert(reason).second) {
            rows += fmt::format("| {} | {} | {} |\n", names_[i], clause, Cell(Trim(reason)));
          }
        }
      }
    }
    if (rows.empty()) return {};
    return fmt::format("\n## {}\n\n| subject | clause | why |\n| --- | --- | --- |\n{}", title,
                       rows);
  }

  std::vector<std::string> names_;
  std::vector<Column> columns_;
  std::map<std::string, Clause> clauses_;
};

}  // namespace

Result<std::string> MatrixMarkdown(const std::vector<RunRecord>& runs) {
  if (runs.empty()) return Error::FromMessage("there is no run to report");
  for (const RunRecord& run : runs) {
    if (run.clauses_sha256 != runs.front().clauses_sha256) {
      return Error::FromMessage("run " + run.id + " judged other clauses than run " +
                                runs.front().id + ": their results cannot stand side by side");
    }
  }
  return Matrix(runs).Text();
}

}  // namespace cowbell
