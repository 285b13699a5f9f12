// Clauses of the area COW.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {

const std::span<const Clause> kCowClauses;

}  // namespace cowbell::conformance
