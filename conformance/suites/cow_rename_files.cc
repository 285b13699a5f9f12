// COW-067, COW-070, COW-078 … COW-081: files that get another name.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

constexpr char kMoved[] = "/t/moved";

void ExpectMoves(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        EXPECT_THAT(actor.Rename(kTarget, kMoved), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Lstat(kTarget), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"keep", "moved"}));
        EXPECT_THAT(SeenPart(actor, "/t", {"/t"}),
                    Yields(IsTree(Moved(PreparedTree(), kTarget, kMoved))));
      });
}

void ExpectMovesBack(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        Require(actor.Rename(kTarget, kMoved));
        EXPECT_THAT(actor.Rename(kMoved, kTarget), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Lstat(kMoved), FailsWith(ENOENT));
        EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(PreparedTree())));
      });
}

COWBELL_CASE(COW_067, ImageFileMoves) { ExpectMoves(scene, Origin::kImage, When::kLive); }
COWBELL_CASE(COW_067, ImageFileMovesAfterRestart) {
  ExpectMoves(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_067, CopiedUpFileMovesAfterRestart) {
  ExpectMoves(scene, Origin::kCopiedUp, When::kRestarted);
}
COWBELL_CASE(COW_067, CreatedFileMovesAfterRestart) {
  ExpectMoves(scene, Origin::kCreated, When::kRestarted);
}
COWBELL_CASE(COW_067, FileOfTwoLayersMovesAfterRestart) {
  ExpectMoves(scene, Origin::kTwoLayers, When::kRestarted);
}
COWBELL_CASE(COW_067, ImageFileMovesBack) { ExpectMovesBack(scene, Origin::kImage, When::kLive); }
COWBELL_CASE(COW_067, ImageFileMovesBackAfterRestart) {
  ExpectMovesBack(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_067, FileOfTwoLayersMovesBackAfterRestart) {
  ExpectMovesBack(scene, Origin::kTwoLayers, When::kRestarted);
}

void ExpectNoGhostInNewDirectory(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        Require(actor.Mkdir("/t/new"));
        Require(actor.Rename(kTarget, "/t/new/foo"));
        EXPECT_THAT(actor.Unlink("/t/new/foo"), Succeeds());
        EXPECT_THAT(actor.List("/t/new"), ListsExactly(NameList{}));
        EXPECT_THAT(actor.Rmdir("/t/new"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"keep"}));
        EXPECT_THAT(actor.Lstat("/t/new"), FailsWith(ENOENT));
      });
}

COWBELL_CASE(COW_070, MovedAndRemovedImageFileLeavesNothing) {
  ExpectNoGhostInNewDirectory(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_070, MovedAndRemovedImageFileLeavesNothingAfterRestart) {
  ExpectNoGhostInNewDirectory(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_070, MovedAndRemovedFileOfTwoLayersLeavesNothing) {
  ExpectNoGhostInNewDirectory(scene, Origin::kTwoLayers, When::kRestarted);
}

// renameat2(2) with a flag; ends the case as not applicable where the file system has none.
Status RenameWith(Scene& scene, Actor& actor, const std::string& flag, const std::string& from,
                  const std::string& to) {
  const auto reply = actor.Do("rename2", {from, to, flag});
  if (reply.has_value()) return Ok();
  const int error = reply.error().errno_value();
  if (error == EINVAL || error == ENOSYS) {
    scene.Outcome("rename." + flag, "unsupported");
    actor.Finish();
    scene.SkipNotApplicable("renameat2 with " + flag + " is not supported here");
  }
  return Error(reply.error());
}

void ExpectNoReplace(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        EXPECT_THAT(RenameWith(scene, actor, "noreplace", "/t/keep", kTarget), FailsWith(EEXIST));
        EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(PreparedTree())));
        Require(actor.Unlink(kTarget));
        EXPECT_THAT(RenameWith(scene, actor, "noreplace", "/t/keep", kTarget), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Read(kTarget), Yields(std::string("kept")));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"foo"}));
      });
}

COWBELL_CASE(COW_078, ImageFileIsNotReplaced) {
  ExpectNoReplace(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_078, DeletedImageFileIsReplacedAfterRestart) {
  ExpectNoReplace(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_078, FileOfTwoLayersIsNotReplaced) {
  ExpectNoReplace(scene, Origin::kTwoLayers, When::kRestarted);
}
COWBELL_CASE(COW_078, CopiedUpFileIsNotReplaced) {
  ExpectNoReplace(scene, Origin::kCopiedUp, When::kLive);
}

// The neighbour is the image's in every origin.
void ExpectSwapped(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));
  Tree expected = PreparedTree();
  std::swap(expected[kTarget], expected["/t/keep"]);

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        EXPECT_THAT(RenameWith(scene, actor, "exchange", kTarget, "/t/keep"), Succeeds());
      },
      [&](Actor& actor) { EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(expected))); });
}

