// Clauses of the area CPY: `container cp`.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Clause kTable[] = {
    {.id = "CPY-035",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "cp works both ways on created, running, paused and exited containers and does "
                 "not change the state.",
     .source = "D:container_cp.md \"running or stopped\"; N (running/stopped double matrix); "
               "MIC:cp CopyCreatedContainer, CopyAndRestart",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "CPY-036",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "Files copied into a created container are there at its first start, and survive "
                 "restarts.",
     .source = "MIC:cp_to (method of all cases); PB:065",
     .needs = "",
     .labels = "",
     .excluded = ""},
};

}  // namespace

const std::span<const Clause> kCpyClauses = kTable;

}  // namespace cowbell::conformance
