#include "conformance/mutants/mutants.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "conformance/mutants/tables.h"

namespace cowbell::conformance {
namespace {

std::vector<Mutant> MergeTables() {
  std::vector<Mutant> all;
  for (const auto& table : {kLayMutants, kCowMutants, kStoreMutants, kDifMutants, kCommandMutants}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  std::sort(all.begin(), all.end(), [](const Mutant& a, const Mutant& b) { return a.id < b.id; });
  const auto twice = std::adjacent_find(
      all.begin(), all.end(), [](const Mutant& a, const Mutant& b) { return a.id == b.id; });
  if (twice != all.end()) {
    // A broken table is a defect of the program, found by the first start of it.
    std::fprintf(stderr, "cowbell: mutant table: '%.*s' occurs twice\n",
                 static_cast<int>(twice->id.size()), twice->id.data());
    std::abort();
  }
  return all;
}

}  // namespace

std::span<const Mutant> AllMutants() {
  static const std::vector<Mutant> kAll = MergeTables();
  return kAll;
}

}  // namespace cowbell::conformance
