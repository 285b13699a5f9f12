// LAY-001, LAY-105: the order of layers, and many of them.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

COWBELL_CASE(LAY_001, HighestLayerIsVisible) {
  ExpectAssembled(scene, {Layer().Dir("t/").File("t/v", "1").File("t/only1", "one"),
                          Layer().Dir("t/").File("t/v", "2").Mode(0600).File("t/only2", "two"),
                          Layer().Dir("t/").File("t/v", "3").Mode(0741).Owner(70123, 70124)});
}

// Attributes of a directory are an entry like any other.
COWBELL_CASE(LAY_001, HighestLayerDecidesAttributesOfADirectory) {
  ExpectAssembled(scene, {Layer().Dir("t/").Dir("t/d/").Mode(0700).File("t/d/a", "a"),
                          Layer().Dir("t/").Dir("t/d/").Mode(0751).Owner(70123, 70124),
                          Layer().Dir("t/").File("t/x", "x")});
}

// A type that changes from layer to layer: nothing of the lower one shines through.
COWBELL_CASE(LAY_001, HighestLayerDecidesTheType) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/file-dir", "f")
                              .Dir("t/dir-file/")
                              .File("t/dir-file/below", "b")
                              .Symlink("t/link-file", "file-dir"),
                          Layer()
                              .Dir("t/")
                              .Dir("t/file-dir/")
                              .File("t/file-dir/inside", "i")
                              .File("t/dir-file", "now a file")
                              .File("t/link-file", "no link")});
}

// `count` layers: each adds a file and writes /t/over anew.
std::vector<Layer> Stack(size_t count) {
  std::vector<Layer> layers;
  for (size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    layers.push_back(Layer().Dir("t/").File("t/f" + number, number).File("t/over", number));
  }
  return layers;
}

// An image has the probe's layer at the bottom.
constexpr size_t kProbeLayers = 1;

void ExpectStackWorks(Scene& scene, size_t layers) {
  const std::vector<Layer> stack = Stack(layers - kProbeLayers);
  Tree expected = ModelPart(stack, "/t", {"/t"});
  const Result<Image*> image = scene.TryImage(stack);
  ASSERT_THAT(image, Succeeds());
  const Result<Container*> container = scene.TryCreate(*image.value());
  ASSERT_THAT(container, Succeeds());
  Result<Actor> started = scene.TryStart(*container.value());
  ASSERT_THAT(started, Succeeds());

  Actor& actor = started.value();
  EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(expected)));
  EXPECT_THAT(actor.CreateFile("/t/new", "new"), Succeeds());
  EXPECT_THAT(actor.Read("/t/new"), Yields(std::string("new")));
  EXPECT_THAT(actor.Append("/t/f0", " and more"), Succeeds()) << "copy-up from the lowest layer";
  EXPECT_THAT(actor.Read("/t/f0"), Yields(std::string("0 and more")));
  actor.Finish();
}

COWBELL_CASE(LAY_105, ImageOf125LayersWorks) { ExpectStackWorks(scene, 125); }

// What a subject promises beyond the clause it is held to.
size_t PromisedDepth(Scene& scene) {
  const auto& choices = scene.profile().choices;
  const auto depth = choices.find("layer.maxdepth");
  if (depth == choices.end()) {
    scene.SkipNotApplicable("the profile names no layer.maxdepth");
  }
  return std::stoul(depth->second);
}

COWBELL_CASE(LAY_105, ImageOfThePromisedDepthWorks) {
  ExpectStackWorks(scene, PromisedDepth(scene));
}

// Where an image of so many layers is refused: "load", "create", "start", or "nowhere".
std::string RefusedAt(Scene& scene, size_t layers) {
  const Result<Image*> image = scene.TryImage(Stack(layers - kProbeLayers));
  if (WasRefused(image)) return "load";
  const Result<Container*> container = scene.TryCreate(*image.value());
  if (WasRefused(container)) return "create";
  Result<Actor> started = scene.TryStart(*container.value());
  if (WasRefused(started)) return "start";
  started.value().Finish();
  return "nowhere";
}

// At the first step that can see the depth, or at a later one; never half a container.
COWBELL_CASE(LAY_105, ImageBeyondThePromisedDepthIsRefused) {
  const std::string refused_at = RefusedAt(scene, PromisedDepth(scene) + 1);

  EXPECT_THAT(refused_at, ::testing::AnyOf("load", "create", "start"));
  scene.Outcome("layer.beyond", refused_at);
}

}  // namespace
}  // namespace cowbell::conformance
