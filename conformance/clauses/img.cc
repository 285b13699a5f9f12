// Clauses of the area IMG: images on the command line.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Clause kTable[] = {
    {.id = "IMG-001",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "`run`/`create` of a missing image pulls it, with all pull messages on stderr; a "
                 "failed pull leaves no container.",
     .source = "MIC:run RunNoOutputFromPullInStdout, RunNonExistingImage; PB:030 pull",
     .needs = "pull",
     .labels = "",
     .excluded = ""},
    {.id = "IMG-004",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "Layers that are already there are not transferred again.",
     .source = "D:image_pull.md; M",
     .needs = "pull",
     .labels = "",
     .excluded = ""},
    {.id = "IMG-036",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "`rmi` of one of several tags only removes the tag; of the last tag it removes "
                 "the image, but never layers others need.",
     .source = "MIC:rmi RmiTag; MI TestRemoveImageOrphaning; podman#992",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "IMG-037",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence =
         "`rmi` of an image used by a container, also an exited one, is refused without -f.",
     .source = "D:image_rm.md; MIC:rmi RmiWithContainerFails",
     .needs = "",
     .labels = "",
     .excluded = ""},
};

}  // namespace

const std::span<const Clause> kImgClauses = kTable;

}  // namespace cowbell::conformance
