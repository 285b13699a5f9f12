// LAY-015 to LAY-030: what whiteouts of single names remove, and what they leave.

#include <cerrno>
#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

// One of every type that is no directory, each of them removed in the layer above.
std::vector<Layer> RemovedNonDirectories() {
  return {
      Layer()
          .Dir("t/")
          .File("t/foo", "foo")
          .File("t/keep", "kept")
          .Symlink("t/link", "keep")
          .HardLink("t/hard", "t/keep")
          .Fifo("t/fifo"),
      Layer().Dir("t/").Whiteout("t/foo").Whiteout("t/link").Whiteout("t/hard").Whiteout("t/fifo")};
}

COWBELL_CASE(LAY_015, WhiteoutRemovesANonDirectory) {
  ExpectAssembled(scene, RemovedNonDirectories());
}
COWBELL_CASE(LAY_015, WhiteoutRemovesANonDirectoryAfterRestart) {
  ExpectAssembled(scene, RemovedNonDirectories(), When::kRestarted);
}

// The name is in two layers below, and only passed by in the layer between.
COWBELL_CASE(LAY_015, WhiteoutRemovesTheNameFromAllLayersBelow) {
  ExpectAssembled(
      scene, {Layer().Dir("t/").File("t/foo", "oldest"), Layer().Dir("t/").File("t/foo", "old"),
              Layer().Dir("t/").File("t/keep", "kept"), Layer().Dir("t/").Whiteout("t/foo"),
              Layer().Dir("t/").File("t/above", "above")});
}

Layer Subtree() {
  return Layer()
      .Dir("t/")
      .File("t/keep", "kept")
      .Dir("t/dir/")
      .File("t/dir/x", "x")
      .Dir("t/dir/y/")
      .File("t/dir/y/z", "z");
}

// The second layer adds to the directory, so that two layers must be hidden.
std::vector<Layer> RemovedSubtree() {
  return {Subtree(), Layer().Dir("t/").Dir("t/dir/").Dir("t/dir/y/").File("t/dir/y/more", "m"),
          Layer().Dir("t/").Whiteout("t/dir")};
}

COWBELL_CASE(LAY_016, WhiteoutRemovesASubtree) { ExpectAssembled(scene, RemovedSubtree()); }
COWBELL_CASE(LAY_016, WhiteoutRemovesASubtreeAfterRestart) {
  ExpectAssembled(scene, RemovedSubtree(), When::kRestarted);
}

bool HasMarker(const std::string& path) { return path.find("/.wh.") != std::string::npos; }

// Looks everywhere: a marker of one directory may come out in another.
void ExpectNoMarkers(Scene& scene, When when) {
  Image& image = scene.MakeImage(
      {Subtree(), Layer().Dir("t/").Whiteout("t/keep").Dir("t/dir/").Whiteout("t/dir/y"),
       Layer().Dir("t/").Whiteout("t/none").Dir("t/dir/").Opaque("t/dir").File("t/dir/new", "new"),
       Layer().Dir("u/").Whiteout("u/none").Whiteout("none")});

  ChangeThenJudge(
      scene, scene.Create(image), when, [](Actor&) {},
      [](Actor& actor) {
        const Result<Tree> seen = actor.ReadTree("/");
        ASSERT_THAT(seen, Succeeds());
        for (const auto& [path, node] : seen.value())
          EXPECT_FALSE(HasMarker(path)) << "a marker is visible: " << path;
      });
}

COWBELL_CASE(LAY_017, NoMarkerIsVisible) { ExpectNoMarkers(scene, When::kLive); }
COWBELL_CASE(LAY_017, NoMarkerIsVisibleAfterRestart) { ExpectNoMarkers(scene, When::kRestarted); }

COWBELL_CASE(LAY_018, NewFileAfterTheWhiteoutOfItsNameStays) {
  ExpectAssembled(
      scene,
      {Subtree(),
       Layer().Dir("t/").Whiteout("t/keep").File("t/keep", "new").Mode(0741).Owner(70123, 70124)});
}

