// Mutants of the clauses about trees: how layers become one, and what a process sees of it.

#include "conformance/mutants/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Mutant kTable[] = {
    // How layers are assembled.
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

    // Copy on write, as a process sees it.
    {"image-written-through/overlayfs", "image-written-through", "overlayfs", "COW-001 ISO-015"},
    {"image-written-through/calf", "image-written-through", "calf",
     "COW-001 ISO-014 ISO-015 ISO-024"},
    {"appender-loses-bytes/overlayfs", "probe:appender-loses-bytes", "overlayfs", "COW-018"},
    {"stale-read/overlayfs", "probe:stale-read", "overlayfs", "COW-023"},
    {"copyup-changes-ino/overlayfs", "probe:copyup-changes-ino", "overlayfs", "COW-026"},
    {"link-copies/overlayfs", "probe:link-copies", "overlayfs", "COW-026"},
    {"copyup-cuts-ns/overlayfs", "probe:copyup-cuts-ns", "overlayfs", "COW-040"},
    {"copyup-loses-xattr/overlayfs", "probe:copyup-loses-xattr", "overlayfs", "COW-040"},
    {"restart-forgets-xattrs/overlayfs", "restart-forgets-xattrs", "overlayfs", "COW-040"},
    {"open-clears-setuid/overlayfs", "probe:open-clears-setuid", "overlayfs", "COW-049"},
    {"write-keeps-setuid/overlayfs", "probe:write-keeps-setuid", "overlayfs", "COW-049"},
    {"unlink-forgets/overlayfs", "probe:unlink-forgets", "overlayfs", "COW-058 COW-060"},
    {"unlink-resurrects/overlayfs", "probe:unlink-resurrects", "overlayfs", "COW-058 COW-068"},
    {"rmdir-ignores-content/overlayfs", "probe:rmdir-ignores-content", "overlayfs", "COW-060"},
    {"rmtree-forgets/overlayfs", "probe:rmtree-forgets", "overlayfs", "COW-061"},
    {"mkdir-keeps-old/overlayfs", "probe:mkdir-keeps-old", "overlayfs", "COW-061 COW-075"},
    {"rename-copies/overlayfs", "probe:rename-copies", "overlayfs", "COW-068"},
    {"rename-not-atomic/overlayfs", "probe:rename-not-atomic", "overlayfs", "COW-069"},
    {"rename-dir-partial/directory", "probe:rename-dir-partial", "directory", "COW-071"},
    {"rename-dir-partial/overlayfs", "probe:rename-dir-partial", "overlayfs", "COW-071"},
    {"errors-become-eio/overlayfs", "probe:errors-become-eio", "overlayfs",
     "COW-058 COW-060 COW-071 COW-097"},
    {"chmod-turns-fifo-into-file/overlayfs", "probe:chmod-turns-fifo-into-file", "overlayfs",
     "COW-094"},
    {"restart-forgets-metadata/overlayfs", "restart-forgets-metadata", "overlayfs", "COW-094"},
    {"flock-always-succeeds/overlayfs", "probe:flock-always-succeeds", "overlayfs", "COW-097"},
    {"list-drops-name/overlayfs", "probe:list-drops-name", "overlayfs", "COW-106"},
    {"list-doubles-name/overlayfs", "probe:list-doubles-name", "overlayfs", "COW-106"},
    {"restart-resurrects/overlayfs", "restart-resurrects", "overlayfs",
     "COW-058 COW-060 COW-061 COW-068 COW-075"},
    {"restart-resurrects/calf", "restart-resurrects", "calf", "COW-058 COW-061 RWL-020"},
};

}  // namespace

const std::span<const Mutant> kFileSystemMutants = kTable;

}  // namespace cowbell::conformance
