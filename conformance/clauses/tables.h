// The clause tables, one per area. Each is defined in the file of its area (lay.cc …) as
//
//   constexpr Clause kTable[] = {{.id = "LAY-001", …}, …};
//   const std::span<const Clause> kLayClauses = kTable;
//
// in any order; the registry sorts them and refuses an id that occurs twice.

#ifndef COWBELL_CONFORMANCE_CLAUSES_TABLES_H_
#define COWBELL_CONFORMANCE_CLAUSES_TABLES_H_

#include <span>

#include "conformance/clauses/clause.h"

namespace cowbell::conformance {

extern const std::span<const Clause> kLayClauses;  // layers -> tree
extern const std::span<const Clause> kCowClauses;  // copy on write
extern const std::span<const Clause> kIsoClauses;  // isolation of containers from each other
extern const std::span<const Clause> kRwlClauses;  // life of the RW layer
extern const std::span<const Clause> kDifClauses;  // diff, commit, export, save
extern const std::span<const Clause> kImgClauses;  // images on the command line
extern const std::span<const Clause> kBldClauses;  // build
extern const std::span<const Clause> kLifClauses;  // life cycle of containers
extern const std::span<const Clause> kCpyClauses;  // cp, diff, export, commit

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_CLAUSES_TABLES_H_