COWBELL_CASE(COW_079, FilesOfTheImageAreSwapped) {
  ExpectSwapped(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_079, FilesOfTheImageAreSwappedAfterRestart) {
  ExpectSwapped(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_079, NewFileIsSwappedWithImageFile) {
  ExpectSwapped(scene, Origin::kCreated, When::kRestarted);
}
COWBELL_CASE(COW_079, FileOfTwoLayersIsSwapped) {
  ExpectSwapped(scene, Origin::kTwoLayers, When::kRestarted);
}

// Either swapped, or refused with EXDEV and nothing changed.
void ExpectDirectoriesSwapped(Scene& scene, When when) {
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").Dir("t/old/").File("t/old/a", "a")}));
  Status swapped = Ok();

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Require(actor.Mkdir("/t/new"));
        Require(actor.CreateFile("/t/new/b", "b"));
        swapped = RenameWith(scene, actor, "exchange", "/t/old", "/t/new");
      },
      [&](Actor& actor) {
        EXPECT_THAT(swapped, ::testing::AnyOf(Succeeds(), FailsWith(EXDEV)));
        scene.Outcome("rename.exchange.dir", swapped.has_value() ? "swapped" : "exdev");
        const std::string in_old = swapped.has_value() ? "b" : "a";
        const std::string in_new = swapped.has_value() ? "a" : "b";
        EXPECT_THAT(actor.List("/t/old"), ListsExactly(NameList{in_old}));
        EXPECT_THAT(actor.List("/t/new"), ListsExactly(NameList{in_new}));
      });
}

COWBELL_CASE(COW_079, DirectoriesAreSwappedOrLeft) { ExpectDirectoriesSwapped(scene, When::kLive); }
COWBELL_CASE(COW_079, DirectoriesAreSwappedOrLeftAfterRestart) {
  ExpectDirectoriesSwapped(scene, When::kRestarted);
}

void ExpectNoWhiteoutSeen(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(Origin::kImage)));
  bool renamed = false;

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        const auto reply = actor.Do("rename2", {kTarget, kMoved, "whiteout"});
        renamed = reply.has_value();
        EXPECT_THAT(reply, ::testing::AnyOf(Succeeds(), FailsWith(EINVAL), FailsWith(EPERM)));
        scene.Outcome("rename.whiteout", renamed ? "renames" : "refused");
      },
      [&](Actor& actor) {
        const Tree before = PreparedTree();
        EXPECT_THAT(SeenPart(actor, "/t", {"/t"}),
                    Yields(IsTree(renamed ? Moved(before, kTarget, kMoved) : before)));
      });
}

COWBELL_CASE(COW_080, WhiteoutsOfAContainerAreNotSeen) { ExpectNoWhiteoutSeen(scene, When::kLive); }
COWBELL_CASE(COW_080, WhiteoutsOfAContainerAreNotSeenAfterRestart) {
  ExpectNoWhiteoutSeen(scene, When::kRestarted);
}

void ExpectRenameToItselfDoesNothing(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        EXPECT_THAT(actor.Rename(kTarget, kTarget), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(PreparedTree())));
      });
}

COWBELL_CASE(COW_081, ImageFileOntoItself) {
  ExpectRenameToItselfDoesNothing(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_081, ImageFileOntoItselfAfterRestart) {
  ExpectRenameToItselfDoesNothing(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_081, CopiedUpFileOntoItself) {
  ExpectRenameToItselfDoesNothing(scene, Origin::kCopiedUp, When::kRestarted);
}

void ExpectBothLinksStay(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(Origin::kImage)));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        Require(actor.Link(kTarget, "/t/second"));
        EXPECT_THAT(actor.Rename(kTarget, "/t/second"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"foo", "keep", "second"}));
        EXPECT_THAT(actor.Read(kTarget), Yields(std::string(kTargetContent)));
        EXPECT_THAT(actor.Read("/t/second"), Yields(std::string(kTargetContent)));
      });
}

COWBELL_CASE(COW_081, LinkOntoItsOtherName) { ExpectBothLinksStay(scene, When::kLive); }
COWBELL_CASE(COW_081, LinkOntoItsOtherNameAfterRestart) {
  ExpectBothLinksStay(scene, When::kRestarted);
}

}  // namespace
}  // namespace cowbell::conformance
