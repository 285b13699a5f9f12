// LAY-019, 020, 023, 025, 039, 043: whiteouts, explicit and opaque.

#include <algorithm>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/restart.h"

namespace cowbell::conformance {
namespace {

Layer FileOfOldTimes() { return Layer().Dir("t/").File("t/foo", "old").File("t/keep", "kept"); }

COWBELL_CASE(LAY_019, NewFileBeforeItsWhiteoutStays) {
  ExpectAssembled(
      scene,
      {FileOfOldTimes(),
       Layer().Dir("t/").File("t/foo", "new").Mode(0741).Owner(70123, 70124).Whiteout("t/foo")});
}

COWBELL_CASE(LAY_019, NewDirectoryBeforeItsWhiteoutStays) {
  ExpectAssembled(scene,
                  {Layer().Dir("t/").Dir("t/dir/").File("t/dir/x", "x"),
                   Layer().Dir("t/").Dir("t/dir/").File("t/dir/new", "new").Whiteout("t/dir")});
}

Layer DirectoryWithChildren() {
  return Layer().Dir("t/").Dir("t/dir/").File("t/dir/x", "x").File("t/dir/y", "y");
}

Layer RemovedAndRecreated() {
  return Layer()
      .Dir("t/")
      .Whiteout("t/dir")
      .Dir("t/dir/")
      .Mode(0711)
      .Owner(70123, 70124)
      .File("t/dir/new", "new");
}

COWBELL_CASE(LAY_020, RecreatedDirectoryHasOnlyTheNewChildren) {
  ExpectAssembled(scene, {DirectoryWithChildren(), RemovedAndRecreated()});
}
COWBELL_CASE(LAY_020, RecreatedDirectoryHasOnlyTheNewChildrenAfterRestart) {
  ExpectAssembled(scene, {DirectoryWithChildren(), RemovedAndRecreated()}, When::kRestarted);
}

// A later layer that only passes through the directory must not uncover the old children.
COWBELL_CASE(LAY_020, RecreatedDirectoryStaysSoUnderAnotherLayer) {
  ExpectAssembled(scene, {DirectoryWithChildren(), RemovedAndRecreated(),
                          Layer().Dir("t/").Dir("t/dir/").File("t/dir/newer", "newer")});
}

std::vector<Layer> RecreatedInALaterLayer() {
  return {Layer()
              .Dir("t/")
              .Dir("t/d1/")
              .File("t/d1/bar", "b")
              .Dir("t/d1/d2/")
              .File("t/d1/d2/foo", "old"),
          Layer().Dir("t/").Whiteout("t/d1"), Layer().Dir("t/").Dir("t/d1/").Dir("t/d1/d2/")};
}

COWBELL_CASE(LAY_023, RecreatedDirectoriesAreEmptyAtEveryDepth) {
  ExpectAssembled(scene, RecreatedInALaterLayer());
}
COWBELL_CASE(LAY_023, RecreatedDirectoriesAreEmptyAtEveryDepthAfterRestart) {
  ExpectAssembled(scene, RecreatedInALaterLayer(), When::kRestarted);
}

// Two layers below have content, and the re-creation is spread over two layers.
COWBELL_CASE(LAY_023, RecreationOverSeveralLayersHidesAllOfThem) {
  std::vector<Layer> layers = RecreatedInALaterLayer();
  layers.insert(layers.begin(),
                Layer().Dir("t/").Dir("t/d1/").Dir("t/d1/d2/").File("t/d1/d2/oldest", "o"));
  layers.push_back(Layer().Dir("t/").Dir("t/d1/").Dir("t/d1/d2/").File("t/d1/d2/new", "new"));
  ExpectAssembled(scene, layers);
}

std::vector<Layer> WhiteoutsOfNothing() {
  return {Layer().Dir("t/"),
          Layer().Dir("t/").Whiteout("t/ghost").Dir("t/t2/").Whiteout("t/t2/ghost2")};
}

COWBELL_CASE(LAY_025, WhiteoutOfNothingMakesNoName) {
  ExpectAssembled(scene, WhiteoutsOfNothing());
}
COWBELL_CASE(LAY_025, WhiteoutOfNothingMakesNoNameAfterRestart) {
  ExpectAssembled(scene, WhiteoutsOfNothing(), When::kRestarted);
}

// The directory goes on to be changed: what hides names in it becomes part of a merge.
COWBELL_CASE(LAY_025, WhiteoutOfNothingMakesNoNameInAChangedDirectory) {
  std::vector<Layer> layers = WhiteoutsOfNothing();
  layers.push_back(Layer().Dir("t/").Dir("t/t2/").File("t/t2/real", "r"));
  ExpectAssembled(scene, layers);
}

COWBELL_CASE(LAY_039, OpaqueMarkerLast) {
  ExpectAssembled(scene,
                  {DirectoryWithChildren(),
                   Layer().Dir("t/").Dir("t/dir/").File("t/dir/new", "new").Opaque("t/dir")});
}
COWBELL_CASE(LAY_039, OpaqueMarkerAfterItsDirectory) {
  ExpectAssembled(scene,
                  {DirectoryWithChildren(),
                   Layer().Dir("t/").Dir("t/dir/").Opaque("t/dir").File("t/dir/new", "new")});
}
COWBELL_CASE(LAY_039, OpaqueMarkerBeforeItsDirectory) {
  ExpectAssembled(scene,
                  {DirectoryWithChildren(),
                   Layer().Dir("t/").Opaque("t/dir").Dir("t/dir/").File("t/dir/new", "new")});
}
// The new child has the name of an old one: deleting late takes the new one.
COWBELL_CASE(LAY_039, OpaqueMarkerAfterAReplacedChild) {
  ExpectAssembled(scene,
                  {DirectoryWithChildren(),
                   Layer().Dir("t/").Dir("t/dir/").File("t/dir/x", "new x").Opaque("t/dir")});
}

Layer WhiteoutThenOpaque() {
  return Layer().Dir("t/").Dir("t/dir/").Whiteout("t/dir/x").Opaque("t/dir").File("t/dir/new",
                                                                                  "new");
}

Layer OpaqueThenWhiteout() {
  return Layer()
      .Dir("t/")
      .Dir("t/dir/")
      .File("t/dir/new", "new")
      .Opaque("t/dir")
      .Whiteout("t/dir/x");
}

COWBELL_CASE(LAY_043, WhiteoutThenOpaqueMakesNoGhost) {
  ExpectAssembled(scene, {DirectoryWithChildren(), WhiteoutThenOpaque()});
}
COWBELL_CASE(LAY_043, OpaqueThenWhiteoutMakesNoGhost) {
  ExpectAssembled(scene, {DirectoryWithChildren(), OpaqueThenWhiteout()});
}
COWBELL_CASE(LAY_043, WhiteoutThenOpaqueMakesNoGhostAfterRestart) {
  ExpectAssembled(scene, {DirectoryWithChildren(), WhiteoutThenOpaque()}, When::kRestarted);
}

}  // namespace
}  // namespace cowbell::conformance
