// DIF-020…027: a container of the committed image has the tree of the committed container.

#include "conformance/suites/commands.h"
#include "conformance/suites/commits.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;

// The whole script in a container that is in some state when it is committed.
void ExpectRoundTrip(Scene& scene, bool running) {
  Image& image = scene.MakeImage(RoundTripLayers());
  Container& container = scene.Create(image, DeviceMaker(scene));
  Actor actor = scene.Start(container);
  ChangeForRoundTrip(actor);
  const Tree changed = Portable(ReadUnmanaged(scene, actor));
  if (!running) actor.Finish();

  const std::string ref = Commit(scene, container);

  if (running) actor.Finish();
  EXPECT_THAT(Portable(WholeTreeOfImage(scene, ref)), IsTree(changed));
}

COWBELL_CASE(DIF_020, StoppedContainer) { ExpectRoundTrip(scene, false); }
COWBELL_CASE(DIF_020, RunningContainer) { ExpectRoundTrip(scene, true); }

COWBELL_CASE(DIF_020, CreatedContainerWithACopiedFile) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/foo", "old")}));
  const std::string file = HostFile(scene, "foo", "copied");
  scene.Must({"container", "cp", file, container.name() + ":/t/foo"});

  Actor actor = scene.Start(CreateFrom(scene, Commit(scene, container)));
  EXPECT_THAT(actor.Read("/t/foo"), Yields(std::string("copied")));
  actor.Finish();
}

// The second commit stands on the layer of the first.
COWBELL_CASE(DIF_020, CommitOfACommittedImage) {
  Container& first = scene.Create(scene.MakeImage(RoundTripLayers()), DeviceMaker(scene));
  Actor actor = scene.Start(first);
  ChangeForRoundTrip(actor);
  actor.Finish();
  Container& second = CreateFrom(scene, Commit(scene, first), DeviceMaker(scene));
  actor = scene.Start(second);
  Require(actor.RemoveTree("/r/opt"));
  Require(actor.Unlink("/r/one"));
  Require(actor.Unlink("/r/to-link"));
  Require(actor.Mkdir("/r/to-link", 0711));
  Require(actor.CreateFile("/r/" + std::string(255, 'g'), "back"));
  Require(actor.Write("/t/create", "twice"));
  const Tree changed = Portable(ReadUnmanaged(scene, actor));
  actor.Finish();

  EXPECT_THAT(Portable(WholeTreeOfImage(scene, Commit(scene, second))), IsTree(changed));
}

void WriteKeepingTime(Actor& actor, const std::string& data, TimeSpec time = kFixtureTime) {
  Require(actor.Write("/t/same", data));
  Require(actor.SetTimes("/t/same", time, time));
}

COWBELL_CASE(DIF_021, EqualTimeInNanoseconds) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/").File("t/same", "AAAA"),
                                [](Actor& a) { WriteKeepingTime(a, "BBBB"); });
  EXPECT_THAT(actor.Read("/t/same"), Yields(std::string("BBBB")));
  actor.Finish();
}

COWBELL_CASE(DIF_021, EqualTimeInWholeSeconds) {
  const TimeSpec time{1'000'000'000, 0};
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/").File("t/same", "AAAA").Time(time),
                                [&](Actor& a) { WriteKeepingTime(a, "BBBB", time); });
  EXPECT_THAT(actor.Read("/t/same"), Yields(std::string("BBBB")));
  actor.Finish();
}

COWBELL_CASE(DIF_021, TwoCommitsInARow) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/same", "AAAA")}));
  std::vector<std::string> refs;
  for (const char* data : {"BBBB", "CCCC"}) {
    Actor actor = scene.Start(container);
    WriteKeepingTime(actor, data);
    actor.Finish();
    refs.push_back(Commit(scene, container));
  }
  for (const auto& [ref, data] : {std::pair(refs[0], "BBBB"), std::pair(refs[1], "CCCC")}) {
    Actor actor = scene.Start(CreateFrom(scene, ref));
    EXPECT_THAT(actor.Read("/t/same"), Yields(std::string(data)));
    actor.Finish();
  }
}

COWBELL_CASE(DIF_021, CommitOnTopOfACommit) {
  Container& first = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/same", "AAAA")}));
  Actor actor = scene.Start(first);
  WriteKeepingTime(actor, "BBBB");
  actor.Finish();
  Container& second = CreateFrom(scene, Commit(scene, first));
  actor = scene.Start(second);
  WriteKeepingTime(actor, "CCCC");
  actor.Finish();

  actor = scene.Start(CreateFrom(scene, Commit(scene, second)));
  EXPECT_THAT(actor.Read("/t/same"), Yields(std::string("CCCC")));
  actor.Finish();
}

COWBELL_CASE(DIF_022, SymlinkWithAnotherTargetOfTheSameLength) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/").Symlink("t/link", "aaa"), [](Actor& a) {
    Require(a.Unlink("/t/link"));
    Require(a.Symlink("bbb", "/t/link"));
    Require(a.SetTimes("/t/link", kFixtureTime, kFixtureTime));
  });
  EXPECT_THAT(actor.Readlink("/t/link"), Yields(std::string("bbb")));
  actor.Finish();
}

Layer Victims() {
  return Layer()
      .Dir("t/")
      .File("t/file", "x")
      .File("t/empty", "")
      .File("t/keep", "x")
      .Dir("t/dir/")
      .File("t/dir/inside", "x")
      .Dir("t/sub/")
      .Dir("t/sub/deep/")
      .File("t/sub/deep/file", "x")
      .File("t/sub/deep/keep", "x");
}

