// Clauses of the area COW: copy-on-write, as a process sees it.

#include "conformance/clauses/tables.h"

namespace cowbell::conformance {
namespace {

constexpr Clause kTable[] = {
    {.id = "COW-001",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "Writing to an image file changes it for this container only; the lower object "
                 "keeps its bytes and metadata.",
     .source = "overlayfs.rst §Non-directories; docker docs storage/drivers §CoW strategy",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-018",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "Concurrent first writes by several processes lose nothing and leave one copy and "
                 "no temporary files.",
     .source = "xfstests overlay/021, 032; obs OVL,FO OK",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-023",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "A descriptor opened read-only before copy-up sees data written later through "
                 "another descriptor.",
     .source = "xfstests overlay/016; moby/moby#31587",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-026",
     .level = Level::kShould,
     .via = Via::kBoth,
     .sentence = "st_ino and st_dev of a file stay the same across copy-up by chmod, write, rename "
                 "and link.",
     .source = "xfstests overlay/017, 043; overlayfs.rst §Inode properties; moby#12327, #19647",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-040",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "Copy-up preserves mode, uid, gid, mtime and atime (ns) and all xattrs of the "
                 "file, and those of every parent directory copied with it.",
     .source = "overlayfs.rst §Non-directories; containers/storage e3a081a72a",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-049",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "Copy-up alone (open for write without writing) keeps setuid/setgid; a write by "
                 "an unprivileged user clears them; root copy-up by chown clears as on any fs.",
     .source = "xfstests overlay/064; containers/fuse-overlayfs#127 (suid lost after write cache)",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-058",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence =
         "Unlinking an image file removes it from lookup and readdir at once and after stop/start.",
     .source = "unionmount unlink; overlayfs.rst §whiteouts",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-060",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "rmdir of a merged directory fails ENOTEMPTY while something is visible and "
                 "succeeds once all is deleted.",
     .source = "xfstests overlay/003, 010, 031; unionmount rmdir",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-061",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence =
         "After rm -rf and mkdir of the same name the directory is empty, also after restart.",
     .source = "overlayfs.rst (opaque); moby/moby#25244; obs OVL,FO OK",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-068",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "rename over an image file replaces it; if the result is unlinked the name is "
                 "gone and the image file does not come back.",
     .source = "xfstests overlay/006; DragonOS PR 2035; obs FO 1.10: the image file re-appears "
               "immediately",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-069",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "write-temp, fsync, rename over an image file is atomic for readers.",
     .source = "POSIX rename; systemd/dpkg/sed -i pattern",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-071",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "rename of an image (or merged) directory either moves the whole tree or fails "
                 "EXDEV and changes nothing.",
     .source = "overlayfs.rst §renaming directories; unionmount rename-exdev, rename-move-dir; "
               "moby/moby#25409; docker docs overlayfs driver",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-075",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "A re-created directory (rm -rf; mkdir) moved elsewhere neither shows old "
                 "children nor lets the old directory come back after restart.",
     .source =
         "containers/fuse-overlayfs#189, #138 family; obs FO 1.10: d re-appears after remount",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-094",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "FIFOs, device nodes and sockets of the image keep their type over copy-up "
                 "(chmod, chown, rename).",
     .source = "containers/fuse-overlayfs#312, NEWS 0.6.1",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-097",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "A flock taken on a read-only descriptor before copy-up conflicts with one taken "
                 "after it.",
     .source = "xfstests overlay/028; obs OVL,FO OK",
     .needs = "",
     .labels = "",
     .excluded = ""},
    {.id = "COW-106",
     .level = Level::kMust,
     .via = Via::kBoth,
     .sentence = "A merged directory lists every visible name exactly once, with thousands of "
                 "entries and mixed adds, deletes and copy-ups.",
     .source = "overlayfs.rst §readdir; fuse-overlayfs NEWS 1.16; obs OVL,FO OK",
     .needs = "",
     .labels = "",
     .excluded = ""},
};

}  // namespace

const std::span<const Clause> kCowClauses = kTable;

}  // namespace cowbell::conformance
