// LAY-031 to LAY-037, LAY-060, LAY-117: markers of odd names, types and places, and what only looks
// like a marker.

#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

// Engines that keep a marker as a file of the tar name cannot have one of more than NAME_MAX.
COWBELL_CASE(LAY_031, WhiteoutsOfTheLongestNamesWork) {
  Layer lower = Layer().Dir("t/").File("t/keep", "kept");
  Layer upper = Layer().Dir("t/");
  for (const size_t length : {251U, 252U, 254U, 255U}) {
    const std::string name = "t/" + std::string(length, 'n');
    lower.File(name, "long");
    upper.Whiteout(name);
  }
  const auto store = scene.profile().choices.find("store.whiteout");
  const bool by_name = store != scene.profile().choices.end() && store->second == "file";

  ExpectOneReading(scene, "apply.longwhiteout", {lower, upper}, {{"works", {lower, upper}}},
                   by_name ? Refusal::kAllowed : Refusal::kForbidden);
}

Layer Lower() {
  return Layer()
      .Dir("t/")
      .File("t/foo", "foo")
      .Dir("t/sub/")
      .File("t/sub/keep", "kept")
      .Dir("u/")
      .File("u/keep", "kept");
}

COWBELL_CASE(LAY_032, MarkerWithoutANameIsRefused) {
  scene.MakeImage({Lower(), Layer().Dir("t/").Whiteout("t/foo")});  // with a name it is taken
  const std::string ref = NewImageRef(scene, "nameless");

  EXPECT_TRUE(WasRefused(
      scene.TryLoad(ProbeImage(scene, {ref}, {Lower(), Layer().Dir("t/").File("t/.wh.", "")}))));
  EXPECT_FALSE(ImageExists(scene, ref)) << "the image is listed";
}

// Directory and parent are what they were, all of the tree included.
void ExpectNoEffect(Scene& scene, const std::string& marker) {
  ExpectOneReading(
      scene, "apply.dotwhiteout", {Lower(), Layer().Dir("t/").Dir("t/sub/").File(marker, "")},
      {{"ignored", {Lower(), Layer().Dir("t/").Dir("t/sub/")}}}, Refusal::kAllowed, "/t");
}

COWBELL_CASE(LAY_033, MarkerOfTheDirectoryItselfDeletesNothing) {
  ExpectNoEffect(scene, "t/sub/.wh..");
}
COWBELL_CASE(LAY_033, MarkerOfTheParentDeletesNothing) { ExpectNoEffect(scene, "t/sub/.wh..."); }
COWBELL_CASE(LAY_033, MarkerOfTheRootItselfDeletesNothing) { ExpectNoEffect(scene, ".wh.."); }
COWBELL_CASE(LAY_033, MarkerOfTheRootsParentDeletesNothing) { ExpectNoEffect(scene, ".wh..."); }

// Gone like by any whiteout, or refused: a marker is never content.
void ExpectWhiteoutOrRefusal(Scene& scene, Layer (*mark)(Layer)) {
  ExpectOneReading(scene, "apply.oddwhiteout", {Lower(), mark(Layer().Dir("t/"))},
                   {{"whiteout", {Lower(), Layer().Dir("t/").Whiteout("t/foo")}}},
                   Refusal::kAllowed);
}

COWBELL_CASE(LAY_034, MarkerWithContentIsNotShown) {
  ExpectWhiteoutOrRefusal(scene, [](Layer layer) { return layer.File("t/.wh.foo", "content"); });
}
COWBELL_CASE(LAY_034, MarkerOfTypeDirectoryIsNotShown) {
  ExpectWhiteoutOrRefusal(scene, [](Layer layer) { return layer.Dir("t/.wh.foo/"); });
}

