// What one container does to files of the image, seen from its sibling.

#include "conformance/suites/commands.h"
#include "conformance/suites/mutations.h"

namespace cowbell::conformance {
namespace {

// Two running containers of one image.
struct Pair {
  Pair(Scene& scene, Image& image)
      : a(scene.Start(scene.Create(image))), b(scene.Start(scene.Create(image))) {}
  void Finish() {
    a.Finish();
    b.Finish();
  }
  Actor a;
  Actor b;
};

COWBELL_CASE(ISO_005, ChangedMetadataStaysWhereItWasChanged) {
  Image& image = scene.MakeImage({Layer()
                                      .Dir("t/")
                                      .Mode(0751)
                                      .File("t/foo", "image")
                                      .Mode(0741)
                                      .Owner(70123, 70124)
                                      .Dir("t/dir/")
                                      .Mode(0713)
                                      .Owner(70123, 70124)
                                      .Symlink("t/link", "foo")});
  Pair pair(scene, image);
  const Tree before = Require(pair.b.ReadTree("/t"));

  Require(pair.a.Chmod("/t/foo", 0600));
  Require(pair.a.Chown("/t/foo", 5, 6));
  Require(pair.a.Setxattr("/t/foo", "user.cowbell", "a"));
  Require(pair.a.SetTimes("/t/foo", {1'200'000'000, 1}, {1'200'000'000, 123'456'789}));
  Require(pair.a.Chmod("/t/dir", 0700));
  Require(pair.a.Chown("/t/dir", 5, 6));
  Require(pair.a.Lchown("/t/link", 5, 6));

  EXPECT_NE(HashTree(Require(pair.a.ReadTree("/t"))), HashTree(before));
  EXPECT_THAT(Require(pair.b.ReadTree("/t")), IsTree(before));
  Actor later = scene.Start(scene.Create(image));
  EXPECT_THAT(Require(later.ReadTree("/t")), IsTree(before));
  later.Finish();
  pair.Finish();
}

// A name that the sibling has looked up lies in its caches, the other one does not.
COWBELL_CASE(ISO_006, DeletedNamesAreThereForTheSibling) {
  Image& image = scene.MakeImage({Layer()
                                      .Dir("t/")
                                      .File("t/known", "one")
                                      .File("t/unknown", "two")
                                      .Dir("t/known-dir/")
                                      .File("t/known-dir/child", "three")
                                      .Dir("t/unknown-dir/")
                                      .File("t/unknown-dir/child", "four")});
  Pair pair(scene, image);
  Require(pair.b.Lstat("/t/known"));
  Require(pair.b.Lstat("/t/known-dir/child"));

  Require(pair.a.Unlink("/t/known"));
  Require(pair.a.Unlink("/t/unknown"));
  Require(pair.a.RemoveTree("/t/known-dir"));
  Require(pair.a.RemoveTree("/t/unknown-dir"));

  const auto expect_all = [](Actor& actor) {
    EXPECT_THAT(actor.Read("/t/known"), Yields(std::string("one")));
    EXPECT_THAT(actor.Read("/t/unknown"), Yields(std::string("two")));
    EXPECT_THAT(actor.Read("/t/known-dir/child"), Yields(std::string("three")));
    EXPECT_THAT(actor.Read("/t/unknown-dir/child"), Yields(std::string("four")));
  };
  EXPECT_THAT(pair.a.Lstat("/t/known"), FailsWith(ENOENT));
  {
    SCOPED_TRACE("a sibling that ran already");
    expect_all(pair.b);
  }
  SCOPED_TRACE("a sibling made afterwards");
  Actor later = scene.Start(scene.Create(image));
  expect_all(later);
  later.Finish();
  pair.Finish();
}

COWBELL_CASE(ISO_007, WriteToOneLinkChangesNeitherNameOfTheSibling) {
  Image& image =
      scene.MakeImage({Layer().Dir("t/").File("t/h1", "image").HardLink("t/h2", "t/h1")});
  Pair pair(scene, image);

  Require(pair.a.Append("/t/h1", " and more"));

  EXPECT_THAT(pair.a.Read("/t/h1"), Yields(std::string("image and more")));
  EXPECT_THAT(pair.b.Read("/t/h1"), Yields(std::string("image")));
  EXPECT_THAT(pair.b.Read("/t/h2"), Yields(std::string("image")));
  Actor later = scene.Start(scene.Create(image));
  EXPECT_THAT(later.Read("/t/h1"), Yields(std::string("image")));
  EXPECT_THAT(later.Read("/t/h2"), Yields(std::string("image")));
  later.Finish();
  pair.Finish();
}

COWBELL_CASE(ISO_010, ALockInOneContainerDoesNotHoldInTheOther) {
  Pair pair(scene, scene.MakeImage({Layer().Dir("t/").File("t/f", "image")}));
  Require(pair.a.Open("first", "/t/f", "rdonly"));
  Require(pair.a.Flock("first", "ex", true));
  Require(pair.a.Open("second", "/t/f", "rdonly"));
  if (pair.a.Flock("second", "ex", true).has_value()) {
    throw SceneError("the lock does not even hold in the container that took it");
  }

  Require(pair.b.Open("sibling", "/t/f", "rdonly"));
  EXPECT_THAT(pair.b.Flock("sibling", "ex", true), Succeeds());

  pair.Finish();
}

COWBELL_CASE(ISO_011, AFifoOfTheImageDoesNotConnectContainers) {
  Pair pair(scene, scene.MakeImage({Layer().Dir("t/").Fifo("t/p")}));
  Require(pair.a.Open("reader", "/t/p", "rdonly,nonblock"));

  EXPECT_THAT(pair.b.Open("writer", "/t/p", "wronly,nonblock"), FailsWith(ENXIO));
  // The reader is really there.
  EXPECT_THAT(pair.a.Open("own-writer", "/t/p", "wronly,nonblock"), Succeeds());

  pair.Finish();
}

// Two images on one base: what is changed of the base through one is whole in the other.
COWBELL_CASE(ISO_020, ChangesOfACommonLayerStayInTheContainerOfOneImage) {
  Image& one = scene.MakeImage({MutableLayer(), Layer().File("one", "1")});
  Image& two = scene.MakeImage({MutableLayer(), Layer().File("two", "2")});
  Container& bystander = scene.Create(two);
  Actor b = scene.Start(bystander);
  const Tree pristine = Require(b.ReadTree("/t"));

  Actor a = scene.Start(scene.Create(one));
  MutateAll(a);
  EXPECT_NE(HashTree(Require(a.ReadTree("/t"))), HashTree(pristine));
  EXPECT_THAT(Require(b.ReadTree("/t")), IsTree(pristine));
  a.Finish();
  b.Finish();

  b = scene.Start(bystander);
  EXPECT_THAT(Require(b.ReadTree("/t")), IsTree(pristine)) << "at its next start";
  b.Finish();
  Actor later = scene.Start(scene.Create(two));
  EXPECT_THAT(Require(later.ReadTree("/t")), IsTree(pristine)) << "in a new container";
  later.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
