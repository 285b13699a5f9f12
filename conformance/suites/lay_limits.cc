// LAY-105 to LAY-107: many layers, and too many.

#include <algorithm>
#include <cctype>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/own_subject.h"
#include "conformance/suites/trees.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

// An image has the probe's layer at the bottom.
constexpr size_t kProbeLayers = 1;
// The kernel's limit of an overlay, of which no engine promises more.
constexpr size_t kKernelLimit = 500;

// An image of `count` layers but for the probe's: each adds a file and writes /t/over anew.
std::vector<Layer> Stack(size_t count) {
  std::vector<Layer> layers;
  for (size_t i = 0; i + kProbeLayers < count; ++i) {
    const std::string number = std::to_string(i);
    layers.push_back(Layer().Dir("t/").File("t/f" + number, number).File("t/over", number));
  }
  return layers;
}

void ExpectStackWorks(Subject& subject, size_t layers) {
  const std::vector<Layer> stack = Stack(layers);
  const Tree expected = ModelPart(stack, "/t", {"/t"});
  const auto image = subject.MakeImage(stack);
  ASSERT_THAT(image, Succeeds());
  const auto container = subject.Create(*image.value(), {});
  ASSERT_THAT(container, Succeeds());
  auto session = container.value()->Start();
  ASSERT_THAT(session, Succeeds());

  Actor actor(std::move(session).value());
  EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(expected)));
  EXPECT_THAT(actor.CreateFile("/t/new", "new"), Succeeds());
  EXPECT_THAT(actor.Read("/t/new"), Yields(std::string("new")));
  EXPECT_THAT(actor.Append("/t/f0", " and more"), Succeeds()) << "copy-up from the lowest layer";
  EXPECT_THAT(actor.Read("/t/f0"), Yields(std::string("0 and more")));
  actor.Finish();
}

// A value of the profile without which the case means nothing.
std::string Choice(Scene& scene, const std::string& key) {
  const auto& choices = scene.profile().choices;
  const auto found = choices.find(key);
  if (found == choices.end()) scene.SkipNotApplicable("the profile names no " + key);
  return found->second;
}

// What a subject promises beyond the clause it is held to.
size_t PromisedDepth(Scene& scene) { return std::stoul(Choice(scene, "layer.maxdepth")); }

// What makes the engine mount as it does on kernels before 6.5, with one page of options.
std::string OldMountVariable(Scene& scene) { return Choice(scene, "overlay.oldmount"); }

COWBELL_CASE(LAY_105, ImageOf125LayersWorks) { ExpectStackWorks(scene.subject(), 125); }

COWBELL_CASE(LAY_105, ImageOfThePromisedDepthWorks) {
  ExpectStackWorks(scene.subject(), PromisedDepth(scene));
}

COWBELL_CASE(LAY_105, ImageOfThePromisedDepthWorksByMountOptions) {
  const auto subject = OwnSubject(scene, scene.work_dir(), "", OldMountVariable(scene));
  ExpectStackWorks(*subject, PromisedDepth(scene));
}

// One layer more than promised, or than any kernel takes.
size_t TooManyLayers(Scene& scene) {
  const auto& choices = scene.profile().choices;
  return (choices.contains("layer.maxdepth") ? PromisedDepth(scene) : kKernelLimit) + 1;
}

// Where an image of so many layers is refused: "load", "create", "start", or "nowhere".
std::string RefusedAt(Scene& scene, size_t layers) {
  const Result<Image*> image = scene.TryImage(Stack(layers));
  if (WasRefused(image)) return "load";
  const Result<Container*> container = scene.TryCreate(*image.value());
  if (WasRefused(container)) return "create";
  Result<Actor> started = scene.TryStart(*container.value());
  if (WasRefused(started)) return "start";
  started.value().Finish();
  return "nowhere";
}

// At the first step that can see the depth, or at a later one; never half a container.
COWBELL_CASE(LAY_106, ImageBeyondTheLimitIsRefused) {
  const std::string refused_at = RefusedAt(scene, TooManyLayers(scene));

  EXPECT_THAT(refused_at, AnyOf("load", "create", "start"));
  scene.Outcome("layer.beyond", refused_at);
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void ExpectSaysDepth(const CommandResult& refused) {
  EXPECT_FALSE(refused.status.ok());
  EXPECT_THAT(LowerCase(refused.err), AnyOf(HasSubstr("depth"), HasSubstr("layers")));
}

COWBELL_CASE(LAY_106, RefusalSaysWhyAndLeavesNothing) {
  const std::string ref = NewImageRef(scene, "too-deep");
  const std::string name = NewContainerName(scene, "too-deep");

  const CommandResult loaded =
      LoadArchive(scene, {ProbeImage(scene, {ref}, Stack(TooManyLayers(scene)))});
  if (!loaded.status.ok()) {
    ExpectSaysDepth(loaded);
    EXPECT_FALSE(ImageExists(scene, ref));
    return;
  }

  const CommandResult created = scene.Run({"container", "create", "--name", name, ref, "true"});
  if (created.status.ok()) {
    ExpectSaysDepth(scene.Run({"container", "start", "--attach", name}));
    EXPECT_THAT(scene.Run({"container", "rm", name}), ExitsWith(0));
  } else {
    ExpectSaysDepth(created);
  }
  EXPECT_FALSE(scene.Run({"container", "inspect", name}).status.ok());
}

constexpr size_t kLayersOfALongStore = 128;

// Every layer's path alone is longer than 200 bytes, all of them than several pages.
std::string LongDirectory(Scene& scene) {
  const std::string path =
      scene.work_dir() + "/" + std::string(100, 'l') + "/" + std::string(100, 'o');
  Require(MakeDirs(path));
  return path;
}

COWBELL_CASE(LAY_107, ManyLayersBelowALongPathMount) {
  const auto subject = OwnSubject(scene, LongDirectory(scene));
  ExpectStackWorks(*subject, kLayersOfALongStore);
}

COWBELL_CASE(LAY_107, ManyLayersBelowALongPathMountByMountOptions) {
  const auto subject = OwnSubject(scene, LongDirectory(scene), "", OldMountVariable(scene));
  ExpectStackWorks(*subject, kLayersOfALongStore);
}

}  // namespace
}  // namespace cowbell::conformance
