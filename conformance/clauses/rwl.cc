// Clauses of the area RWL: the RW layer on disk.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Clause kTable[] = {
    {.id = "RWL-015",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "N containers of one image store its data once.",
     .source = "docker docs storage/drivers §Container size; obs D20,P43 shared",
     .needs = "host.local",
     .labels = "exclusive",
     .excluded = ""},
    {.id = "RWL-020",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "The RW layer survives stop and start, restart, kill and pause.",
     .source = "docker docs storage/drivers; obs D20,P43 OK",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "RWL-023",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence =
         "Removing a container removes its RW directories and mounts and returns the space.",
     .source = "moby/moby#21925, #32420, #29358; obs D20,P43 OK",
     .needs = "host.local",
     .labels = "exclusive",
     .excluded = ""},
};

}  // namespace

const std::span<const Clause> kRwlClauses = kTable;

}  // namespace cowbell::conformance
