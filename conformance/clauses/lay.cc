// Clauses of the area LAY.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {

const std::span<const Clause> kLayClauses;

}  // namespace cowbell::conformance
