// LAY-046, LAY-049: entries whose parent the layer does not list.

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"

namespace cowbell::conformance {
namespace {

COWBELL_CASE(LAY_046, ImpliedParentKeepsLowerAttributes) {
  ExpectAssembled(scene, {Layer().Dir("t/").Dir("t/dir/").Mode(0700).Owner(1000, 1000),
                          Layer().File("t/dir/new", "new")});
}

COWBELL_CASE(LAY_046, ImpliedParentsKeepOddAttributesAtEveryDepth) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .Mode(0751)
                              .Dir("t/p/")
                              .Mode(01741)
                              .Owner(70123, 70124)
                              .Xattr("user.level", "p")
                              .Dir("t/p/q/")
                              .Mode(02711)
                              .Owner(70125, 70126),
                          Layer().File("t/p/q/new", "new")});
}

COWBELL_CASE(LAY_046, ImpliedParentOfAWhiteoutKeepsLowerAttributes) {
  ExpectAssembled(
      scene, {Layer().Dir("t/").Dir("t/dir/").Mode(0700).Owner(1000, 1000).File("t/dir/old", "old"),
              Layer().Whiteout("t/dir/old")});
}

// Relative and absolute: both resolve inside the image.
void ExpectEntryFollowsLink(Scene& scene, const char* target) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .Dir("t/u/")
                              .Dir("t/u/lib/")
                              .File("t/u/lib/a", "a")
                              .Symlink("t/lib", target),
                          Layer().File("t/lib/b", "b")});
}

COWBELL_CASE(LAY_049, EntryBelowRelativeLinkLandsInItsTarget) {
  ExpectEntryFollowsLink(scene, "u/lib");
}
COWBELL_CASE(LAY_049, EntryBelowAbsoluteLinkLandsInItsTarget) {
  ExpectEntryFollowsLink(scene, "/t/u/lib");
}

}  // namespace
}  // namespace cowbell::conformance
