// Mutants of LAY: how layers become one tree.

#include "conformance/mutants/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Mutant kTable[] = {
    {"load-reverses-layers/overlayfs", "load-reverses-layers", "overlayfs", "LAY-001"},
    {"load-reverses-layers/calf", "load-reverses-layers", "calf", "LAY-001"},
    {"load-keeps-old-directory-attributes/overlayfs", "load-keeps-old-directory-attributes",
     "overlayfs", "LAY-001"},
    {"load-whiteouts-hide-same-layer/calf", "load-whiteouts-hide-same-layer", "calf",
     "LAY-019 LAY-039"},
    {"load-resurrects-children/calf", "load-resurrects-children", "calf", "LAY-020"},
    {"load-ignores-whiteouts/overlayfs", "load-ignores-whiteouts", "overlayfs", "LAY-023"},
    {"load-ignores-whiteouts/calf", "load-ignores-whiteouts", "calf", "LAY-020 LAY-023"},
    {"load-shows-ghosts/calf", "load-shows-ghosts", "calf", "LAY-025 LAY-043"},
    {"load-drops-opaque/calf", "load-drops-opaque", "calf", "LAY-039 LAY-043"},
    {"load-implied-parent-root-owned/calf", "load-implied-parent-root-owned", "calf", "LAY-046"},
    {"load-shadows-symlink-parent/calf", "load-shadows-symlink-parent", "calf", "LAY-049"},
    {"load-escapes-through-links/calf", "load-escapes-through-links", "calf", "LAY-054"},
    {"load-honours-overlay-xattrs/calf", "load-honours-overlay-xattrs", "calf", "LAY-059"},
    {"load-accepts-bad-diff-id/calf", "load-accepts-bad-diff-id", "calf", "LAY-063"},
    {"load-drops-capability-xattr/calf", "load-drops-capability-xattr", "calf", "LAY-087"},
    {"layer-limit/overlayfs", "layer-limit", "overlayfs", "LAY-105"},
};

}  // namespace

const std::span<const Mutant> kLayMutants = kTable;

}  // namespace cowbell::conformance