// The new thing has another type than the one that is removed.
COWBELL_CASE(LAY_018, NewThingOfAnotherTypeAfterTheWhiteoutOfItsNameStays) {
  ExpectAssembled(scene, {Subtree(), Layer()
                                         .Dir("t/")
                                         .Whiteout("t/keep")
                                         .Dir("t/keep/")
                                         .File("t/keep/in", "in")
                                         .Whiteout("t/dir")
                                         .Symlink("t/dir", "keep")});
}

std::vector<Layer> WhiteoutAfterNewDirectory() {
  return {Subtree(), Layer()
                         .Dir("t/")
                         .Dir("t/dir/")
                         .Mode(0711)
                         .Owner(70123, 70124)
                         .File("t/dir/new", "new")
                         .Whiteout("t/dir")};
}

COWBELL_CASE(LAY_021, WhiteoutAfterTheNewDirectoryHidesTheOldChildren) {
  ExpectAssembled(scene, WhiteoutAfterNewDirectory());
}
COWBELL_CASE(LAY_021, WhiteoutAfterTheNewDirectoryHidesTheOldChildrenAfterRestart) {
  ExpectAssembled(scene, WhiteoutAfterNewDirectory(), When::kRestarted);
}

// A subdirectory that both have is as new as the directory itself.
COWBELL_CASE(LAY_021, WhiteoutAfterTheNewDirectoryHidesTheOldChildrenAtDepth) {
  ExpectAssembled(scene, {Subtree(), Layer()
                                         .Dir("t/")
                                         .Dir("t/dir/")
                                         .Dir("t/dir/y/")
                                         .File("t/dir/y/new", "new")
                                         .Whiteout("t/dir")});
}

std::vector<Layer> RecreatedAbove() {
  return {Subtree(), Layer().Dir("t/").Whiteout("t/dir"),
          Layer().Dir("t/").Dir("t/dir/").Mode(0741).Owner(70123, 70124).File("t/dir/z", "z")};
}

COWBELL_CASE(LAY_022, DirectoryRecreatedAboveHasItsOwnChildren) {
  ExpectAssembled(scene, RecreatedAbove());
}
COWBELL_CASE(LAY_022, DirectoryRecreatedAboveHasItsOwnChildrenAfterRestart) {
  ExpectAssembled(scene, RecreatedAbove(), When::kRestarted);
}

std::vector<Layer> RecreatedByImplication() {
  return {Subtree(), Layer().Dir("t/").Whiteout("t/dir"), Layer().File("t/dir/y/new", "new")};
}

COWBELL_CASE(LAY_024, ImpliedDirectoriesHideDeletedContent) {
  ExpectAssembled(scene, RecreatedByImplication(), When::kLive, "/t/dir", {"/t/dir", "/t/dir/y"});
}
COWBELL_CASE(LAY_024, ImpliedDirectoriesHideDeletedContentAfterRestart) {
  ExpectAssembled(scene, RecreatedByImplication(), When::kRestarted, "/t/dir",
                  {"/t/dir", "/t/dir/y"});
}

// The whiteout stands in the layer that passes through the directory.
COWBELL_CASE(LAY_024, ImpliedDirectoriesHideWhatTheirOwnLayerDeletes) {
  ExpectAssembled(scene, {Subtree(), Layer().Dir("t/").Whiteout("t/dir").File("t/dir/y/new", "n")},
                  When::kLive, "/t/dir", {"/t/dir", "/t/dir/y"});
}

// Nothing lies below the lowest layer of the test; below it is only the probe's.
COWBELL_CASE(LAY_026, WhiteoutInTheLowestLayerMakesNoName) {
  ExpectAssembled(scene, {Layer().Dir("t/").Whiteout("t/ghost").File("t/real", "r")});
}

