// Names of containers and images point at other things later; what was made before stays.

#include "conformance/suites/commands.h"
#include "conformance/suites/mutations.h"

namespace cowbell::conformance {
namespace {

COWBELL_CASE(ISO_016, ANewBearerOfTheNameStartsPristine) {
  Image& image = scene.MakeImage({MutableLayer()});
  const ContainerSpec spec{.flags = {}, .command = {}, .name = scene.UniqueName("bearer")};
  Container& first = scene.Create(image, spec);
  Actor actor = scene.Start(first);
  const Tree pristine = ReadUnmanaged(scene, actor);
  MutateAll(actor);
  EXPECT_NE(HashTree(ReadUnmanaged(scene, actor)), HashTree(pristine));
  actor.Finish();
  scene.Must({"container", "rm", first.name()});

  actor = scene.Start(scene.Create(image, spec));
  EXPECT_THAT(ReadUnmanaged(scene, actor), IsTree(pristine));
  actor.Finish();
}

COWBELL_CASE(ISO_016, TheNameOfAContainerRemovedByForceIsPristineToo) {
  Image& image = scene.MakeImage({MutableLayer()});
  const ContainerSpec spec{.flags = {}, .command = {}, .name = scene.UniqueName("bearer")};
  Actor actor = scene.Start(scene.Create(image, spec));
  const Tree pristine = ReadUnmanaged(scene, actor);
  MutateAll(actor);
  scene.Must({"container", "rm", "--force", spec.name});
  actor.Abandon();

  actor = scene.Start(scene.Create(image, spec));
  EXPECT_THAT(ReadUnmanaged(scene, actor), IsTree(pristine));
  actor.Finish();
}

// The image that `ref` names now; it goes with the case even when `ref` has moved on.
Image& LoadAs(Scene& scene, const std::string& ref, const Layer& layer) {
  Image& image = scene.Load(ProbeImage(scene, {ref}, {layer}));
  scene.RemoveLater("image", ImageIdOf(scene, ref));
  return image;
}

Layer FirstVersion() { return Layer().Dir("t/").File("t/version", "1").File("t/only-in-1", "x"); }
Layer SecondVersion() { return Layer().Dir("t/").File("t/version", "2").File("t/only-in-2", "x"); }

COWBELL_CASE(ISO_019, AStoppedContainerKeepsTheImageItWasMadeOf) {
  const std::string ref = NewImageRef(scene, "moving");
  Container& container = scene.Create(LoadAs(scene, ref, FirstVersion()));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/own", "mine"));
  const Tree before = Require(actor.ReadTree("/t"));
  actor.Finish();

  Image& second = LoadAs(scene, ref, SecondVersion());

  actor = scene.Start(container);
  EXPECT_THAT(Require(actor.ReadTree("/t")), IsTree(before));
  actor.Finish();
  actor = scene.Start(scene.Create(second));
  EXPECT_THAT(actor.Read("/t/version"), Yields(std::string("2")));
  EXPECT_THAT(actor.Lstat("/t/only-in-1"), FailsWith(ENOENT));
  actor.Finish();
}

COWBELL_CASE(ISO_019, ARunningContainerKeepsTheImageItWasMadeOf) {
  const std::string ref = NewImageRef(scene, "moving");
  Container& container = scene.Create(LoadAs(scene, ref, FirstVersion()));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/own", "mine"));
  const Tree before = Require(actor.ReadTree("/t"));

  LoadAs(scene, ref, SecondVersion());

  EXPECT_THAT(Require(actor.ReadTree("/t")), IsTree(before));
  actor.Finish();
  actor = scene.Start(container);
  EXPECT_THAT(Require(actor.ReadTree("/t")), IsTree(before)) << "after a restart";
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
