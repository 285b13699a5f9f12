// Mutants of COW: copy on write, as a process sees it.

#include "conformance/mutants/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Mutant kTable[] = {
    {"image-written-through/overlayfs", "image-written-through", "overlayfs", "COW-001 ISO-015"},
    {"image-written-through/calf", "image-written-through", "calf",
     "COW-001 ISO-014 ISO-015 ISO-024"},
    {"read-copies-up/overlayfs", "probe:read-copies-up", "overlayfs", "COW-002"},
    {"copyup-cuts-data/overlayfs", "probe:copyup-cuts-data", "overlayfs", "COW-003"},
    {"trunc-keeps-data/overlayfs", "probe:trunc-keeps-data", "overlayfs", "COW-004 COW-005"},
    {"truncate-forgets/overlayfs", "probe:truncate-forgets", "overlayfs", "COW-007"},
    {"append-overwrites/overlayfs", "probe:append-overwrites", "overlayfs", "COW-008"},
    {"open-touches/overlayfs", "probe:open-touches", "overlayfs", "COW-009"},
    {"fallocate-forgets/overlayfs", "probe:fallocate-forgets", "overlayfs", "COW-010"},
    {"map-shared-is-private/overlayfs", "probe:map-shared-is-private", "overlayfs", "COW-011"},
    {"map-private-is-shared/overlayfs", "probe:map-private-is-shared", "overlayfs", "COW-012"},
    {"kernel-copy-cuts/overlayfs", "probe:kernel-copy-cuts", "overlayfs", "COW-013"},
    {"fsync-fails/overlayfs", "probe:fsync-fails", "overlayfs", "COW-016"},
    {"denied-copies-up/overlayfs", "probe:denied-copies-up", "overlayfs", "COW-022"},
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

const std::span<const Mutant> kCowMutants = kTable;

}  // namespace cowbell::conformance
