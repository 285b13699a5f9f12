// Clauses of the area CPY.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {

const std::span<const Clause> kCpyClauses;

}  // namespace cowbell::conformance
