// Clauses of the area RWL.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {

const std::span<const Clause> kRwlClauses;

}  // namespace cowbell::conformance
