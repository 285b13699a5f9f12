// Clauses of the area IMG.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {

const std::span<const Clause> kImgClauses;

}  // namespace cowbell::conformance
