// Mutants of the clauses about commands: IMG, BLD, LIF, CPY. They are planted in calf: its store is
// the run's own, and every fault stands in front of it.

#include "conformance/mutants/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Mutant kTable[] = {
    // A second start.
    {.id = "logs-drops-last-line/calf",
     .fault = "logs-drops-last-line",
     .subject = "calf",
     .claims = "LIF-031"},

    // Listing.
    {.id = "ps-lists-all/calf", .fault = "ps-lists-all", .subject = "calf", .claims = "LIF-058"},
    {.id = "ps-ignores-all/calf",
     .fault = "ps-ignores-all",
     .subject = "calf",
     .claims = "LIF-058"},
    {.id = "ps-reverses/calf", .fault = "ps-reverses", .subject = "calf", .claims = "LIF-058"},

    // Pulls.
    {.id = "run-mixes-streams/calf",
     .fault = "run-mixes-streams",
     .subject = "calf",
     .claims = "IMG-001"},
    {.id = "failed-run-leaves-container/calf",
     .fault = "failed-run-leaves-container",
     .subject = "calf",
     .claims = "IMG-001"},
    {.id = "errors-are-silent/calf",
     .fault = "errors-are-silent",
     .subject = "calf",
     .claims = "IMG-001"},
    {.id = "pull-always-transfers/calf",
     .fault = "pull-always-transfers",
     .subject = "calf",
     .claims = "IMG-004"},
    {.id = "pull-hides-existing/calf",
     .fault = "pull-hides-existing",
     .subject = "calf",
     .claims = "IMG-004"},

    // Removal of images.
    {.id = "rmi-forces/calf",
     .fault = "rmi-forces",
     .subject = "calf",
     .claims = "IMG-037 ISO-018"},
    {.id = "rmi-keeps-tag/calf",
     .fault = "rmi-keeps-tag",
     .subject = "calf",
     .claims = "IMG-036 RWL-018 RWL-019"},
    {.id = "rmi-removes-all-tags/calf",
     .fault = "rmi-removes-all-tags",
     .subject = "calf",
     .claims = "IMG-036"},
    {.id = "rmi-takes-layers/calf",
     .fault = "rmi-takes-layers",
     .subject = "calf",
     .claims = "IMG-036"},
    {.id = "errors-succeed/calf",
     .fault = "errors-succeed",
     .subject = "calf",
     .claims = "IMG-037 ISO-018 CPY-035"},

    // cp.
    {.id = "cp-into-stopped-is-lost/calf",
     .fault = "cp-into-stopped-is-lost",
     .subject = "calf",
     .claims = "CPY-035 CPY-036"},
    {.id = "cp-changes-state/calf",
     .fault = "cp-changes-state",
     .subject = "calf",
     .claims = "CPY-035"},
    {.id = "cp-cuts-content/calf",
     .fault = "cp-cuts-content",
     .subject = "calf",
     .claims = "CPY-035 CPY-036"},
    {.id = "cp-drops-mode/calf", .fault = "cp-drops-mode", .subject = "calf", .claims = "CPY-035"},
    {.id = "cp-ignores-dot/calf",
     .fault = "cp-ignores-dot",
     .subject = "calf",
     .claims = "CPY-035"},
    {.id = "cp-ignores-destination-slash/calf",
     .fault = "cp-ignores-destination-slash",
     .subject = "calf",
     .claims = "CPY-035"},

    // Builds.
    {.id = "build-copy-drops-mode/calf",
     .fault = "build-copy-drops-mode",
     .subject = "calf",
     .claims = "BLD-001"},
    {.id = "build-copy-drops-mtime/calf",
     .fault = "build-copy-drops-mtime",
     .subject = "calf",
     .claims = "BLD-001"},
    {.id = "build-copy-cuts-content/calf",
     .fault = "build-copy-cuts-content",
     .subject = "calf",
     .claims = "BLD-001"},
    {.id = "build-copy-keeps-owner/calf",
     .fault = "build-copy-keeps-owner",
     .subject = "calf",
     .claims = "BLD-001"},
    {.id = "build-copy-makes-directory/calf",
     .fault = "build-copy-makes-directory",
     .subject = "calf",
     .claims = "BLD-001"},
};

}  // namespace

const std::span<const Mutant> kCommandMutants = kTable;

}  // namespace cowbell::conformance
