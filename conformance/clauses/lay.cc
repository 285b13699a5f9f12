// Clauses of the area LAY: how layers become a tree.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Clause kTable[] = {
    {.id = "LAY-001",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "Layers are applied bottom to top in manifest order; for one path the entry of "
                 "the highest layer is the visible one.",
     .source = "layer.md §Applying Changesets; moby graphtest DriverTestDeepLayerRead",
     .needs = "apply|merge",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-019",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "The same holds for the opposite order in the stream: `foo` then `.wh.foo` leaves "
                 "the new foo visible and is not an error.",
     .source = "layer.md §Whiteouts; opencontainers/umoci#224 and PR 232 (out-of-order whiteouts)",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-020",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "A directory removed and re-created in one layer by explicit entries (`.wh.dir`, "
                 "`dir/`, `dir/new`) shows only the new children.",
     .source = "layer.md §Whiteouts; opencontainers/image-spec#144 (exact example)",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-023",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "Re-creation in a later layer hides deleted content at every depth.",
     .source = "containers/fuse-overlayfs#136; containers/libpod#3021",
     .needs = "apply|merge",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-025",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence =
         "A whiteout for a path no lower layer has is without effect and creates no visible name.",
     .source = "layer.md §Whiteouts; moby/moby#9572 (c????????? entries); xfstests overlay/031",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-039",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "The position of the opaque marker in the stream does not matter.",
     .source = "layer.md §Opaque Whiteout (\"regardless of the ordering\")",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-043",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "Opaque marker and explicit whiteouts in one directory give no ghost names.",
     .source = "umoci CHANGELOG 0.5.0 (opaque + whiteout \"appears in readdir\"); "
               "containers/storage 95873e6a0a (old docker images do this)",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-046",
     .level = Level::kShould,
     .via = Via::kBoth,
     .sentence =
         "A parent directory not listed in a layer but present below keeps the lower attributes.",
     .source = "containerd#1723 and pkg/archive mkparent(WithParents); "
               "opencontainers/image-spec#737, #1221, PR 970; containers/storage PR 1653",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-049",
     .level = Level::kShould,
     .via = Via::kBoth,
     .sentence = "An entry below a name that is a symlink to a directory in a lower layer ends up "
                 "in the target directory and leaves the link (merged-/usr case).",
     .source = "containerd TestBreakouts SymlinkAbsolute family; umoci PR 246 (--keep-dirlinks)",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-054",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence =
         "Writing below a symlink entry that points to a host path never writes to the host.",
     .source = "moby/go-archive TestApplyLayerInvalidSymlink; containerd SymlinkOverridePath",
     .needs = "apply",
     .labels = "hostile",
     .excluded = ""},
    {.id = "LAY-059",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "Overlay-private xattrs inside a layer (`trusted.overlay.*`, `user.overlay.*`) do "
                 "not change assembly.",
     .source = "umoci CHANGELOG 0.5.0 (escape to overlay.overlay.); xfstests overlay/014, 084; "
               "containers/storage b91138bb26",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-063",
     .level = Level::kMust,
     .via = Via::kEngine,
     .sentence = "A layer whose uncompressed digest differs from `rootfs.diff_ids` is refused.",
     .source = "config.md §Layer DiffID; umoci \"DiffID errors\"",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-087",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "`security.capability` survives assembly and is effective for a non-root exec.",
     .source = "moby PR 3845, #20331, #42655; umoci unpack [setcap]",
     .needs = "apply",
     .labels = "",
     .excluded = ""},
    {.id = "LAY-105",
     .level = Level::kShould,
     .via = Via::kBoth,
     .sentence = "Images of at least 125 layers work, for reading, writing and copy-up.",
     .source = "containerd testsuite 128LayersMount; moby TestOverlay128LayerRead; overlayfs "
               "500-layer limit",
     .needs = "apply|merge",
     .labels = "",
     .excluded = ""},
};

}  // namespace

const std::span<const Clause> kLayClauses = kTable;

}  // namespace cowbell::conformance
