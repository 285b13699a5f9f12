// The image: what containers do never changes it, and what is done to it never breaks containers.

#include "conformance/suites/commands.h"
#include "conformance/suites/mutations.h"

namespace cowbell::conformance {
namespace {

Tree TreeOfNewContainer(Scene& scene, Image& image) {
  Actor actor = scene.Start(scene.Create(image));
  Tree tree = ReadUnmanaged(scene, actor);
  actor.Finish();
  return tree;
}

COWBELL_CASE(ISO_014, NewContainerBesideAChangedRunningOne) {
  Image& image = scene.MakeImage({MutableLayer()});
  const Tree pristine = TreeOfNewContainer(scene, image);
  Actor changer = scene.Start(scene.Create(image));
  MutateAll(changer);

  EXPECT_THAT(TreeOfNewContainer(scene, image), IsTree(pristine));

  changer.Finish();
}

COWBELL_CASE(ISO_014, NewContainerAfterAChangedOneStopped) {
  Image& image = scene.MakeImage({MutableLayer()});
  const Tree pristine = TreeOfNewContainer(scene, image);
  Actor changer = scene.Start(scene.Create(image));
  MutateAll(changer);
  changer.Finish();

  EXPECT_THAT(TreeOfNewContainer(scene, image), IsTree(pristine));
}

COWBELL_CASE(ISO_014, NewContainerAfterAChangedOneWasRemoved) {
  Image& image = scene.MakeImage({MutableLayer()});
  const Tree pristine = TreeOfNewContainer(scene, image);
  Container& changed = scene.Create(image);
  Actor changer = scene.Start(changed);
  MutateAll(changer);
  changer.Finish();
  scene.Must({"container", "rm", changed.name()});

  EXPECT_THAT(TreeOfNewContainer(scene, image), IsTree(pristine));
}

COWBELL_CASE(ISO_014, NewContainerAfterAChangedOneWasCommitted) {
  if (!scene.profile().Has("commit")) scene.SkipNotApplicable("the engine has no commit");
  Image& image = scene.MakeImage({MutableLayer()});
  const Tree pristine = TreeOfNewContainer(scene, image);
  Container& changed = scene.Create(image);
  Actor changer = scene.Start(changed);
  MutateAll(changer);
  changer.Finish();
  scene.Must({"container", "commit", changed.name(), NewImageRef(scene, "committed")});

  EXPECT_THAT(TreeOfNewContainer(scene, image), IsTree(pristine));
}

COWBELL_CASE(ISO_018, RemovingAnImageOfARunningContainerIsRefused) {
  const std::string ref = NewImageRef(scene, "used");
  Image& image = scene.Load(ProbeImage(scene, {ref}, {MutableLayer()}));
  Actor actor = scene.Start(scene.Create(image));
  const Tree before = Require(actor.ReadTree("/t"));

  const CommandResult removed = scene.Run({"image", "rm", ref});

  EXPECT_THAT(removed, IsRefusedAs(scene, "rmi.inuse"));
  EXPECT_TRUE(ImageExists(scene, ref));
  EXPECT_THAT(Require(actor.ReadTree("/t")), IsTree(before));
  actor.Finish();
}

// Afterwards the container works with every file of the image, or it is gone as a whole.
COWBELL_CASE(ISO_018, ForceLeavesARunningContainerWholeOrRemovesIt) {
  const std::string ref = NewImageRef(scene, "used");
  Image& image = scene.Load(ProbeImage(scene, {ref}, {MutableLayer()}));
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  const Tree before = Require(actor.ReadTree("/t"));

  const CommandResult removed = scene.Run({"image", "rm", "--force", ref});

  const CommandResult listed = scene.Must({"container", "ls", "--all", "--quiet", "--no-trunc"});
  if (listed.out.find(container.id()) == std::string::npos) {
    scene.Outcome("rmi.force.running", "container removed");
    EXPECT_FALSE(scene.Run({"container", "inspect", container.id()}).status.ok());
    actor.Abandon();
    return;
  }
  scene.Outcome("rmi.force.running", removed.status.ok() ? "container kept" : "refused");
  EXPECT_EQ(StatusOf(scene, container.name()), "running");
  EXPECT_THAT(Require(actor.ReadTree("/t")), IsTree(before));
  actor.Finish();
}

COWBELL_CASE(ISO_024, DeletedImageFilesAreBackAfterRm) {
  Image& image = scene.MakeImage(
      {Layer().Dir("t/").File("t/foo", "old").Dir("t/d/").File("t/d/inside", "old too")});
  Container& first = scene.Create(image);
  Actor actor = scene.Start(first);
  Require(actor.Unlink("/t/foo"));
  Require(actor.RemoveTree("/t/d"));
  actor.Finish();
  scene.Must({"container", "rm", first.name()});

  actor = scene.Start(scene.Create(image));
  EXPECT_THAT(actor.Read("/t/foo"), Yields(std::string("old")));
  EXPECT_THAT(actor.Read("/t/d/inside"), Yields(std::string("old too")));
  actor.Finish();
}

// The name too is free again, and brings nothing of its last bearer.
COWBELL_CASE(ISO_024, ANewContainerOfTheSameNameStartsPristine) {
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/foo", "old")});
  const std::string name = NewContainerName(scene, "reborn");
  scene.Must({"container", "run", "--name", name, image.ref(), "log", "/t/foo"});
  scene.Must({"container", "rm", name});

  const CommandResult again =
      scene.Run({"container", "run", "--name", name, image.ref(), "cat", "/t/foo"});

  EXPECT_THAT(again, ExitsWith(0));
  EXPECT_EQ(again.out, "old");
}

}  // namespace
}  // namespace cowbell::conformance
