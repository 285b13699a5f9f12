// Clauses of the area ISO.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {

const std::span<const Clause> kIsoClauses;

}  // namespace cowbell::conformance
