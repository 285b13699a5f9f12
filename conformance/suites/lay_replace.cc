// LAY-002 to LAY-014: an entry over what a lower layer has at its path.

#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

constexpr TimeSpec kEarlier{900'000'000, 987'654'321};
constexpr TimeSpec kLater{1'500'000'000, 123'456'789};

// Both images have the same two layers; an engine that keys what it stores by the layer alone
// shows one of them twice.
COWBELL_CASE(LAY_002, TheOtherOrderIsAnotherTree) {
  const Layer a = Layer().Dir("t/").File("t/f", "a").File("t/a", "a");
  const Layer b = Layer().Dir("t/").File("t/f", "b").File("t/b", "b");

  ExpectAssembled(scene, {a, b});
  ExpectAssembled(scene, {b, a});
}

// The order matters far down as well: the upper layers of both images are the same.
COWBELL_CASE(LAY_002, TheOtherOrderBelowACommonTopIsAnotherTree) {
  const Layer a = Layer().Dir("t/").File("t/f", "a");
  const Layer removes = Layer().Dir("t/").Whiteout("t/f");
  const Layer top = Layer().Dir("t/").File("t/top", "top");

  ExpectAssembled(scene, {a, removes, top});
  ExpectAssembled(scene, {removes, a, top});
}

COWBELL_CASE(LAY_003, ChildrenOfAllLayersAreThere) {
  ExpectAssembled(scene, {Layer().Dir("t/").Dir("t/d/").File("t/d/a", "a"),
                          Layer().Dir("t/").Dir("t/d/").File("t/d/b", "b"),
                          Layer().Dir("t/").Dir("t/d/").File("t/d/c", "c")});
}

COWBELL_CASE(LAY_003, ChildrenAtDepthMinusTheRemoved) {
  ExpectAssembled(
      scene,
      {Layer().Dir("t/").Dir("t/d/").Dir("t/d/e/").File("t/d/e/a", "a").File("t/d/e/removed", "r"),
       Layer().Dir("t/").Dir("t/d/").Dir("t/d/e/").Whiteout("t/d/e/removed"),
       Layer().Dir("t/").Dir("t/d/").Dir("t/d/e/").File("t/d/e/c", "c")});
}

Layer DirectoryWithChildren() {
  return Layer()
      .Dir("t/")
      .Dir("t/dir/")
      .Mode(0700)
      .Owner(1000, 1000)
      .File("t/dir/x", "x")
      .File("t/dir/y", "y");
}

COWBELL_CASE(LAY_004, DirectoryOverDirectoryReplacesItsAttributesAlone) {
  ExpectAssembled(scene,
                  {DirectoryWithChildren(),
                   Layer().Dir("t/").Dir("t/dir/").Mode(0711).Owner(70123, 70124).Time(kLater)});
}

// The bits above 0777 are attributes too: they come and go.
COWBELL_CASE(LAY_004, SpecialBitsComeAndGo) {
  ExpectAssembled(scene, {Layer().Dir("t/").Dir("t/gains/").Dir("t/loses/").Mode(03775),
                          Layer().Dir("t/").Dir("t/gains/").Mode(03741).Dir("t/loses/")});
}

COWBELL_CASE(LAY_005, XattrsThatTheEntryLacksAreGone) {
  ExpectAssembled(
      scene, {Layer().Dir("t/").Dir("t/d/").Xattr("user.old", "1").Xattr("user.both", "low"),
              Layer().Dir("t/").Dir("t/d/").Xattr("user.new", "2").Xattr("user.both", "high")});
}

COWBELL_CASE(LAY_006, ChildrenDoNotTouchTheTimeOfTheirDirectory) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .Time(kEarlier)
                              .Dir("t/d/")
                              .Time(kLater)
                              .File("t/d/c", "c")
                              .Dir("t/d/e/")
                              .Time(kEarlier)
                              .Symlink("t/d/e/l", "nowhere")});
}

// Removing a child changes a directory as much as making one.
COWBELL_CASE(LAY_006, RemovedChildrenDoNotTouchTheTimeOfTheirDirectory) {
  ExpectAssembled(
      scene, {DirectoryWithChildren(),
              Layer().Dir("t/").Time(kEarlier).Dir("t/dir/").Time(kLater).Whiteout("t/dir/x")});
}

COWBELL_CASE(LAY_007, TimeOfADirectoryIsThatOfItsTopmostEntry) {
  ExpectAssembled(scene, {Layer().Dir("t/").Time(kLater).Dir("t/d/").Time(kEarlier),
                          Layer().Dir("t/").Time(kEarlier).Dir("t/d/").Time(kLater),
                          Layer().Dir("t/").Dir("t/d/").File("t/d/new", "new")});
}

// The newest time is not the topmost one.
COWBELL_CASE(LAY_007, ATopmostEntryOfAnEarlierTimeCounts) {
  ExpectAssembled(scene, {Layer().Dir("t/").Time(kLater).File("t/x", "x"),
                          Layer().Dir("t/").Time(kEarlier).File("t/new", "new").Time(kLater)});
}

COWBELL_CASE(LAY_008, FileOverFileReplacesAllOfIt) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/f", std::string(1 << 20, 'x'))
                              .Mode(04755)
                              .Owner(70123, 70124)
                              .Time(kLater)
                              .Xattr("user.a", "1"),
                          Layer().Dir("t/").File("t/f", "new")});
}