COWBELL_CASE(LAY_026, WhiteoutInTheOnlyLayerMakesNoName) {
  if (scene.subject().engine() == nullptr) {
    scene.SkipNotApplicable("a file system has the probe in a layer of its own");
  }
  Layer only = scene.ProbeLayer();
  only.Whiteout("ghost").Dir("t/").Whiteout("t/ghost").File("t/real", "r");
  ImageSpec spec = ProbeImage(scene, {NewImageRef(scene, "one-layer")}, {});
  spec.layers = {only};
  const Result<Image*> image = scene.TryLoad(spec);
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"real"}));
  const Result<Listing> root = actor.List("/");
  ASSERT_THAT(root, Succeeds());
  EXPECT_THAT(root.value().names, ::testing::Not(::testing::Contains("ghost")));
  actor.Finish();
}

void ExpectEmptiedDirectoryGoes(Scene& scene, When when) {
  Image& image = scene.MakeImage(
      {Layer().Dir("t/").Dir("t/d/").File("t/d/a", "a").Dir("t/d/b/").File("t/d/b/c", "c"),
       Layer().Dir("t/").Dir("t/d/").Whiteout("t/d/a").Whiteout("t/d/b")});

  ChangeThenJudge(
      scene, scene.Create(image), when,
      [](Actor& actor) {
        EXPECT_THAT(actor.List("/t/d"), ListsExactly(NameList{}));
        EXPECT_THAT(actor.Rmdir("/t/d"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Lstat("/t/d"), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{}));
      });
}

COWBELL_CASE(LAY_027, DirectoryOfWhiteoutsCanBeRemoved) {
  ExpectEmptiedDirectoryGoes(scene, When::kLive);
}
COWBELL_CASE(LAY_027, DirectoryOfWhiteoutsStaysRemovedAfterRestart) {
  ExpectEmptiedDirectoryGoes(scene, When::kRestarted);
}

Layer EqualBasenames() {
  return Layer()
      .File("test", "root")
      .Dir("t/")
      .File("t/test", "t")
      .Dir("t/a/")
      .File("t/a/test", "a")
      .Dir("t/b/")
      .File("t/b/test", "b");
}

COWBELL_CASE(LAY_028, WhiteoutAtTheRootLeavesEqualBasenames) {
  ExpectAssembled(scene, {EqualBasenames(), Layer().Whiteout("test")});
}
COWBELL_CASE(LAY_028, WhiteoutInADirectoryLeavesEqualBasenames) {
  ExpectAssembled(scene, {EqualBasenames(), Layer().Dir("t/").Dir("t/a/").Whiteout("t/a/test")});
}

Layer LinkAndTarget(const std::string& target) {
  return Layer().Dir("t/").Dir("t/e/").File("t/e/passwd", "p").Symlink("t/le", target);
}

COWBELL_CASE(LAY_029, WhiteoutOfARelativeLinkLeavesItsTarget) {
  ExpectAssembled(scene, {LinkAndTarget("e"), Layer().Dir("t/").Whiteout("t/le")});
}
COWBELL_CASE(LAY_029, WhiteoutOfAnAbsoluteLinkLeavesItsTarget) {
  ExpectAssembled(scene, {LinkAndTarget("/t/e"), Layer().Dir("t/").Whiteout("t/le")});
}
COWBELL_CASE(LAY_029, WhiteoutOfALinkToAFileLeavesTheFile) {
  ExpectAssembled(scene, {LinkAndTarget("e/passwd"), Layer().Dir("t/").Whiteout("t/le")});
}

COWBELL_CASE(LAY_030, WhiteoutOfADotFileHidesThatAlone) {
  ExpectAssembled(scene, {Layer().Dir("t/").File("t/.baz", "dot").File("t/baz", "plain"),
                          Layer().Dir("t/").Whiteout("t/.baz")});
}

// `.wh.wh.x` hides `wh.x`: what follows the prefix may look like part of one.
COWBELL_CASE(LAY_030, WhiteoutOfANameLikeAPrefixHidesThatAlone) {
  ExpectAssembled(scene,
                  {Layer().Dir("t/").File("t/wh.x", "wh").File("t/x", "x").File("t/..x", "d"),
                   Layer().Dir("t/").Whiteout("t/wh.x").Whiteout("t/..x")});
}

}  // namespace
}  // namespace cowbell::conformance
