// COW-068, COW-069, COW-071, COW-075: renames over and of what the image holds.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

void RenameNewOverTarget(Actor& actor, Origin origin) {
  Prepare(actor, origin);
  Require(actor.CreateFile("/t/new", "new", 0600));
  EXPECT_THAT(actor.Rename("/t/new", kTarget), Succeeds());
}

void ExpectReplaced(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when, [&](Actor& actor) { RenameNewOverTarget(actor, origin); },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Read(kTarget), Yields(std::string("new")));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"foo", "keep"}));
      });
}

void ExpectReplacedThenGone(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        RenameNewOverTarget(actor, origin);
        EXPECT_THAT(actor.Unlink(kTarget), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Lstat(kTarget), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"keep"}));
      });
}

COWBELL_CASE(COW_068, ImageFileIsReplacedAtOnce) {
  ExpectReplaced(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_068, ImageFileIsReplacedAfterRestart) {
  ExpectReplaced(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_068, FileOfTwoLayersIsReplacedAfterRestart) {
  ExpectReplaced(scene, Origin::kTwoLayers, When::kRestarted);
}
COWBELL_CASE(COW_068, UnlinkedReplacementIsGoneAtOnce) {
  ExpectReplacedThenGone(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_068, UnlinkedReplacementIsGoneAfterRestart) {
  ExpectReplacedThenGone(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_068, UnlinkedReplacementOfCopiedUpFileIsGoneAtOnce) {
  ExpectReplacedThenGone(scene, Origin::kCopiedUp, When::kLive);
}
COWBELL_CASE(COW_068, UnlinkedReplacementOfCopiedUpFileIsGoneAfterRestart) {
  ExpectReplacedThenGone(scene, Origin::kCopiedUp, When::kRestarted);
}
COWBELL_CASE(COW_068, UnlinkedReplacementOfFileOfTwoLayersIsGoneAtOnce) {
  ExpectReplacedThenGone(scene, Origin::kTwoLayers, When::kLive);
}
COWBELL_CASE(COW_068, UnlinkedReplacementOfFileOfTwoLayersIsGoneAfterRestart) {
  ExpectReplacedThenGone(scene, Origin::kTwoLayers, When::kRestarted);
}

// Both names are the image's: the one that moves must not come back either.
void ExpectImageFileOverImageFile(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(Origin::kImage)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        EXPECT_THAT(actor.Rename("/t/keep", kTarget), Succeeds());
        EXPECT_THAT(actor.Read(kTarget), Yields(std::string("kept")));
        EXPECT_THAT(actor.Unlink(kTarget), Succeeds());
      },
      [&](Actor& actor) { EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{})); });
}

COWBELL_CASE(COW_068, ImageFileOverImageFileIsGoneAtOnce) {
  ExpectImageFileOverImageFile(scene, When::kLive);
}
COWBELL_CASE(COW_068, ImageFileOverImageFileIsGoneAfterRestart) {
  ExpectImageFileOverImageFile(scene, When::kRestarted);
}

constexpr char kReplacements[] = "500";
constexpr char kReaders[] = "3";

COWBELL_CASE(COW_069, ReadersSeeOneWholeContentAfterTheOther) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(LayersFor(Origin::kImage))));

  const auto reply = Require(actor.Do("replacer", {kTarget, kReplacements, kReaders}));

  EXPECT_EQ(reply.error, 0) << reply.call << ": " << ErrnoName(reply.error);
  EXPECT_EQ(reply.Get("bad"), "0") << reply.Get("first");
  EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"foo", "keep"}));
  actor.Finish();
}

// A directory of the image alone, and one that the RW layer has added to and removed from.
using PrepareDirectory = std::function<void(Actor&)>;

void LeaveAsInImage(Actor&) {}
void AddAndRemove(Actor& actor) {
  Require(actor.CreateFile("/t/d/new", "new", 0604));
  Require(actor.Unlink("/t/d/b"));
  Require(actor.Append("/t/d/s/c", "!"));
}

std::vector<Layer> DirectoryTree() {
  return {Layer()
              .Dir("t/")
              .Dir("t/d/")
              .Mode(0751)
              .Owner(70123, 70124)
              .File("t/d/a", "a")
              .File("t/d/b", "b")
              .Dir("t/d/s/")
              .File("t/d/s/c", "c")
              .Symlink("t/d/s/l", "../a")};
}

// Exactly one of the two outcomes, wholly.
void ExpectMovedOrRefused(Scene& scene, const PrepareDirectory& prepare, When when) {
  Container& container = scene.Create(scene.MakeImage(DirectoryTree()));
  Tree before;
  Status renamed = Ok();

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        prepare(actor);
        before = Require(SeenPart(actor, "/t", {"/t"}));
        renamed = actor.Rename("/t/d", "/t/d2");
      },
      [&](Actor& actor) {
        if (renamed.has_value()) {
          scene.Outcome("rename.dir", "full");
          EXPECT_THAT(SeenPart(actor, "/t", {"/t"}),
                      Yields(IsTree(Moved(before, "/t/d", "/t/d2"))));
          EXPECT_THAT(actor.Lstat("/t/d"), FailsWith(ENOENT));
        } else {
          EXPECT_THAT(renamed, FailsWith(EXDEV));
          scene.Outcome("rename.dir", "exdev");
          EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(before)));
          EXPECT_THAT(actor.Lstat("/t/d2"), FailsWith(ENOENT));
        }
      });
}

COWBELL_CASE(COW_071, ImageDirectoryMovesWholeOrNotAtAll) {
  ExpectMovedOrRefused(scene, LeaveAsInImage, When::kLive);
}
COWBELL_CASE(COW_071, ImageDirectoryMovesWholeOrNotAtAllAfterRestart) {
  ExpectMovedOrRefused(scene, LeaveAsInImage, When::kRestarted);
}
COWBELL_CASE(COW_071, MergedDirectoryMovesWholeOrNotAtAll) {
  ExpectMovedOrRefused(scene, AddAndRemove, When::kLive);
}
COWBELL_CASE(COW_071, MergedDirectoryMovesWholeOrNotAtAllAfterRestart) {
  ExpectMovedOrRefused(scene, AddAndRemove, When::kRestarted);
}

void ExpectRecreatedMovesEmpty(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(
      {Layer().Dir("t/").Dir("t/d/").File("t/d/a", "a").Dir("t/d/s/").File("t/d/s/b", "b")}));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Require(actor.RemoveTree("/t/d"));
        Require(actor.Mkdir("/t/d"));
        Require(actor.Mkdir("/t/o"));
        EXPECT_THAT(actor.Rename("/t/d", "/t/o/d"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.List("/t/o/d"), ListsExactly(NameList{}));
        EXPECT_THAT(actor.Lstat("/t/d"), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"o"}));
      });
}

COWBELL_CASE(COW_075, RecreatedDirectoryMovesEmptyAtOnce) {
  ExpectRecreatedMovesEmpty(scene, When::kLive);
}
COWBELL_CASE(COW_075, RecreatedDirectoryMovesEmptyAfterRestart) {
  ExpectRecreatedMovesEmpty(scene, When::kRestarted);
}

}  // namespace
}  // namespace cowbell::conformance
