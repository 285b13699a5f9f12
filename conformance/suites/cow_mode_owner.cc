// COW-037, COW-038: modes and owners.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/stats.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

void ExpectOnlyModeChanged(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));
  FileStat expected;

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        expected = Require(actor.Lstat(kTarget));
        expected.mode = 02604;
        EXPECT_THAT(actor.Chmod(kTarget, expected.mode), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(StatTextOf(actor, kTarget), Yields(StatText(expected)));
        EXPECT_THAT(actor.Read(kTarget), Yields(std::string(kTargetContent)));
      });
}

COWBELL_CASE(COW_037, OfImageFile) { ExpectOnlyModeChanged(scene, Origin::kImage, When::kLive); }
COWBELL_CASE(COW_037, OfImageFileAfterRestart) {
  ExpectOnlyModeChanged(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_037, OfFileOfTwoLayers) {
  ExpectOnlyModeChanged(scene, Origin::kTwoLayers, When::kLive);
}
COWBELL_CASE(COW_037, OfCopiedUpFile) {
  ExpectOnlyModeChanged(scene, Origin::kCopiedUp, When::kRestarted);
}
COWBELL_CASE(COW_037, OfCreatedFile) {
  ExpectOnlyModeChanged(scene, Origin::kCreated, When::kLive);
}

constexpr uint64_t kNewUid = 70001;
constexpr uint64_t kNewGid = 70002;

// What `chown -R` meets: nothing here may be read by its new owner before.
std::vector<Layer> TreeToChown() {
  return {Layer()
              .Dir("t/")
              .Dir("t/a/")
              .Mode(0700)
              .Dir("t/a/b/")
              .Mode(0710)
              .Owner(5, 6)
              .File("t/a/b/file", "content")
              .Mode(0600)
              .File("t/a/b/owned", "content")
              .Mode(0640)
              .Owner(70123, 70124)
              .Symlink("t/a/link", "b/file")
              .Symlink("t/a/dangling", "nowhere")
              .Fifo("t/a/fifo")};
}

Tree ChownedTree() {
  Tree tree = ModelPart(TreeToChown(), "/t/a");
  for (auto& [path, node] : tree) {
    node.uid = kNewUid;
    node.gid = kNewGid;
  }
  return tree;
}

void ChownAll(Actor& actor) {
  for (const auto& [path, node] : ModelPart(TreeToChown(), "/t/a"))
    EXPECT_THAT(actor.Lchown(path, kNewUid, kNewGid), Succeeds()) << path;
}

void ExpectChowned(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(TreeToChown()));

  ChangeThenJudge(scene, container, when, ChownAll, [](Actor& actor) {
    EXPECT_THAT(SeenPart(actor, "/t/a"), Yields(IsTree(ChownedTree())));
    const auto reply = actor.DoAs(kNewUid, kNewGid, "read", {"/t/a/b/file"});
    EXPECT_THAT(reply, Succeeds()) << "read by the new owner";
  });
}

COWBELL_CASE(COW_038, WholeTree) { ExpectChowned(scene, When::kLive); }
COWBELL_CASE(COW_038, WholeTreeAfterRestart) { ExpectChowned(scene, When::kRestarted); }

// chown(2) follows the link and leaves the link itself alone.
COWBELL_CASE(COW_038, TargetOfALink) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(TreeToChown())));
  Tree expected = ModelPart(TreeToChown(), "/t/a");
  expected["/t/a/b/file"].uid = kNewUid;
  expected["/t/a/b/file"].gid = kNewGid;

  EXPECT_THAT(actor.Chown("/t/a/link", kNewUid, kNewGid), Succeeds());

  EXPECT_THAT(SeenPart(actor, "/t/a"), Yields(IsTree(expected)));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
