// Clauses of the area BLD.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {

const std::span<const Clause> kBldClauses;

}  // namespace cowbell::conformance
