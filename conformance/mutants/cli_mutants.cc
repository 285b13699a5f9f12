// Mutants of the clauses that are asked through an engine's commands. They are planted in calf: its
// store is the run's own, and every fault stands in front of it.

#include "conformance/mutants/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Mutant kTable[] = {
    // Isolation of siblings.
    {.id = "containers-share-rw/calf",
     .fault = "containers-share-rw",
     .subject = "calf",
     .claims = "ISO-001"},
    {.id = "sibling-sees-changes/calf",
     .fault = "sibling-sees-changes",
     .subject = "calf",
     .claims = "ISO-001"},
    {.id = "new-container-not-pristine/calf",
     .fault = "new-container-not-pristine",
     .subject = "calf",
     .claims = "ISO-002 ISO-014"},

    // The image that containers start from.
    {.id = "create-copies-image/calf",
     .fault = "create-copies-image",
     .subject = "calf",
     .claims = "RWL-015"},

    // The life of the RW layer.
    {.id = "stop-wipes-rw/calf",
     .fault = "stop-wipes-rw",
     .subject = "calf",
     .claims = "RWL-020 LIF-031 CPY-036"},
    {.id = "restart-forgets-metadata/calf",
     .fault = "restart-forgets-metadata",
     .subject = "calf",
     .claims = "RWL-020"},
    {.id = "restart-forgets-xattrs/calf",
     .fault = "restart-forgets-xattrs",
     .subject = "calf",
     .claims = "RWL-020"},
    {.id = "restart-loses-new-names/calf",
     .fault = "restart-loses-new-names",
     .subject = "calf",
     .claims = "RWL-020"},
    {.id = "restart-loses-writes/calf",
     .fault = "restart-loses-writes",
     .subject = "calf",
     .claims = "RWL-020"},
    {.id = "rm-keeps/calf", .fault = "rm-keeps", .subject = "calf", .claims = "RWL-023 ISO-024"},
    {.id = "rm-leaves-data/calf",
     .fault = "rm-leaves-data",
     .subject = "calf",
     .claims = "RWL-023"},

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
    {.id = "rmi-keeps-tag/calf", .fault = "rmi-keeps-tag", .subject = "calf", .claims = "IMG-036"},
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

const std::span<const Mutant> kCliMutants = kTable;

}  // namespace cowbell::conformance
