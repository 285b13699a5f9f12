// COW-087 … COW-091: names that a union might take for its own, and very long ones.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

std::vector<Layer> ThreeNames() {
  return {
      Layer().Dir("t/").File("t/a", "a").File("t/foo", "foo").Dir("t/sub/").File("t/sub/b", "b")};
}

// What the image holds below /t is there; `made` may be there as well.
void ExpectImageVisible(Actor& actor, const std::string& made) {
  Tree seen = Require(SeenPart(actor, "/t", {"/t", "/t/sub"}));
  seen.erase(made);
  EXPECT_THAT(seen, IsTree(ModelPart(ThreeNames(), "/t", {"/t", "/t/sub"})));
}

void ExpectDeviceHidesNothing(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(ThreeNames()));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        const Status made = actor.Mknod("/t/c00", 'c', 0600, 0, 0);
        scene.Outcome("mknod.c00", made.has_value() ? "made" : "refused");
        ExpectImageVisible(actor, "/t/c00");
      },
      [](Actor& actor) { ExpectImageVisible(actor, "/t/c00"); });
}

COWBELL_CASE(COW_087, DeviceZeroHidesNothing) { ExpectDeviceHidesNothing(scene, When::kLive); }
COWBELL_CASE(COW_087, DeviceZeroHidesNothingAfterRestart) {
  ExpectDeviceHidesNothing(scene, When::kRestarted);
}

// Refused, or a file as any other. Either way it says nothing about other names.
void ExpectMarkerIsOrdinary(Scene& scene, const std::string& path, When when) {
  Container& container = scene.Create(scene.MakeImage(ThreeNames()));
  bool made = false;

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        made = actor.CreateFile(path, "marker").has_value();
        scene.Outcome("store.whiteout.name", made ? "ordinary" : "refused");
        ExpectImageVisible(actor, path);
      },
      [&](Actor& actor) {
        ExpectImageVisible(actor, path);
        if (made) {
          EXPECT_THAT(actor.Read(path), Yields(std::string("marker")));
          EXPECT_THAT(actor.Unlink(path), Succeeds());
        }
        EXPECT_THAT(actor.Lstat(path), FailsWith(ENOENT));
      });
}

COWBELL_CASE(COW_088, WhiteoutNameHidesNothing) {
  ExpectMarkerIsOrdinary(scene, "/t/.wh.foo", When::kLive);
}
COWBELL_CASE(COW_088, WhiteoutNameHidesNothingAfterRestart) {
  ExpectMarkerIsOrdinary(scene, "/t/.wh.foo", When::kRestarted);
}
COWBELL_CASE(COW_089, OpaqueNameHidesNothing) {
  ExpectMarkerIsOrdinary(scene, "/t/sub/.wh..wh..opq", When::kLive);
}
COWBELL_CASE(COW_089, OpaqueNameHidesNothingAfterRestart) {
  ExpectMarkerIsOrdinary(scene, "/t/sub/.wh..wh..opq", When::kRestarted);
}

// The longest name that file systems take, of one letter.
std::string LongName(char letter) { return std::string(255, letter); }

std::vector<Layer> LongNamesInImage() {
  return {Layer().Dir("t/").File("t/" + LongName('d'), "old").File("t/" + LongName('r'), "old")};
}

void ExpectLongNames(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(LongNamesInImage()));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        EXPECT_THAT(actor.CreateFile("/t/" + LongName('c'), "new"), Succeeds());
        EXPECT_THAT(actor.Unlink("/t/" + LongName('d')), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{LongName('c'), LongName('r')}));
        EXPECT_THAT(actor.Read("/t/" + LongName('c')), Yields(std::string("new")));
      });
}

COWBELL_CASE(COW_090, LongNamesAreMadeAndDeleted) { ExpectLongNames(scene, When::kLive); }
COWBELL_CASE(COW_090, LongNamesAreMadeAndDeletedAfterRestart) {
  ExpectLongNames(scene, When::kRestarted);
}

void ExpectLongNameRenamed(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(LongNamesInImage()));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        EXPECT_THAT(actor.Rename("/t/" + LongName('r'), "/t/" + LongName('n')), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{LongName('d'), LongName('n')}));
        EXPECT_THAT(actor.Read("/t/" + LongName('n')), Yields(std::string("old")));
      });
}

COWBELL_CASE(COW_091, LongNameIsRenamed) { ExpectLongNameRenamed(scene, When::kLive); }
COWBELL_CASE(COW_091, LongNameIsRenamedAfterRestart) {
  ExpectLongNameRenamed(scene, When::kRestarted);
}

}  // namespace
}  // namespace cowbell::conformance
