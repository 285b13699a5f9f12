// Mutants of ISO and RWL: what containers share, and what each keeps for itself.

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
};

}  // namespace

const std::span<const Mutant> kStoreMutants = kTable;

}  // namespace cowbell::conformance
