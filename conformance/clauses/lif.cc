// Clauses of the area LIF: the life cycle of containers.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Clause kTable[] = {
    {.id = "LIF-031",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "A second start runs the same command, environment, user and working directory "
                 "over the modified file system.",
     .source = "D:container_start.md; MI TestContainerRestartStoppedContainer; M",
     .needs = "",
     .labels = "",
     .excluded = ""},
    // The order is part of the clause: an engine that lists oldest first fails it.
    {.id = "LIF-058",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "`ps` lists running and paused containers only, `ps -a` all, newest first.",
     .source = "D:container_ls.md; MIC:ps PsListContainersBase, PsByOrder",
     .needs = "",
     .labels = "",
     .excluded = ""},
};

}  // namespace

const std::span<const Clause> kLifClauses = kTable;

}  // namespace cowbell::conformance
