// What a self-test found out: which clause saw which fault.

#ifndef COWBELL_CONFORMANCE_MUTANTS_KILL_MATRIX_H_
#define COWBELL_CONFORMANCE_MUTANTS_KILL_MATRIX_H_

#include <map>
#include <span>
#include <string>
#include <vector>

#include "conformance/clauses/clause.h"
#include "conformance/mutants/mutants.h"
#include "reports/record/record.h"

namespace cowbell::conformance {

// How one claimed clause fared on one mutant.
enum class ClaimOutcome {
  kKilled,      // failed by an assertion while the whole subject passes
  kSurvived,    // still passes: the claim, or the check, is wrong
  kUnjudged,    // crash, time-out, error or skip: no proof of anything
  kNoBaseline,  // the whole subject does not pass it
};
std::string_view ToString(ClaimOutcome outcome);

struct MutantOutcome {
  std::string id;
  std::string fault;
  std::string subject;
  std::map<std::string, ClaimOutcome> claims;
  bool killed = false;  // by at least one claim
};

struct SelftestOutcome {
  std::vector<MutantOutcome> mutants;
  std::vector<std::string> problems;                         // survivors, claims that do not hold
  std::map<std::string, std::vector<std::string>> unproven;  // level -> clause ids
  int exit_code = 0;
};

// `results` hold the baseline (no fault) and the mutants' cases. `provable`: the clauses that a
// selected mutant's kind of subject can be asked; those that nothing kills are unproven. A
// survivor, an unkilled claim or (with `complete`) an unproven MUST makes the exit code 1.
SelftestOutcome JudgeMutants(std::span<const Mutant> mutants,
                             const std::vector<record::CaseResult>& results,
                             const std::vector<const Clause*>& provable, bool complete);

// The matrix, survivors and unproven clauses as text, and as selftest.json.
std::string SelftestText(const SelftestOutcome& outcome);
std::string SelftestJson(const SelftestOutcome& outcome);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_MUTANTS_KILL_MATRIX_H_
