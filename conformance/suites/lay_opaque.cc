// LAY-038 to LAY-045: what an opaque marker hides, and what it leaves.

#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

Layer Bin() {
  return Layer()
      .Dir("t/")
      .Dir("t/bin/")
      .File("t/bin/a", "a")
      .Symlink("t/bin/b", "a")
      .Dir("t/bin/tools/")
      .File("t/bin/tools/c", "c");
}

// The children come from two layers.
std::vector<Layer> HiddenChildren() {
  return {Bin(), Layer().Dir("t/").Dir("t/bin/").File("t/bin/d", "d"),
          Layer().Dir("t/").Dir("t/bin/").Opaque("t/bin")};
}

COWBELL_CASE(LAY_038, MarkerHidesEveryChild) { ExpectAssembled(scene, HiddenChildren()); }
COWBELL_CASE(LAY_038, MarkerHidesEveryChildAfterRestart) {
  ExpectAssembled(scene, HiddenChildren(), When::kRestarted);
}

std::vector<Layer> RecreatedSubdirectory() {
  return {Layer().Dir("t/").Dir("t/a/").Dir("t/a/b/").Dir("t/a/b/c/").File("t/a/b/c/bar", "old"),
          Layer()
              .Dir("t/")
              .Dir("t/a/")
              .Opaque("t/a")
              .Dir("t/a/b/")
              .Dir("t/a/b/c/")
              .File("t/a/b/c/foo", "new")};
}

COWBELL_CASE(LAY_040, RecreatedSubdirectoryStartsEmpty) {
  ExpectAssembled(scene, RecreatedSubdirectory());
}
COWBELL_CASE(LAY_040, RecreatedSubdirectoryStartsEmptyAfterRestart) {
  ExpectAssembled(scene, RecreatedSubdirectory(), When::kRestarted);
}
// A later layer that passes through must not uncover what the marker hides at depth.
COWBELL_CASE(LAY_040, RecreatedSubdirectoryStaysSoUnderAnotherLayer) {
  std::vector<Layer> layers = RecreatedSubdirectory();
  layers.push_back(
      Layer().Dir("t/").Dir("t/a/").Dir("t/a/b/").Dir("t/a/b/c/").File("t/a/b/c/newer", "newer"));
  ExpectAssembled(scene, layers);
}

// An image whose top layer makes the root opaque; the layer brings the probe that the marker hides.
std::vector<Layer> OpaqueRoot(Scene& scene) {
  Layer top = scene.ProbeLayer();
  top.Opaque("").Dir("t/").File("t/only", "only");
  return {Layer().Dir("t/").File("t/x", "x").Dir("u/").File("u/y", "y").File("v", "v"), top};
}

void ExpectNothingBelowTheRoot(Scene& scene, When when) {
  const std::vector<Layer> layers = OpaqueRoot(scene);
  const Tree hidden = ModelPart({layers[0]}, "/");
  const Tree expected = ModelPart(layers, "/t");
  const Result<Image*> image = scene.TryImage(layers);
  ASSERT_THAT(image, Succeeds());

  ChangeThenJudge(
      scene, scene.Create(*image.value()), when, [](Actor&) {},
      [&](Actor& actor) {
        const Result<Tree> seen = actor.ReadTree("/");
        ASSERT_THAT(seen, Succeeds());
        EXPECT_THAT(Part(seen.value(), "/t"), IsTree(expected));
        for (const auto& [path, node] : hidden) {
          if (path == "/" || path == "/t") continue;
          EXPECT_FALSE(seen.value().contains(path)) << path << " shines through";
        }
      });
}

COWBELL_CASE(LAY_041, MarkerAtTheRootHidesAllThatIsBelow) {
  ExpectNothingBelowTheRoot(scene, When::kLive);
}
COWBELL_CASE(LAY_041, MarkerAtTheRootHidesAllThatIsBelowAfterRestart) {
  ExpectNothingBelowTheRoot(scene, When::kRestarted);
}

COWBELL_CASE(LAY_042, OpaqueDirectoryHasTheAttributesOfItsEntry) {
  ExpectAssembled(scene, {Layer().Dir("t/").Dir("t/d/").File("t/d/old", "old"),
                          Layer().Dir("t/").Dir("t/d/").Mode(01741).Owner(5, 6).Opaque("t/d")});
}

std::vector<Layer> LayerAboveOpaque() {
  return {Layer().Dir("t/").Dir("t/lib/").File("t/lib/hidden", "h").File("t/lib/both", "low"),
          Layer()
              .Dir("t/")
              .Dir("t/lib/")
              .Opaque("t/lib")
              .File("t/lib/not-hidden", "n")
              .File("t/lib/both", "middle"),
          Layer().Dir("t/").Dir("t/lib/").File("t/lib/newfile", "new")};
}

COWBELL_CASE(LAY_044, LayerAboveMergesWithWhatIsNotHidden) {
  ExpectAssembled(scene, LayerAboveOpaque());
}
COWBELL_CASE(LAY_044, LayerAboveMergesWithWhatIsNotHiddenAfterRestart) {
  ExpectAssembled(scene, LayerAboveOpaque(), When::kRestarted);
}

// The upper layer with the old children hidden by `hide`, and new ones.
Layer NewBin(Layer (*hide)(Layer)) {
  return hide(Layer().Dir("t/").Dir("t/bin/").Mode(0741))
      .File("t/bin/new", "new")
      .Dir("t/bin/tools2/");
}

COWBELL_CASE(LAY_045, BothFormsGiveTheSameTree) {
  const Layer marker = NewBin([](Layer layer) { return layer.Opaque("t/bin"); });
  const Layer names = NewBin([](Layer layer) {
    return layer.Whiteout("t/bin/a").Whiteout("t/bin/b").Whiteout("t/bin/tools");
  });
  const Tree expected = ModelPart({Bin(), marker}, "/t");

  for (const Layer& form : {marker, names}) {
    const Result<Image*> image = scene.TryImage({Bin(), form});
    ASSERT_THAT(image, Succeeds());
    Actor actor = scene.Start(scene.Create(*image.value()));
    EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(expected)));
    actor.Finish();
  }
}

}  // namespace
}  // namespace cowbell::conformance
