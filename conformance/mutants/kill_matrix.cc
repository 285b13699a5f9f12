#include "conformance/mutants/kill_matrix.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "conformance/harness/suite.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using record::CaseResult;
using record::CaseStatus;

// What is known of one clause on one subject with one fault.
struct Tally {
  int passed = 0;
  int failed_by_assertion = 0;
  int other = 0;
};

using Key = std::array<std::string, 3>;  // subject, fault, clause

std::map<Key, Tally> TallyOf(const std::vector<CaseResult>& results) {
  std::map<Key, Tally> tallies;
  for (const CaseResult& result : results) {
    Tally& tally = tallies[{result.subject, result.fault, result.clause}];
    if (result.status == CaseStatus::kPass) {
      ++tally.passed;
    } else if (result.status == CaseStatus::kFail && result.type == record::kTypeAssert) {
      ++tally.failed_by_assertion;
    } else if (result.status != CaseStatus::kSkippedNotApplicable &&
               result.status != CaseStatus::kSkippedBlocked) {
      ++tally.other;
    }
  }
  return tallies;
}

ClaimOutcome JudgeClaim(const Tally& baseline, const Tally& mutated) {
  if (baseline.passed == 0 || baseline.failed_by_assertion > 0 || baseline.other > 0) {
    return ClaimOutcome::kNoBaseline;
  }
  if (mutated.failed_by_assertion > 0) return ClaimOutcome::kKilled;
  return mutated.passed > 0 && mutated.other == 0 ? ClaimOutcome::kSurvived
                                                  : ClaimOutcome::kUnjudged;
}

std::string Explain(const MutantOutcome& mutant, const std::string& clause, ClaimOutcome outcome) {
  switch (outcome) {
    case ClaimOutcome::kKilled:
      return {};
    case ClaimOutcome::kSurvived:
      return mutant.id + ": the claimed clause " + clause + " still passes";
    case ClaimOutcome::kUnjudged:
      return mutant.id + ": the claimed clause " + clause +
             " does not fail by an assertion (crash, time-out, error or skip)";
    case ClaimOutcome::kNoBaseline:
      return mutant.id + ": the claimed clause " + clause + " does not pass on the whole " +
             mutant.subject;
  }
  return {};
}

char Letter(ClaimOutcome outcome) {
  switch (outcome) {
    case ClaimOutcome::kKilled:
      return 'K';
    case ClaimOutcome::kSurvived:
      return 'S';
    case ClaimOutcome::kUnjudged:
      return '?';
    case ClaimOutcome::kNoBaseline:
      return 'B';
  }
  return ' ';
}

}  // namespace

std::string_view ToString(ClaimOutcome outcome) {
  switch (outcome) {
    case ClaimOutcome::kKilled:
      return "killed";
    case ClaimOutcome::kSurvived:
      return "survived";
    case ClaimOutcome::kUnjudged:
      return "unjudged";
    case ClaimOutcome::kNoBaseline:
      return "no-baseline";
  }
  return "?";
}

SelftestOutcome JudgeMutants(std::span<const Mutant> mutants,
                             const std::vector<CaseResult>& results,
                             const std::vector<const Clause*>& provable, bool complete) {
  SelftestOutcome outcome;
  std::map<Key, Tally> tallies = TallyOf(results);
  std::set<std::string> proven;
  for (const Mutant& row : mutants) {
    MutantOutcome mutant{
        std::string(row.id), std::string(row.fault), std::string(row.subject), {}, false};
    for (const std::string& clause : Words(row.claims)) {
      const ClaimOutcome claim = JudgeClaim(tallies[{mutant.subject, "", clause}],
                                            tallies[{mutant.subject, mutant.fault, clause}]);
      mutant.claims[clause] = claim;
      if (claim == ClaimOutcome::kKilled) {
        mutant.killed = true;
        proven.insert(clause);
      } else {
        outcome.problems.push_back(Explain(mutant, clause, claim));
      }
    }
    if (mutant.claims.empty()) outcome.problems.push_back(mutant.id + ": claims no clause");
    outcome.mutants.push_back(std::move(mutant));
  }
  for (const Clause* clause : provable) {
    const std::string id(clause->id);
    if (!proven.contains(id)) outcome.unproven[std::string(ToString(clause->level))].push_back(id);
  }
  const bool unproven_must = complete && outcome.unproven.contains("MUST");
  outcome.exit_code = outcome.problems.empty() && !unproven_must ? 0 : 1;
  return outcome;
}

std::string SelftestText(const SelftestOutcome& outcome) {
  std::string text =
      "mutant × claims   K killed, S survived, ? not judged, B fails without fault\n";
  size_t width = 0;
  size_t killed = 0;
  for (const MutantOutcome& mutant : outcome.mutants)
    width = std::max(width, mutant.id.size());
  for (const MutantOutcome& mutant : outcome.mutants) {
    killed += mutant.killed ? 1 : 0;
    text += std::string(mutant.killed ? "  " : "! ") + mutant.id +
            std::string(width - mutant.id.size() + 2, ' ');
    for (const auto& [clause, claim] : mutant.claims)
      text += clause + "=" + Letter(claim) + " ";
    text.back() = '\n';
  }
  text += std::to_string(killed) + " of " + std::to_string(outcome.mutants.size()) +
          " mutants killed\n";
  for (const std::string& problem : outcome.problems)
    text += "  PROBLEM  " + problem + "\n";
  for (const auto& [level, clauses] : outcome.unproven) {
    text += "unproven " + level + " (" + std::to_string(clauses.size()) +
            "): " + Join(clauses, " ") + "\n";
  }
  return text;
}

std::string SelftestJson(const SelftestOutcome& outcome) {
  using Json = nlohmann::ordered_json;
  Json json = {{"schema", "cowbell.selftest/1"}, {"exit_code", outcome.exit_code}};
  json["mutants"] = Json::array();
  for (const MutantOutcome& mutant : outcome.mutants) {
    Json claims = Json::object();
    for (const auto& [clause, claim] : mutant.claims)
      claims[clause] = ToString(claim);
    json["mutants"].push_back({{"id", mutant.id},
                               {"fault", mutant.fault},
                               {"subject", mutant.subject},
                               {"killed", mutant.killed},
                               {"claims", std::move(claims)}});
  }
  json["problems"] = outcome.problems;
  json["unproven"] = outcome.unproven;
  return json.dump(2) + "\n";
}

}  // namespace cowbell::conformance
