// The clauses as a document: conformance/SPECIFICATION.md.

#ifndef COWBELL_CONFORMANCE_CLI_SPECIFICATION_H_
#define COWBELL_CONFORMANCE_CLI_SPECIFICATION_H_

#include <span>
#include <string>
#include <vector>

#include "conformance/clauses/clause.h"
#include "conformance/mutants/mutants.h"

namespace cowbell::conformance {

// Markdown: a table per area, counts, and what is excluded and why. Equal input, equal text: no
// date, no paths.
std::string SpecificationText(const std::vector<const Clause*>& clauses,
                              std::span<const Mutant> mutants);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_CLI_SPECIFICATION_H_
