// Clauses of the area BLD: build.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Clause kTable[] = {
    {.id = "BLD-001",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "COPY file: to `/x` as file, to `/dir/` or an existing directory inside it; "
                 "missing parents are made 0755 root; content, mode and mtime kept, owner 0:0.",
     .source = "DF §COPY Destination; MIC:build BuildCopySingleFile*",
     .needs = "build",
     .labels = "",
     .excluded = ""},
};

}  // namespace

const std::span<const Clause> kBldClauses = kTable;

}  // namespace cowbell::conformance
