// The tables of mutants, one per part of the suite. Each is defined in a file of its own as
//
//   constexpr Mutant kTable[] = {{.id = "stop-wipes-rw/calf", …}, …};
//   const std::span<const Mutant> kCliMutants = kTable;

#ifndef COWBELL_CONFORMANCE_MUTANTS_TABLES_H_
#define COWBELL_CONFORMANCE_MUTANTS_TABLES_H_

#include <span>

#include "conformance/mutants/mutants.h"

namespace cowbell::conformance {

extern const std::span<const Mutant> kFileSystemMutants;  // LAY, COW, ISO-015
extern const std::span<const Mutant> kCliMutants;         // ISO, RWL, IMG, BLD, LIF, CPY

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_MUTANTS_TABLES_H_
