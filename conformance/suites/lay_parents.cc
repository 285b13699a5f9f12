// LAY-046 to LAY-052: parents of entries, listed or not, links among them, and the root.

#include <set>
#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/trees.h"

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

COWBELL_CASE(LAY_047, ImpliedParentOfAWhiteoutKeepsLowerAttributes) {
  ExpectAssembled(
      scene, {Layer().Dir("t/").Dir("t/dir/").Mode(0700).Owner(1000, 1000).File("t/dir/old", "old"),
              Layer().Whiteout("t/dir/old")});
}

// The layer changes nothing: there is no such name.
COWBELL_CASE(LAY_047, ImpliedParentOfAWhiteoutOfNothingKeepsLowerAttributes) {
  ExpectAssembled(
      scene, {Layer().Dir("t/").Dir("t/dir/").Mode(01741).Owner(70123, 70124).File("t/dir/x", "x"),
              Layer().Whiteout("t/dir/ghost")});
}

// Which time such a directory has is written nowhere.
COWBELL_CASE(LAY_048, ParentsListedNowhereAreRoots) {
  const std::vector<Layer> layers = {
      Layer().Dir("t/").File("t/n1/n2/f", "f").Mode(0600).Owner(70123, 70124)};
  const std::set<std::string> untimed = {"/t/n1", "/t/n1/n2"};
  Image& image = scene.MakeImage(layers);

  Actor actor = scene.Start(scene.Create(image));
  EXPECT_THAT(SeenPart(actor, "/t", untimed), Yields(IsTree(ModelPart(layers, "/t", untimed))));
  actor.Finish();
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

// As above in one layer, where an engine that stores each layer by itself follows the link, too.
void ExpectEntryFollowsOwnLink(Scene& scene, const char* target) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .Dir("t/u/")
                              .Dir("t/u/lib/")
                              .File("t/u/lib/a", "a")
                              .Symlink("t/lib", target)
                              .File("t/lib/b", "b")});
}

COWBELL_CASE(LAY_050, EntryBelowRelativeLinkOfItsLayerLandsInItsTarget) {
  ExpectEntryFollowsOwnLink(scene, "u/lib");
}
COWBELL_CASE(LAY_050, EntryBelowAbsoluteLinkOfItsLayerLandsInItsTarget) {
  ExpectEntryFollowsOwnLink(scene, "/t/u/lib");
}
// `..` above the root is the root, as the kernel resolves it in the container.
COWBELL_CASE(LAY_050, EntryBelowLinkAboveTheRootLandsInsideOfIt) {
  ExpectEntryFollowsOwnLink(scene, "../../../t/u/lib");
}
COWBELL_CASE(LAY_050, EntryBelowAChainOfLinksLandsAtItsEnd) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .Dir("t/u/")
                              .Symlink("t/second", "/t/u")
                              .Symlink("t/first", "second")
                              .File("t/first/f", "f")
                              .Dir("t/first/d/")
                              .Mode(0741)
                              .File("t/first/d/g", "g")});
}

COWBELL_CASE(LAY_051, EntryBelowAFileMakesItADirectory) {
  ExpectAssembled(scene,
                  {Layer().Dir("t/").File("t/foo", "a file"), Layer().File("t/foo/sub", "s")},
                  When::kLive, "/t/foo", {"/t/foo"});
}

// The times of the root change with what an engine puts into it.
void ExpectRoot(Scene& scene, const std::vector<Layer>& layers, uint32_t mode, uint64_t uid,
                uint64_t gid) {
  Image& image = scene.MakeImage(layers);
  Actor actor = scene.Start(scene.Create(image));
  const Result<FileStat> root = actor.Lstat("/");
  ASSERT_THAT(root, Succeeds());
  EXPECT_EQ(root.value().mode, mode);
  EXPECT_EQ(root.value().uid, uid);
  EXPECT_EQ(root.value().gid, gid);
  actor.Finish();
}

COWBELL_CASE(LAY_052, RootEntrySetsTheAttributesOfTheRoot) {
  ExpectRoot(scene, {Layer().Dir("./").Mode(0711).Owner(5, 6).Dir("t/")}, 0711, 5, 6);
}
COWBELL_CASE(LAY_052, HighestRootEntryCounts) {
  ExpectRoot(scene,
             {Layer().Dir("./").Mode(0700).Owner(7, 8), Layer().Dir("./").Mode(0751).Owner(5, 6),
              Layer().Dir("t/")},
             0751, 5, 6);
}

}  // namespace
}  // namespace cowbell::conformance