COWBELL_CASE(LAY_008, EmptyFileOverFileReplacesAllOfIt) {
  ExpectAssembled(scene, {Layer().Dir("t/").File("t/f", "old").Xattr("user.a", "1"),
                          Layer().Dir("t/").File("t/f", "").Mode(0741).Time(kEarlier)});
}

// What is new has another type than the directory of the lower layer.
void ExpectSubtreeGone(Scene& scene, Layer (*replaced)(Layer)) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .Dir("t/dir/")
                              .File("t/dir/x", "x")
                              .Dir("t/dir/deep/")
                              .File("t/dir/deep/y", "y"),
                          replaced(Layer().Dir("t/"))});
}

COWBELL_CASE(LAY_009, FileOverDirectoryRemovesItsSubtree) {
  ExpectSubtreeGone(scene, [](Layer layer) { return layer.File("t/dir", "new"); });
}
COWBELL_CASE(LAY_009, FifoOverDirectoryRemovesItsSubtree) {
  ExpectSubtreeGone(scene, [](Layer layer) { return layer.Fifo("t/dir"); });
}
COWBELL_CASE(LAY_009, HardLinkOverDirectoryRemovesItsSubtree) {
  ExpectSubtreeGone(scene, [](Layer layer) {
    return layer.File("t/other", "other").HardLink("t/dir", "t/other");
  });
}

COWBELL_CASE(LAY_010, DirectoryOverNonDirectoryReplacesIt) {
  Layer lower = Layer().Dir("t/").File("t/file", "f").Fifo("t/fifo").File("t/linked", "l");
  lower.HardLink("t/hard", "t/linked");
  Layer upper = Layer().Dir("t/").Dir("t/file/").File("t/file/z", "z").Dir("t/fifo/").Mode(0741);
  upper.Dir("t/hard/").File("t/hard/z", "z");

  ExpectAssembled(scene, {lower, upper});
}

Layer TwoDirectories() {
  return Layer().Dir("t/").Dir("t/a/").File("t/a/a", "a").Dir("t/b/").File("t/b/k", "k");
}

COWBELL_CASE(LAY_011, SymlinkOverDirectoryShowsItsTarget) {
  const std::vector<Layer> layers = {TwoDirectories(), Layer().Dir("t/").Symlink("t/a", "b")};
  const Tree expected = ModelPart(layers, "/t");
  const Result<Image*> image = scene.TryImage(layers);
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(expected)));
  EXPECT_THAT(actor.List("/t/a"), ListsExactly(NameList{"k"}));
  EXPECT_THAT(actor.Read("/t/a/k"), Yields(std::string("k")));
  actor.Finish();
}

// The lower subtree does not come back when the link goes again.
COWBELL_CASE(LAY_011, SymlinkOverDirectoryHidesItForGood) {
  ExpectAssembled(scene, {TwoDirectories(), Layer().Dir("t/").Symlink("t/a", "b"),
                          Layer().Dir("t/").Dir("t/a/").File("t/a/new", "new")});
}

Layer LinkToADirectory(const std::string& target) {
  return Layer().Dir("t/").Dir("t/real/").File("t/real/k", "k").Symlink("t/ln", target);
}

COWBELL_CASE(LAY_012, DirectoryOverRelativeLinkReplacesTheLink) {
  ExpectAssembled(scene,
                  {LinkToADirectory("real"),
                   Layer().Dir("t/").Dir("t/ln/").Mode(0741).File("t/ln/q", "q").Owner(5, 6)});
}
COWBELL_CASE(LAY_012, DirectoryOverAbsoluteLinkReplacesTheLink) {
  ExpectAssembled(scene,
                  {LinkToADirectory("/t/real"),
                   Layer().Dir("t/").Dir("t/ln/").Mode(0741).File("t/ln/q", "q").Owner(5, 6)});
}

COWBELL_CASE(LAY_013, FileOverSymlinkReplacesTheLink) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/target", "T")
                              .Symlink("t/ln", "target")
                              .Symlink("t/absolute", "/t/target")
                              .Symlink("t/dangling", "made"),
                          Layer()
                              .Dir("t/")
                              .File("t/ln", "N")
                              .Mode(0741)
                              .Owner(70123, 70124)
                              .File("t/absolute", "")
                              .File("t/dangling", "D")});
}

std::vector<Layer> DirectoryFileDirectory() {
  return {Layer().Dir("t/").Dir("t/d/").File("t/d/x", "x").Dir("t/d/deep/").File("t/d/deep/y", "y"),
          Layer().Dir("t/").File("t/d", "a file"),
          Layer().Dir("t/").Dir("t/d/").Mode(0741).Dir("t/d/deep/")};
}

COWBELL_CASE(LAY_014, LastDirectoryHasItsOwnChildrenAlone) {
  ExpectAssembled(scene, DirectoryFileDirectory());
}
COWBELL_CASE(LAY_014, LastDirectoryHasItsOwnChildrenAloneAfterRestart) {
  ExpectAssembled(scene, DirectoryFileDirectory(), When::kRestarted);
}

}  // namespace
}  // namespace cowbell::conformance
