// COW-058, COW-060, COW-061: what is deleted stays deleted.

#include "conformance/harness/scene.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

void ExpectUnlinkedStaysGone(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));
  Tree expected = PreparedTree();
  expected.erase(kTarget);

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        EXPECT_THAT(actor.Unlink(kTarget), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Lstat(kTarget), FailsWith(ENOENT));
        EXPECT_THAT(actor.Unlink(kTarget), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"keep"}));
        EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(expected)));
      });
}

COWBELL_CASE(COW_058, ImageFileIsGoneAtOnce) {
  ExpectUnlinkedStaysGone(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_058, ImageFileIsGoneAfterRestart) {
  ExpectUnlinkedStaysGone(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_058, CopiedUpFileIsGoneAtOnce) {
  ExpectUnlinkedStaysGone(scene, Origin::kCopiedUp, When::kLive);
}
COWBELL_CASE(COW_058, CopiedUpFileIsGoneAfterRestart) {
  ExpectUnlinkedStaysGone(scene, Origin::kCopiedUp, When::kRestarted);
}
COWBELL_CASE(COW_058, FileOfTwoLayersIsGoneAtOnce) {
  ExpectUnlinkedStaysGone(scene, Origin::kTwoLayers, When::kLive);
}
COWBELL_CASE(COW_058, FileOfTwoLayersIsGoneAfterRestart) {
  ExpectUnlinkedStaysGone(scene, Origin::kTwoLayers, When::kRestarted);
}

// The secret removed in one start and looked for in the next, when nothing was cached before.
COWBELL_CASE(COW_058, FileCopiedUpInAnEarlierStartIsGone) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(Origin::kImage)));
  {
    Actor actor = scene.Start(container);
    Require(actor.Append(kTarget, "er"));
    actor.Finish();
  }

  Actor actor = scene.Start(container);
  EXPECT_THAT(actor.Unlink(kTarget), Succeeds());

  EXPECT_THAT(actor.Lstat(kTarget), FailsWith(ENOENT));
  EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"keep"}));
  actor.Finish();
}

std::vector<Layer> DirectoryInOneLayer() {
  return {Layer().Dir("t/").Dir("t/d/").File("t/d/a", "a").File("t/d/b", "b")};
}

std::vector<Layer> DirectoryInTwoLayers() {
  return {Layer().Dir("t/").Dir("t/d/").File("t/d/a", "lower a"),
          Layer().Dir("t/").Dir("t/d/").File("t/d/a", "a").File("t/d/b", "b")};
}

void ExpectRmdirOnlyWhenEmpty(Scene& scene, const std::vector<Layer>& layers, When when) {
  Container& container = scene.Create(scene.MakeImage(layers));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Require(actor.CreateFile("/t/d/c", "c"));
        for (const char* name : {"a", "b", "c"}) {
          EXPECT_THAT(actor.Rmdir("/t/d"), FailsWith(ENOTEMPTY)) << "before removing " << name;
          Require(actor.Unlink(std::string("/t/d/") + name));
        }
        EXPECT_THAT(actor.List("/t/d"), ListsExactly(NameList{}));
        EXPECT_THAT(actor.Rmdir("/t/d"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Lstat("/t/d"), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{}));
      });
}

COWBELL_CASE(COW_060, EmptiedDirectoryIsRemovedAtOnce) {
  ExpectRmdirOnlyWhenEmpty(scene, DirectoryInOneLayer(), When::kLive);
}
COWBELL_CASE(COW_060, EmptiedDirectoryIsGoneAfterRestart) {
  ExpectRmdirOnlyWhenEmpty(scene, DirectoryInOneLayer(), When::kRestarted);
}
COWBELL_CASE(COW_060, EmptiedDirectoryOfTwoLayersIsRemovedAtOnce) {
  ExpectRmdirOnlyWhenEmpty(scene, DirectoryInTwoLayers(), When::kLive);
}
COWBELL_CASE(COW_060, EmptiedDirectoryOfTwoLayersIsGoneAfterRestart) {
  ExpectRmdirOnlyWhenEmpty(scene, DirectoryInTwoLayers(), When::kRestarted);
}

// The names were deleted in an earlier start: what hides them is on disk only.
COWBELL_CASE(COW_060, DirectoryEmptiedInAnEarlierStartIsRemoved) {
  Container& container = scene.Create(scene.MakeImage(DirectoryInTwoLayers()));
  {
    Actor actor = scene.Start(container);
    Require(actor.Unlink("/t/d/a"));
    Require(actor.Unlink("/t/d/b"));
    actor.Finish();
  }

  Actor actor = scene.Start(container);
  EXPECT_THAT(actor.Rmdir("/t/d"), Succeeds());

  EXPECT_THAT(actor.Lstat("/t/d"), FailsWith(ENOENT));
  actor.Finish();
}

std::vector<Layer> DeepDirectory() {
  return {Layer().Dir("t/").Dir("t/d/").File("t/d/a", "a").Dir("t/d/s/").File("t/d/s/b", "b")};
}

std::vector<Layer> DeepDirectoryOfTwoLayers() {
  return {DeepDirectory()[0],
          Layer().Dir("t/").Dir("t/d/").Dir("t/d/s/").File("t/d/s/c", "c").File("t/d/e", "e")};
}

void ExpectRecreatedIsEmpty(Scene& scene, const std::vector<Layer>& layers, When when) {
  Container& container = scene.Create(scene.MakeImage(layers));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        EXPECT_THAT(actor.RemoveTree("/t/d"), Succeeds());
        EXPECT_THAT(actor.Mkdir("/t/d", 0711), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.List("/t/d"), ListsExactly(NameList{}));
        EXPECT_THAT(actor.Lstat("/t/d/a"), FailsWith(ENOENT));
        EXPECT_THAT(actor.Lstat("/t/d/s/b"), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"d"}));
      });
}

COWBELL_CASE(COW_061, RecreatedDirectoryIsEmptyAtOnce) {
  ExpectRecreatedIsEmpty(scene, DeepDirectory(), When::kLive);
}
COWBELL_CASE(COW_061, RecreatedDirectoryIsEmptyAfterRestart) {
  ExpectRecreatedIsEmpty(scene, DeepDirectory(), When::kRestarted);
}
COWBELL_CASE(COW_061, RecreatedDirectoryOfTwoLayersIsEmptyAtOnce) {
  ExpectRecreatedIsEmpty(scene, DeepDirectoryOfTwoLayers(), When::kLive);
}
COWBELL_CASE(COW_061, RecreatedDirectoryOfTwoLayersIsEmptyAfterRestart) {
  ExpectRecreatedIsEmpty(scene, DeepDirectoryOfTwoLayers(), When::kRestarted);
}

// The subdirectory has the name of a deleted one too.
COWBELL_CASE(COW_061, RecreatedSubdirectoryIsEmptyAfterRestart) {
  Container& container = scene.Create(scene.MakeImage(DeepDirectoryOfTwoLayers()));

  ChangeThenJudge(
      scene, container, When::kRestarted,
      [&](Actor& actor) {
        EXPECT_THAT(actor.RemoveTree("/t/d"), Succeeds());
        EXPECT_THAT(actor.Mkdir("/t/d"), Succeeds());
        EXPECT_THAT(actor.Mkdir("/t/d/s"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.List("/t/d"), ListsExactly(NameList{"s"}));
        EXPECT_THAT(actor.List("/t/d/s"), ListsExactly(NameList{}));
      });
}

}  // namespace
}  // namespace cowbell::conformance
