// The clause registry: every requirement the suite knows, as data.

#ifndef COWBELL_CONFORMANCE_CLAUSES_CLAUSE_H_
#define COWBELL_CONFORMANCE_CLAUSES_CLAUSE_H_

#include <span>
#include <string_view>

namespace cowbell::conformance {

// The RFC 2119 word of the row.
enum class Level { kMust, kShould, kMay };
// Which kind of subject can be asked.
enum class Via { kEngine, kMount, kBoth };

// One requirement. Everything is a literal; ids are never reused.
struct Clause {
  std::string_view id;  // "COW-058"
  Level level = Level::kMust;
  Via via = Via::kEngine;
  std::string_view sentence;  // the requirement, one sentence
  std::string_view source;    // where it comes from
  // Capabilities a subject needs, blank-separated ("apply", "pull build"); lacking one is `na`.
  // "apply|merge" is satisfied by either.
  std::string_view needs;
  // "slow" (needs age or bulk), "exclusive" (reads disk usage or counts: alone on its subject),
  // "private" (wants a private store), "volume" (wants that store, or the file system's work
  // directory, on a small volume that can be filled), "hostile" (dangerous archive);
  // blank-separated.
  std::string_view labels;
  // Empty: the clause has a check. Else why it has none.
  std::string_view excluded;
};

std::string_view ToString(Level level);         // "MUST"
std::string_view ToString(Via via);             // "C", "M", "B" as in the catalogue
std::string_view AreaOf(const Clause& clause);  // "COW"

// Three capitals, a hyphen, three digits.
bool IsClauseId(std::string_view id);

// All clauses, sorted by id; ids are unique.
std::span<const Clause> AllClauses();
// nullptr when there is none.
const Clause* FindClause(std::string_view id);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_CLAUSES_CLAUSE_H_
