// Clauses of the area LIF.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {

const std::span<const Clause> kLifClauses;

}  // namespace cowbell::conformance
