// The mutants: broken subjects that the suite must tell from whole ones.

#ifndef COWBELL_CONFORMANCE_MUTANTS_MUTANTS_H_
#define COWBELL_CONFORMANCE_MUTANTS_MUTANTS_H_

#include <span>
#include <string_view>

namespace cowbell::conformance {

// One planted fault and the clauses that must see it. Everything is a literal.
struct Mutant {
  std::string_view id;       // "stop-wipes-rw/calf"; unique, [a-z0-9/-]
  std::string_view fault;    // a name of fixtures/engine/fault.h
  std::string_view subject;  // the profile it is planted in: "calf", "overlayfs", "directory"
  std::string_view claims;   // clause ids, blank-separated: each fails by an assertion
};

// All rows.
std::span<const Mutant> AllMutants();

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_MUTANTS_MUTANTS_H_
