// `image rm`: tags, images and layers that others need.

#include "conformance/suites/commands.h"

namespace cowbell::conformance {
namespace {

// A layer with whole files and directories, to see what an image has lost.
Layer SharedLayer() {
  return Layer()
      .Dir("base/")
      .File("base/a", "a")
      .Dir("base/sub/")
      .File("base/sub/b", "b")
      .Symlink("base/link", "a");
}

// The tree that a new container of the image has at its start.
Tree TreeOf(Scene& scene, Image& image) {
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  Tree tree = ReadUnmanaged(scene, actor);
  actor.Finish();
  scene.Must({"container", "rm", container.name()});
  return tree;
}

CommandResult RunOnce(Scene& scene, const std::string& image) {
  const std::string name = NewContainerName(scene, "once");
  return scene.Run({"container", "run", "--rm", "--name", name, image, "cat", "/base/a"});
}

COWBELL_CASE(IMG_036, OneOfTwoTagsGoesAndTheImageStays) {
  const std::string a = NewImageRef(scene, "tag-a");
  const std::string b = NewImageRef(scene, "tag-b");
  scene.Load(ProbeImage(scene, {a, b}, {SharedLayer()}));
  const std::string id = ImageIdOf(scene, b);

  scene.Must({"image", "rm", a});

  EXPECT_FALSE(ImageExists(scene, a));
  EXPECT_EQ(ImageIdOf(scene, b), id);
  EXPECT_EQ(RunOnce(scene, b).out, "a");
}

COWBELL_CASE(IMG_036, WithTheLastTagTheImageGoes) {
  const std::string a = NewImageRef(scene, "tag-a");
  const std::string b = NewImageRef(scene, "tag-b");
  // An ID of its own: another image of this content would keep it alive.
  const Layer own = Layer().File("own", scene.UniqueName("own"));
  scene.Load(ProbeImage(scene, {a, b}, {own}));
  const std::string id = ImageIdOf(scene, b);
  scene.Must({"image", "rm", a});
  ASSERT_TRUE(ImageExists(scene, id));

  scene.Must({"image", "rm", b});

  EXPECT_FALSE(ImageExists(scene, b));
  EXPECT_FALSE(ImageExists(scene, id));
}

COWBELL_CASE(IMG_036, LayersThatAnotherImageNeedsStay) {
  const std::string parent = NewImageRef(scene, "parent");
  const std::string child = NewImageRef(scene, "child");
  scene.Load(ProbeImage(scene, {parent}, {SharedLayer()}));
  Image& other = scene.Load(
      ProbeImage(scene, {child}, {SharedLayer(), Layer().File("child", scene.UniqueName("c"))}));
  const Tree before = TreeOf(scene, other);
  ASSERT_TRUE(before.contains("/base/sub/b"));

  scene.Must({"image", "rm", parent});

  EXPECT_THAT(TreeOf(scene, other), IsTree(before));
}

COWBELL_CASE(IMG_036, LayersOfTheParentStayWhenTheChildGoes) {
  const std::string parent = NewImageRef(scene, "parent");
  const std::string child = NewImageRef(scene, "child");
  Image& base = scene.Load(ProbeImage(scene, {parent}, {SharedLayer()}));
  scene.Load(
      ProbeImage(scene, {child}, {SharedLayer(), Layer().File("child", scene.UniqueName("c"))}));
  const Tree before = TreeOf(scene, base);

  scene.Must({"image", "rm", child});

  EXPECT_FALSE(ImageExists(scene, child));
  EXPECT_THAT(TreeOf(scene, base), IsTree(before));
}

// What a refused `image rm` must leave: the image, and a container that starts.
void ExpectRefused(Scene& scene, const std::string& image, const CommandResult& removed) {
  EXPECT_THAT(removed, IsRefusedAs(scene, "rmi.inuse"));
  EXPECT_EQ(removed.out, "");
  EXPECT_TRUE(ImageExists(scene, image));
}

COWBELL_CASE(IMG_037, ImageOfACreatedContainer) {
  const std::string ref = NewImageRef(scene, "used");
  scene.Load(ProbeImage(scene, {ref}, {SharedLayer()}));
  const std::string name = NewContainerName(scene, "user");
  scene.Must({"container", "create", "--name", name, ref, "cat", "/base/a"});

  ExpectRefused(scene, ref, scene.Run({"image", "rm", ref}));

  EXPECT_EQ(scene.Run({"container", "start", "--attach", name}).out, "a");
}

COWBELL_CASE(IMG_037, ImageOfAnExitedContainer) {
  const std::string ref = NewImageRef(scene, "used");
  scene.Load(ProbeImage(scene, {ref}, {SharedLayer()}));
  const std::string name = NewContainerName(scene, "user");
  scene.Must({"container", "run", "--name", name, ref, "cat", "/base/a"});

  ExpectRefused(scene, ref, scene.Run({"image", "rm", ref}));

  EXPECT_EQ(scene.Run({"container", "start", "--attach", name}).out, "a");
}

COWBELL_CASE(IMG_037, ImageOfARunningContainer) {
  const std::string ref = NewImageRef(scene, "used");
  Image& image = scene.Load(ProbeImage(scene, {ref}, {SharedLayer()}));
  Actor actor = scene.Start(scene.Create(image));

  ExpectRefused(scene, ref, scene.Run({"image", "rm", ref}));

  EXPECT_THAT(actor.Read("/base/a"), Yields(std::string("a")));
  actor.Finish();
}

// As soon as the container is gone, so is the reason to refuse.
COWBELL_CASE(IMG_037, ImageCanGoOnceTheContainerIsRemoved) {
  const std::string ref = NewImageRef(scene, "used");
  scene.Load(ProbeImage(scene, {ref}, {SharedLayer()}));
  const std::string name = NewContainerName(scene, "user");
  scene.Must({"container", "run", "--name", name, ref, "cat", "/base/a"});
  scene.Must({"container", "rm", name});

  EXPECT_THAT(scene.Run({"image", "rm", ref}), ExitsWith(0));

  EXPECT_FALSE(ImageExists(scene, ref));
}

}  // namespace
}  // namespace cowbell::conformance
