// Siblings: containers of one image, and what one sees of the other.

#include "conformance/suites/commands.h"
#include "conformance/suites/mutations.h"

namespace cowbell::conformance {
namespace {

using ::testing::MatchesRegex;
using ::testing::Ne;

// What a mutation left in the tree of the container that made it. A mutation without a trace would
// make the sibling's silence worthless.
void MutateBeside(Actor& changer, Actor& sibling, const Tree& pristine) {
  std::string before = HashTree(pristine);
  for (const Mutation& mutation : Mutations()) {
    SCOPED_TRACE(mutation.name);
    mutation.run(changer);

    const std::string after = HashTree(Require(changer.ReadTree("/t")));
    EXPECT_NE(after, before) << "the change is not seen by the container that made it";
    EXPECT_THAT(Require(sibling.ReadTree("/t")), IsTree(pristine));
    before = after;
  }
}

COWBELL_CASE(ISO_001, RunningSiblingSeesNoChange) {
  Image& image = scene.MakeImage({MutableLayer()});
  Container& a = scene.Create(image);
  Container& b = scene.Create(image);
  Actor changer = scene.Start(a);
  Actor sibling = scene.Start(b);
  const Tree pristine = Require(sibling.ReadTree("/t"));

  MutateBeside(changer, sibling, pristine);

  changer.Finish();
  sibling.Finish();
}

COWBELL_CASE(ISO_001, StoppedSiblingStartsWithoutTheChanges) {
  Image& image = scene.MakeImage({MutableLayer()});
  Container& a = scene.Create(image);
  Container& b = scene.Create(image);
  Actor sibling = scene.Start(b);
  const Tree pristine = Require(sibling.ReadTree("/t"));
  sibling.Finish();

  Actor changer = scene.Start(a);
  MutateAll(changer);
  changer.Finish();

  sibling = scene.Start(b);
  EXPECT_THAT(Require(sibling.ReadTree("/t")), IsTree(pristine));
  sibling.Finish();
}

COWBELL_CASE(ISO_001, BothChangeTheSameFile) {
  Image& image = scene.MakeImage({MutableLayer()});
  Container& a = scene.Create(image);
  Container& b = scene.Create(image);
  Actor first = scene.Start(a);
  Actor second = scene.Start(b);

  Require(first.Write("/t/write", "first"));
  Require(second.Write("/t/write", "second"));
  Require(first.CreateFile("/t/same-name", "first"));
  Require(second.CreateFile("/t/same-name", "second"));

  EXPECT_THAT(first.Read("/t/write"), Yields(std::string("first")));
  EXPECT_THAT(second.Read("/t/write"), Yields(std::string("second")));
  EXPECT_THAT(first.Read("/t/same-name"), Yields(std::string("first")));
  EXPECT_THAT(second.Read("/t/same-name"), Yields(std::string("second")));
  first.Finish();
  second.Finish();
}

// Two containers write a random number to the same path; each has its own after both have ended.
COWBELL_CASE(ISO_001, RandomNumbersOfTwoContainersDiffer) {
  Image& image = scene.MakeImage({Layer().Dir("data/")});
  const std::string one = NewContainerName(scene, "random-one");
  const std::string two = NewContainerName(scene, "random-two");
  const std::string out = scene.work_dir();
  scene.Must({"container", "run", "--name", one, image.ref(), "random", "/data/number"});
  scene.Must({"container", "run", "--name", two, image.ref(), "random", "/data/number"});

  scene.Must({"container", "cp", one + ":/data/number", out + "/one"});
  scene.Must({"container", "cp", two + ":/data/number", out + "/two"});

  const std::string first = Require(ReadHostFile(out + "/one"));
  const std::string second = Require(ReadHostFile(out + "/two"));
  EXPECT_THAT(first, MatchesRegex("[0-9]+\n?"));
  EXPECT_THAT(second, MatchesRegex("[0-9]+\n?"));
  EXPECT_THAT(second, Ne(first));
}

COWBELL_CASE(ISO_002, FiveContainersHaveOneTree) {
  Image& image = scene.MakeImage({MutableLayer(), Layer().Whiteout("t/unlink")});
  Container& reference = scene.Create(image);
  Actor actor = scene.Start(reference);
  const Tree expected = ReadUnmanaged(scene, actor);
  actor.Finish();
  ASSERT_TRUE(expected.contains("/t/keep")) << "the tree read is not that of the image";

  for (int i = 2; i <= 5; ++i) {
    SCOPED_TRACE("container " + std::to_string(i) + " of 5");
    actor = scene.Start(scene.Create(image));
    EXPECT_THAT(ReadUnmanaged(scene, actor), IsTree(expected));
    actor.Finish();
  }
}

COWBELL_CASE(ISO_002, FiveRunningContainersHaveOneTree) {
  Image& image = scene.MakeImage({MutableLayer()});
  std::vector<Actor> actors;
  for (int i = 1; i <= 5; ++i)
    actors.push_back(scene.Start(scene.Create(image)));
  const Tree expected = ReadUnmanaged(scene, actors.front());
  ASSERT_TRUE(expected.contains("/t/keep")) << "the tree read is not that of the image";

  for (Actor& actor : actors) {
    EXPECT_THAT(ReadUnmanaged(scene, actor), IsTree(expected));
    actor.Finish();
  }
}

}  // namespace
}  // namespace cowbell::conformance