// Whether the entry itself is shown is another question (LAY-036).
COWBELL_CASE(LAY_035, MarkerOfAMarkerRemovesNothing) {
  const std::vector<Layer> layers = {Lower(),
                                     Layer().Dir("t/").Dir("t/sub/").File("t/.wh..wh.foo", "")};
  Tree expected = ModelPart({Lower(), Layer().Dir("t/").Dir("t/sub/")}, "/t");
  Image& image = scene.MakeImage(layers);

  Actor actor = scene.Start(scene.Create(image));
  Result<Tree> seen = SeenPart(actor, "/t");
  ASSERT_THAT(seen, Succeeds());
  std::erase_if(seen.value(), [](const auto& node) { return node.first.starts_with("/t/.wh."); });
  EXPECT_THAT(seen.value(), IsTree(expected));
  actor.Finish();
}

COWBELL_CASE(LAY_036, AufsMetadataIsHiddenAndItsLinksResolve) {
  Image& image = scene.MakeImage({Layer()
                                      .Dir(".wh..wh.plnk/")
                                      .Mode(0700)
                                      .File(".wh..wh.plnk/1", "linked")
                                      .File(".wh..wh.aufs", "")
                                      .Dir(".wh..wh.orph/")
                                      .Dir("t/")
                                      .HardLink("t/h", ".wh..wh.plnk/1")});

  Actor actor = scene.Start(scene.Create(image));
  EXPECT_THAT(actor.Read("/t/h"), Yields(std::string("linked")));
  const Result<Listing> root = actor.List("/");
  ASSERT_THAT(root, Succeeds());
  EXPECT_THAT(root.value().names, ::testing::Each(::testing::Not(::testing::StartsWith(".wh."))));
  actor.Finish();
}

// Or the image is refused.
void ExpectLinkTargetKept(Scene& scene, Layer (*relink)(Layer)) {
  const Layer lower =
      Layer().Dir("t/").Dir("t/a/").File("t/a/k", "of a").Dir("t/b/").File("t/b/k", "of b");
  const std::vector<Layer> layers = {lower, relink(Layer().Dir("t/"))};
  ExpectOneReading(scene, "apply.whiteoutbelowlink", layers, {{"kept", layers}}, Refusal::kAllowed);
}

COWBELL_CASE(LAY_037, WhiteoutAfterTheLinkKeepsItsTarget) {
  ExpectLinkTargetKept(scene,
                       [](Layer layer) { return layer.Symlink("t/a", "b").Whiteout("t/a/k"); });
}
COWBELL_CASE(LAY_037, WhiteoutBeforeTheLinkKeepsItsTarget) {
  ExpectLinkTargetKept(scene,
                       [](Layer layer) { return layer.Whiteout("t/a/k").Symlink("t/a", "b"); });
}
COWBELL_CASE(LAY_037, MarkerBelowTheLinkKeepsItsTarget) {
  ExpectLinkTargetKept(scene,
                       [](Layer layer) { return layer.Symlink("t/a", "/t/b").Opaque("t/a"); });
}

// The union's own form of a deletion is a device here like any other, or refused.
COWBELL_CASE(LAY_060, CharacterDeviceZeroIsNoDeletion) {
  const std::vector<Layer> layers = {Lower(), Layer().Dir("t/").CharDevice("t/foo", 0, 0)};
  ExpectOneReading(scene, "apply.device0", layers, {{"device", layers}}, Refusal::kAllowed);
}

COWBELL_CASE(LAY_117, EntryBelowAMarkerChangesNothingElse) {
  const Layer upper = Layer().Dir("t/");
  Layer odd = upper;
  scene.MakeImage({Lower(), upper});  // without the entry it is taken
  const Result<Image*> image = scene.TryImage({Lower(), odd.File("t/.wh.sub/child", "child")});
  if (WasRefused(image)) {
    scene.Outcome("apply.belowmarker", "refused");
    EXPECT_FALSE(image.has_value());
    return;
  }

  Actor actor = scene.Start(scene.Create(*image.value()));
  Tree seen = Require(SeenPart(actor, "/t"));
  const bool is_content = seen.contains("/t/.wh.sub");
  scene.Outcome("apply.belowmarker", is_content ? "content" : "left-out");
  if (is_content) {
    EXPECT_THAT(actor.Read("/t/.wh.sub/child"), Yields(std::string("child")));
  }
  ErasePath(seen, "/t/.wh.sub");
  EXPECT_THAT(seen, IsTree(ModelPart({Lower(), upper}, "/t")));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
