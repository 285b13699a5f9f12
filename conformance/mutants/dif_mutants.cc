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
    {"run-ignores-volume/calf", "run-ignores-volume", "calf", "DIF-013"},
};

}  // namespace

const std::span<const Mutant> kDifMutants = kTable;

}  // namespace cowbell::conformance
