// The tables of mutants, one per area or two. Each is defined in a file of its own as
//
//   constexpr Mutant kTable[] = {{.id = "stop-wipes-rw/calf", …}, …};
//   const std::span<const Mutant> kStoreMutants = kTable;

#ifndef COWBELL_CONFORMANCE_MUTANTS_TABLES_H_
#define COWBELL_CONFORMANCE_MUTANTS_TABLES_H_

#include <span>

#include "conformance/mutants/mutants.h"

namespace cowbell::conformance {

extern const std::span<const Mutant> kLayMutants;      // LAY
extern const std::span<const Mutant> kCowMutants;      // COW
extern const std::span<const Mutant> kStoreMutants;    // ISO, RWL
extern const std::span<const Mutant> kDifMutants;      // DIF
extern const std::span<const Mutant> kCommandMutants;  // IMG, BLD, LIF, CPY

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_MUTANTS_TABLES_H_
