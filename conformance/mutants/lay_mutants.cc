// Mutants of LAY: how layers become one tree.

#include "conformance/mutants/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Mutant kTable[] = {
    // The order of layers, and an entry over what is below it.
    {"load-reverses-layers/overlayfs", "load-reverses-layers", "overlayfs", "LAY-001"},
    {"load-reverses-layers/calf", "load-reverses-layers", "calf", "LAY-001"},
    {"load-sorts-layers/calf", "load-sorts-layers", "calf", "LAY-002"},
    {"load-hides-lower-children/overlayfs", "load-hides-lower-children", "overlayfs",
     "LAY-003 LAY-004"},
    {"load-keeps-old-directory-attributes/overlayfs", "load-keeps-old-directory-attributes",
     "overlayfs", "LAY-001 LAY-004 LAY-007 LAY-042"},
    {"load-keeps-old-xattrs/overlayfs", "load-keeps-old-xattrs", "overlayfs", "LAY-005 LAY-008"},
    {"load-touches-parents/overlayfs", "load-touches-parents", "overlayfs", "LAY-006 LAY-007"},
    {"load-overwrites-in-place/overlayfs", "load-overwrites-in-place", "overlayfs", "LAY-008"},
    {"load-keeps-old-types/overlayfs", "load-keeps-old-types", "overlayfs",
     "LAY-009 LAY-010 LAY-011 LAY-014"},
    {"load-keeps-old-types/calf", "load-keeps-old-types", "calf", "LAY-051"},
    {"load-writes-through-links/overlayfs", "load-writes-through-links", "overlayfs",
     "LAY-012 LAY-013"},

    // Whiteouts.
    {"load-ignores-whiteouts/overlayfs", "load-ignores-whiteouts", "overlayfs",
     "LAY-015 LAY-016 LAY-022 LAY-023 LAY-024"},
    {"load-ignores-whiteouts/calf", "load-ignores-whiteouts", "calf",
     "LAY-020 LAY-023 LAY-027 LAY-029 LAY-030 LAY-031 LAY-045"},
    {"load-shows-markers/calf", "load-shows-markers", "calf", "LAY-017 LAY-036"},
    {"load-whiteouts-hide-same-layer/calf", "load-whiteouts-hide-same-layer", "calf",
     "LAY-018 LAY-019 LAY-021 LAY-039"},
    {"load-resurrects-children/calf", "load-resurrects-children", "calf", "LAY-020 LAY-021"},
    {"load-shows-ghosts/calf", "load-shows-ghosts", "calf", "LAY-025 LAY-026 LAY-043"},
    {"load-whiteouts-hide-everywhere/calf", "load-whiteouts-hide-everywhere", "calf", "LAY-028"},
    {"load-whiteouts-follow-links/calf", "load-whiteouts-follow-links", "calf", "LAY-029 LAY-037"},
    {"load-whiteouts-eat-dots/calf", "load-whiteouts-eat-dots", "calf", "LAY-030"},
    {"load-skips-nameless-whiteouts/calf", "load-skips-nameless-whiteouts", "calf", "LAY-032"},
    {"load-honours-dot-whiteouts/calf", "load-honours-dot-whiteouts", "calf", "LAY-033"},
    {"load-strips-markers-twice/calf", "load-strips-markers-twice", "calf", "LAY-035"},
    {"load-drops-opaque/overlayfs", "load-drops-opaque", "overlayfs",
     "LAY-038 LAY-040 LAY-042 LAY-044"},
    {"load-drops-opaque/calf", "load-drops-opaque", "calf", "LAY-039 LAY-041 LAY-043 LAY-045"},
    {"load-honours-whiteout-devices/calf", "load-honours-whiteout-devices", "calf", "LAY-060"},

    // Parents that a layer does not list, links among them, and the root.
    {"load-implied-parent-root-owned/calf", "load-implied-parent-root-owned", "calf",
     "LAY-046 LAY-047"},
    {"load-closes-new-parents/calf", "load-closes-new-parents", "calf", "LAY-048"},
    {"load-shadows-symlink-parent/calf", "load-shadows-symlink-parent", "calf", "LAY-049 LAY-050"},
    {"load-ignores-root-entry/calf", "load-ignores-root-entry", "calf", "LAY-052"},

    // Hostile and broken input.
    {"load-escapes-by-name/calf", "load-escapes-by-name", "calf", "LAY-053"},
    {"load-escapes-through-links/calf", "load-escapes-through-links", "calf", "LAY-054 LAY-056"},
    {"load-links-to-host/calf", "load-links-to-host", "calf", "LAY-055"},
    {"load-changes-modes-through-links/calf", "load-changes-modes-through-links", "calf",
     "LAY-057"},
    {"load-honours-overlay-xattrs/calf", "load-honours-overlay-xattrs", "calf", "LAY-059"},
    {"load-cuts-device-numbers/calf", "load-cuts-device-numbers", "calf", "LAY-058"},
    {"load-accepts-broken-layers/calf", "load-accepts-broken-layers", "calf", "LAY-061"},
    {"pull-quiet-success/calf", "pull-quiet-success", "calf", "LAY-062"},
    {"load-accepts-bad-diff-id/calf", "load-accepts-bad-diff-id", "calf", "LAY-063"},

    // Attributes and counts.
    {"load-drops-capability-xattr/calf", "load-drops-capability-xattr", "calf", "LAY-087"},
    {"load-drops-mtime/calf", "load-drops-mtime", "calf", "LAY-079 LAY-082"},
    {"load-cuts-nanoseconds/calf", "load-cuts-nanoseconds", "calf", "LAY-080"},
    {"load-drops-owner/calf", "load-drops-owner", "calf", "LAY-083 LAY-086"},
    {"load-drops-setuid/calf", "load-drops-setuid", "calf", "LAY-085"},
    {"load-drops-xattrs/calf", "load-drops-xattrs", "calf", "LAY-088 LAY-089"},
    {"load-drops-special-files/calf", "load-drops-special-files", "calf", "LAY-091 LAY-092"},
    {"load-copies-hard-links/overlayfs", "load-copies-hard-links", "overlayfs", "LAY-096"},
    {"load-copies-hard-links/calf", "load-copies-hard-links", "calf", "LAY-096"},
    {"layer-limit/calf", "layer-limit", "calf", "LAY-106"},
    {"pull-loses-names/calf", "pull-loses-names", "calf",
     "LAY-108 LAY-109 LAY-110 LAY-111 LAY-113"},
    {"load-does-nothing/calf", "load-does-nothing", "calf", "LAY-114 LAY-115"},
    {"load-ignores-unknown-types/calf", "load-ignores-unknown-types", "calf", "LAY-064 LAY-077"},
    {"load-ignores-dotted-names/calf", "load-ignores-dotted-names", "calf", "LAY-065"},
    {"load-ignores-parent-names/calf", "load-ignores-parent-names", "calf", "LAY-066"},
    {"load-mixes-duplicates/calf", "load-mixes-duplicates", "calf", "LAY-067"},
    {"load-ignores-deep-paths/calf", "load-ignores-deep-paths", "calf", "LAY-068"},
    {"load-ignores-long-records/calf", "load-ignores-long-records", "calf", "LAY-069"},
    {"load-cuts-full-names/calf", "load-cuts-full-names", "calf", "LAY-070"},
    {"load-cleans-link-targets/calf", "load-cleans-link-targets", "calf", "LAY-071"},
    {"load-cuts-long-names/calf", "load-cuts-long-names", "calf", "LAY-072"},
    {"load-sanitizes-names/calf", "load-sanitizes-names", "calf", "LAY-073 LAY-074"},
    {"load-folds-case/calf", "load-folds-case", "calf", "LAY-075"},
    {"load-shows-global-headers/calf", "load-shows-global-headers", "calf", "LAY-076"},
    {"load-stamps-time-zero/calf", "load-stamps-time-zero", "calf", "LAY-081"},
    {"load-honours-owner-names/calf", "load-honours-owner-names", "calf", "LAY-084"},
    {"load-shows-sparse-maps/calf", "load-shows-sparse-maps", "calf", "LAY-093"},
    {"load-links-to-targets/calf", "load-links-to-targets", "calf", "LAY-097"},
    {"load-changes-other-names/overlayfs", "load-changes-other-names", "overlayfs", "LAY-101"},
    {"load-changes-other-names/calf", "load-changes-other-names", "calf", "LAY-101"},
    {"load-stops-at-empty-layer/calf", "load-stops-at-empty-layer", "calf", "LAY-102"},
    {"load-skips-layers-of-empty-steps/calf", "load-skips-layers-of-empty-steps", "calf",
     "LAY-103"},
    {"load-drops-repeated-layers/calf", "load-drops-repeated-layers", "calf", "LAY-104"},
    {"layer-limit/overlayfs", "layer-limit", "overlayfs", "LAY-105"},
};

}  // namespace

const std::span<const Mutant> kLayMutants = kTable;

}  // namespace cowbell::conformance
