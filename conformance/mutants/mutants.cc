#include "conformance/mutants/mutants.h"

namespace cowbell::conformance {
namespace {

// By the seam of the fault, then by what it breaks.
constexpr Mutant kMutants[] = {
    // How layers are assembled.
    {"load-reverses-layers/overlayfs", "load-reverses-layers", "overlayfs", "LAY-001"},
    {"load-reverses-layers/calf", "load-reverses-layers", "calf", "LAY-001"},
    {"load-whiteouts-hide-same-layer/calf", "load-whiteouts-hide-same-layer", "calf", "LAY-019"},
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

    // Copy on write, as a process sees it.
    {"image-written-through/overlayfs", "image-written-through", "overlayfs", "COW-001 ISO-015"},
    {"image-written-through/calf", "image-written-through", "calf", "COW-001 ISO-015"},
    {"appender-loses-bytes/overlayfs", "probe:appender-loses-bytes", "overlayfs", "COW-018"},
    {"stale-read/overlayfs", "probe:stale-read", "overlayfs", "COW-023"},
    {"copyup-changes-ino/overlayfs", "probe:copyup-changes-ino", "overlayfs", "COW-026"},
    {"copyup-cuts-ns/overlayfs", "probe:copyup-cuts-ns", "overlayfs", "COW-040"},
    {"copyup-loses-xattr/overlayfs", "probe:copyup-loses-xattr", "overlayfs", "COW-040"},
    {"open-clears-setuid/overlayfs", "probe:open-clears-setuid", "overlayfs", "COW-049"},
    {"write-keeps-setuid/overlayfs", "probe:write-keeps-setuid", "overlayfs", "COW-049"},
    {"unlink-forgets/overlayfs", "probe:unlink-forgets", "overlayfs", "COW-058 COW-060"},
    {"unlink-resurrects/overlayfs", "probe:unlink-resurrects", "overlayfs", "COW-058 COW-068"},
    {"rmdir-ignores-content/overlayfs", "probe:rmdir-ignores-content", "overlayfs", "COW-060"},
    {"mkdir-keeps-old/overlayfs", "probe:mkdir-keeps-old", "overlayfs", "COW-061 COW-075"},
    {"rename-copies/overlayfs", "probe:rename-copies", "overlayfs", "COW-068"},
    {"rename-not-atomic/overlayfs", "probe:rename-not-atomic", "overlayfs", "COW-069"},
    {"rename-dir-partial/directory", "probe:rename-dir-partial", "directory", "COW-071"},
    {"chmod-turns-fifo-into-file/overlayfs", "probe:chmod-turns-fifo-into-file", "overlayfs",
     "COW-094"},
    {"flock-always-succeeds/overlayfs", "probe:flock-always-succeeds", "overlayfs", "COW-097"},
    {"list-drops-name/overlayfs", "probe:list-drops-name", "overlayfs", "COW-106"},
    {"list-doubles-name/overlayfs", "probe:list-doubles-name", "overlayfs", "COW-106"},
    {"restart-resurrects/overlayfs", "restart-resurrects", "overlayfs",
     "COW-058 COW-060 COW-061 COW-068"},
    {"restart-resurrects/calf", "restart-resurrects", "calf", "COW-058 COW-061"},

    // Isolation, and the life of the RW layer.
    {"containers-share-rw/calf", "containers-share-rw", "calf", "ISO-001"},
    {"sibling-sees-changes/calf", "sibling-sees-changes", "calf", "ISO-001"},
    {"new-container-not-pristine/calf", "new-container-not-pristine", "calf", "ISO-002 ISO-014"},
    {"image-follows-container/calf", "image-follows-container", "calf", "ISO-024"},
    {"create-copies-image/calf", "create-copies-image", "calf", "RWL-015"},
    {"stop-wipes-rw/calf", "stop-wipes-rw", "calf", "RWL-020 COW-058"},
    {"rm-keeps/calf", "rm-keeps", "calf", "RWL-023"},
    {"rm-leaves-data/calf", "rm-leaves-data", "calf", "RWL-023"},

    // The commands.
    {"start-forgets-env/calf", "start-forgets-env", "calf", "LIF-031"},
    {"start-forgets-user/calf", "start-forgets-user", "calf", "LIF-031"},
    {"start-forgets-workdir/calf", "start-forgets-workdir", "calf", "LIF-031"},
    {"ps-lists-all/calf", "ps-lists-all", "calf", "LIF-058"},
    {"ps-reverses/calf", "ps-reverses", "calf", "LIF-058"},
    {"cp-cuts-content/calf", "cp-cuts-content", "calf", "CPY-035 CPY-036"},
    {"cp-drops-mode/calf", "cp-drops-mode", "calf", "CPY-035"},
    {"cp-changes-state/calf", "cp-changes-state", "calf", "CPY-035"},
    {"cp-into-stopped-is-lost/calf", "cp-into-stopped-is-lost", "calf", "CPY-036"},
    {"rmi-forces/calf", "rmi-forces", "calf", "IMG-037 ISO-018"},
    {"rmi-removes-all-tags/calf", "rmi-removes-all-tags", "calf", "IMG-036"},
    {"rmi-takes-layers/calf", "rmi-takes-layers", "calf", "IMG-036"},
    {"pull-always-transfers/calf", "pull-always-transfers", "calf", "IMG-004"},
    {"failed-run-leaves-container/calf", "failed-run-leaves-container", "calf", "IMG-001"},
    {"build-copy-drops-mode/calf", "build-copy-drops-mode", "calf", "BLD-001"},
    {"build-copy-drops-mtime/calf", "build-copy-drops-mtime", "calf", "BLD-001"},
    {"build-copy-keeps-owner/calf", "build-copy-keeps-owner", "calf", "BLD-001"},
};

}  // namespace

std::span<const Mutant> AllMutants() { return kMutants; }

}  // namespace cowbell::conformance
