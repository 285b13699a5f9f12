// Clauses of the area ISO: isolation of containers from each other and from the image.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Clause kTable[] = {
    {.id = "ISO-001",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "No change made in one container is visible in a sibling of the same image.",
     .source = "docker docs storage/drivers §Container and layers; obs D20,P43 OK",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "ISO-002",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "At start all containers of one image have the same tree, metadata included.",
     .source = "docker docs storage/drivers; layer.md",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "ISO-014",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "A container created after another was modified, committed, stopped or removed "
                 "starts pristine.",
     .source = "docker docs storage/drivers (\"underlying image remains unchanged\")",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "ISO-015",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "The stored lower layers are bit-identical after any workload: data, metadata, "
                 "xattrs, directory mtimes.",
     .source =
         "layer.md (\"MUST NOT change or affect the directory it was copied from\"); overlayfs.rst",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "ISO-018",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "Removing an image in use is refused; with force, running containers keep a "
                 "working rootfs or are themselves removed, never left with missing files.",
     .source = "CLI contract of `rmi`; obs",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "ISO-024",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "After `rm` of the only container and re-run, deleted image files are present.",
     .source = "docker docs storage/drivers",
     .needs = "",
     .labels = "",
     .excluded = ""},
};

}  // namespace

const std::span<const Clause> kIsoClauses = kTable;

}  // namespace cowbell::conformance