COWBELL_CASE(DIF_023, FilesAndDirectories) {
  Actor actor = ExpectCommitted(scene, Victims(), [](Actor& a) {
    // A file that was read before it goes takes another way in some stores.
    Require(a.Read("/t/empty"));
    Require(a.Unlink("/t/empty"));
    Require(a.Unlink("/t/file"));
    Require(a.RemoveTree("/t/dir"));
    Require(a.Unlink("/t/sub/deep/file"));
  });
  EXPECT_THAT(actor.Names("/t"), Yields(ElementsAre("keep", "sub")));
  EXPECT_THAT(actor.Names("/t/sub/deep"), Yields(ElementsAre("keep")));
  actor.Finish();
}

// Of a changed file nothing but the deletion is left.
COWBELL_CASE(DIF_023, FileChangedBeforeItIsDeleted) {
  Actor actor = ExpectCommitted(scene, Victims(), [](Actor& a) {
    Require(a.Write("/t/file", "changed"));
    Require(a.Unlink("/t/file"));
    Require(a.CreateFile("/t/dir/new", "x"));
    Require(a.RemoveTree("/t/dir"));
  });
  EXPECT_THAT(actor.Names("/t"), Yields(ElementsAre("empty", "keep", "sub")));
  actor.Finish();
}

COWBELL_CASE(DIF_024, OnlyTheNewChildren) {
  Actor actor = ExpectCommitted(scene, Victims(), [](Actor& a) {
    Require(a.RemoveTree("/t/sub"));
    Require(a.Mkdir("/t/sub", 0755));
    Require(a.CreateFile("/t/sub/n", "new"));
  });
  EXPECT_THAT(actor.Names("/t/sub"), Yields(ElementsAre("n")));
  actor.Finish();
}

// A child of the new directory has the name of an old one.
COWBELL_CASE(DIF_024, ChildrenOfTheSameNameAreTheNewOnes) {
  Actor actor = ExpectCommitted(scene, Victims(), [](Actor& a) {
    Require(a.RemoveTree("/t/sub"));
    Require(a.Mkdir("/t/sub", 0755));
    Require(a.Mkdir("/t/sub/deep", 0755));
    Require(a.CreateFile("/t/sub/deep/file", "new"));
  });
  EXPECT_THAT(actor.Names("/t/sub/deep"), Yields(ElementsAre("file")));
  EXPECT_THAT(actor.Read("/t/sub/deep/file"), Yields(std::string("new")));
  actor.Finish();
}

COWBELL_CASE(DIF_025, ModeOwnerAndSetgid) {
  Actor actor = ExpectCommitted(scene, Victims(), [](Actor& a) {
    Require(a.RemoveTree("/t/dir"));
    Require(a.Mkdir("/t/dir", 0750));
    Require(a.Chown("/t/dir", 7, 8));
    Require(a.Chmod("/t/dir", 02750));
  });
  EXPECT_THAT(actor.Lstat("/t/dir"), Yields(::testing::AllOf(Field("mode", &FileStat::mode, 02750U),
                                                             Field("uid", &FileStat::uid, 7U),
                                                             Field("gid", &FileStat::gid, 8U))));
  actor.Finish();
}

COWBELL_CASE(DIF_026, ChainOfDirectories) {
  const std::vector<std::string> chain = {"/t/sub", "/t/sub/deep", "/t/sub/deep/file"};
  Actor actor = ExpectCommitted(scene, Victims(), [&](Actor& a) {
    for (const std::string& path : chain)
      Require(a.Chown(path, 1, 1));
    Require(a.Chmod("/t/sub", 0711));
  });
  for (const std::string& path : chain) {
    EXPECT_THAT(actor.Lstat(path), Yields(::testing::AllOf(Field("uid", &FileStat::uid, 1U),
                                                           Field("gid", &FileStat::gid, 1U))))
        << path;
  }
  EXPECT_THAT(actor.Lstat("/t/sub"), Yields(Field("mode", &FileStat::mode, 0711U)));
  actor.Finish();
}

// The directory in the middle alone: its parents and children stay as they are.
COWBELL_CASE(DIF_026, OneDirectoryOfAChain) {
  Actor actor =
      ExpectCommitted(scene, Victims(), [](Actor& a) { Require(a.Chmod("/t/sub/deep", 0700)); });
  EXPECT_THAT(actor.Lstat("/t/sub/deep"), Yields(Field("mode", &FileStat::mode, 0700U)));
  EXPECT_THAT(actor.Names("/t/sub/deep"), Yields(ElementsAre("file", "keep")));
  actor.Finish();
}

// Elsewhere: in the suite's own model of the saved image.
COWBELL_CASE(DIF_027, NewTypesHereAndElsewhere) {
  Container& container = scene.Create(scene.MakeImage({Victims()}));
  Actor actor = scene.Start(container);
  Require(actor.RemoveTree("/t/dir"));
  Require(actor.Symlink("sub", "/t/dir"));
  Require(actor.RemoveTree("/t/sub/deep"));
  Require(actor.CreateFile("/t/sub/deep", "now a file"));
  Require(actor.Unlink("/t/file"));
  Require(actor.Mkdir("/t/file", 0755));
  Require(actor.CreateFile("/t/file/inside", "x"));
  const Tree changed = Portable(Require(actor.ReadTree("/t")));
  actor.Finish();

  const std::string ref = Commit(scene, container);

  EXPECT_THAT(Part(Portable(WholeTreeOfImage(scene, ref)), "/t"), IsTree(changed));
  const ImageSpec elsewhere = Require(SpecOfSaved(Save(scene, ref)));
  EXPECT_THAT(Portable(ModelPart(elsewhere.layers, "/t")), IsTree(changed));
}

}  // namespace
}  // namespace cowbell::conformance
