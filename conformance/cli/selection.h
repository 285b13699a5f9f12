// Which clauses a command is about.

#ifndef COWBELL_CONFORMANCE_CLI_SELECTION_H_
#define COWBELL_CONFORMANCE_CLI_SELECTION_H_

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "conformance/clauses/clause.h"
#include "runtime/base/result.h"

namespace cowbell::conformance {

struct Selection {
  std::vector<std::string> clauses;  // ids or globs; any matches
  std::vector<std::string> areas;    // "COW"
  std::vector<std::string> levels;   // "must"
};

// --clause, --area, --level.
void AddSelectionOptions(CLI::App& command, Selection& selection);

// The clauses that fulfil every kind of filter given. Errors: a filter that matches nothing at all
// (with what there is), or filters that leave nothing together.
Result<std::vector<const Clause*>> Select(std::span<const Clause> clauses,
                                          const Selection& selection);

// "a,b" and repeated options alike; empty parts are dropped, doubles too.
std::vector<std::string> SplitNames(const std::vector<std::string>& values);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_CLI_SELECTION_H_
