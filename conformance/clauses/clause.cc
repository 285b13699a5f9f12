#include "conformance/clauses/clause.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {
namespace {

// A broken table is a defect of the program, found by the first start of it.
[[noreturn]] void RefuseTable(const Clause& clause, const char* why) {
  std::fprintf(stderr, "cowbell: clause table: '%.*s' %s\n", static_cast<int>(clause.id.size()),
               clause.id.data(), why);
  std::abort();
}

std::vector<Clause> MergeTables() {
  std::vector<Clause> all;
  for (const auto& table : {kLayClauses, kCowClauses, kIsoClauses, kRwlClauses, kDifClauses,
                            kImgClauses, kBldClauses, kLifClauses, kCpyClauses}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  std::sort(all.begin(), all.end(), [](const Clause& a, const Clause& b) { return a.id < b.id; });
  for (size_t i = 0; i < all.size(); ++i) {
    if (!IsClauseId(all[i].id)) RefuseTable(all[i], "is not an id such as 'COW-058'");
    if (all[i].sentence.empty()) RefuseTable(all[i], "has no sentence");
    if (i > 0 && all[i].id == all[i - 1].id) RefuseTable(all[i], "occurs twice");
  }
  return all;
}

}  // namespace

bool IsClauseId(std::string_view id) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return id.size() == 7 && upper(id[0]) && upper(id[1]) && upper(id[2]) && id[3] == '-' &&
         digit(id[4]) && digit(id[5]) && digit(id[6]);
}

std::string_view ToString(Level level) {
  switch (level) {
    case Level::kMust:
      return "MUST";
    case Level::kShould:
      return "SHOULD";
    case Level::kMay:
      return "MAY";
  }
  return "?";
}

std::string_view ToString(Via via) {
  switch (via) {
    case Via::kEngine:
      return "C";
    case Via::kMount:
      return "M";
    case Via::kBoth:
      return "B";
  }
  return "?";
}

std::string_view AreaOf(const Clause& clause) { return clause.id.substr(0, clause.id.find('-')); }

std::span<const Clause> AllClauses() {
  static const std::vector<Clause> kAll = MergeTables();
  return kAll;
}

const Clause* FindClause(std::string_view id) {
  const auto all = AllClauses();
  const auto it = std::lower_bound(all.begin(), all.end(), id,
                                   [](const Clause& clause, auto key) { return clause.id < key; });
  return it != all.end() && it->id == id ? &*it : nullptr;
}

}  // namespace cowbell::conformance
