// Mutants of DIF: diff, commit, export, import, save and load.

#include "conformance/mutants/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Mutant kTable[] = {
    // diff.
    {"diff-empty/calf", "diff-empty", "calf", "DIF-001 DIF-005 DIF-009"},
    {"diff-shows-ghost/calf", "diff-shows-ghost", "calf",
     "DIF-001 DIF-002 DIF-003 DIF-005 DIF-013 RWL-028"},
    {"diff-shows-engine-files/calf", "diff-shows-engine-files", "calf", "DIF-002 DIF-014"},
    {"diff-hides-deletions/calf", "diff-hides-deletions", "calf",
     "DIF-001 DIF-003 DIF-009 DIF-011 DIF-012"},
    {"diff-hides-changes/calf", "diff-hides-changes", "calf",
     "DIF-001 DIF-004 DIF-005 DIF-006 DIF-007 DIF-008"},
    {"diff-calls-all-changed/calf", "diff-calls-all-changed", "calf", "DIF-001 DIF-009 DIF-012"},
    {"diff-lists-below-deletions/calf", "diff-lists-below-deletions", "calf", "DIF-012"},
    {"diff-replaces-bytes/calf", "diff-replaces-bytes", "calf", "DIF-017"},
    {"diff-of-stopped-is-empty/calf", "diff-of-stopped-is-empty", "calf", "DIF-001 DIF-018"},
    {"diff-writes/calf", "diff-writes", "calf", "DIF-019"},
    {"run-ignores-volume/calf", "run-ignores-volume", "calf", "DIF-013 DIF-042 DIF-059"},

    // commit.
    {"commit-drops-whiteouts/calf", "commit-drops-whiteouts", "calf",
     "DIF-020 DIF-023 DIF-024 DIF-040 DIF-054 DIF-056 DIF-065"},
    {"commit-drops-xattrs/calf", "commit-drops-xattrs", "calf", "DIF-030 DIF-032"},
    {"commit-delays-times/calf", "commit-delays-times", "calf", "DIF-020 DIF-034 DIF-035"},
    {"commit-drops-owners/calf", "commit-drops-owners", "calf",
     "DIF-020 DIF-025 DIF-026 DIF-039 DIF-050"},
    {"commit-drops-modes/calf", "commit-drops-modes", "calf", "DIF-020 DIF-025 DIF-026 DIF-039"},
    {"commit-drops-devices/calf", "commit-drops-devices", "calf", "DIF-020 DIF-037"},
    {"commit-drops-directories/calf", "commit-drops-directories", "calf", "DIF-050"},
    {"commit-drops-last-file/calf", "commit-drops-last-file", "calf", "DIF-020 DIF-054"},
    {"commit-copies-links/calf", "commit-copies-links", "calf", "DIF-020 DIF-028 DIF-029"},
    {"commit-misses-equal-sizes/calf", "commit-misses-equal-sizes", "calf",
     "DIF-020 DIF-021 DIF-022 DIF-056"},
    {"commit-misses-new-types/calf", "commit-misses-new-types", "calf", "DIF-020 DIF-027"},
    {"commit-replaces-bytes/calf", "commit-replaces-bytes", "calf", "DIF-020 DIF-040"},
    {"commit-adds-union-xattrs/calf", "commit-adds-union-xattrs", "calf", "DIF-047"},
    {"commit-writes-twice/calf", "commit-writes-twice", "calf", "DIF-047"},
    {"commit-fills-whiteouts/calf", "commit-fills-whiteouts", "calf", "DIF-048"},
    {"commit-writes-whiteouts-last/calf", "commit-writes-whiteouts-last", "calf", "DIF-049"},
    {"commit-adds-image/calf", "commit-adds-image", "calf", "DIF-045 DIF-056"},
    {"commit-adds-files/calf", "commit-adds-files", "calf",
     "DIF-020 DIF-036 DIF-042 DIF-043 DIF-044 DIF-054"},
    {"commit-adds-random-name/calf", "commit-adds-random-name", "calf", "DIF-055"},
    {"commit-obeys-reserved-names/calf", "commit-obeys-reserved-names", "calf", "DIF-041"},
    {"commit-changes-state/calf", "commit-changes-state", "calf", "DIF-051"},
    {"commit-does-not-pause/calf", "commit-does-not-pause", "calf", "DIF-052"},

    // export and import.
    {"export-drops-xattrs/calf", "export-drops-xattrs", "calf", "DIF-060"},
    {"export-copies-links/calf", "export-copies-links", "calf", "DIF-057 DIF-058"},
    {"export-drops-owners/calf", "export-drops-owners", "calf", "DIF-057 DIF-058 DIF-063"},
    {"export-adds-whiteout/calf", "export-adds-whiteout", "calf", "DIF-057"},
    {"export-adds-files/calf", "export-adds-files", "calf", "DIF-036 DIF-057 DIF-059"},
    {"export-adds-random-name/calf", "export-adds-random-name", "calf", "DIF-061"},
    {"export-drops-last-file/calf", "export-drops-last-file", "calf", "DIF-057 DIF-058"},
    {"export-is-cut/calf", "export-is-cut", "calf", "DIF-057 DIF-062"},
    {"import-drops-owners/calf", "import-drops-owners", "calf", "DIF-063"},

    // A container that goes while it is committed or exported.
    {"refused-race-succeeds/calf", "errors-succeed", "calf", "DIF-053"},

    // save.
    {"save-repacks/calf", "save-repacks", "calf", "DIF-064 DIF-066"},
    {"save-takes-one-image/calf", "save-takes-one-image", "calf", "DIF-067"},
};

}  // namespace

const std::span<const Mutant> kDifMutants = kTable;

}  // namespace cowbell::conformance
