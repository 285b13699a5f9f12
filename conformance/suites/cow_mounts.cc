// COW-117 … COW-119, COW-123: what mounting a RW layer, again and again, must and must not do.

#include <sys/xattr.h>

#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "conformance/suites/mutations.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"
#include "conformance/suites/union_mounts.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"

namespace cowbell::conformance {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<Layer> OneFile() { return {Layer().Dir("t/").File("t/file", "old")}; }

// Ends the case as not applicable where the RW layer is no directory of this host.
std::string UpperOf(Scene& scene, Container& container) {
  const auto upper = container.UpperDir();
  if (!upper.has_value()) scene.SkipNotApplicable(upper.error().ToString());
  return upper.value();
}

// Several `start` at once, as scripts and supervisors do it.
void StartAtOnce(Scene& scene, const std::string& container) {
  constexpr int kRivals = 4;
  std::vector<ChildProcess> rivals;
  const std::vector<std::string> argv = scene.engine().Argv({"start", container});
  for (int i = 0; i < kRivals; ++i) {
    SpawnOptions options;
    options.argv = argv;
    rivals.push_back(Require(ChildProcess::Spawn(options)));
  }
  for (ChildProcess& rival : rivals)
    (void)Require(rival.Wait(std::chrono::seconds(20)));  // which of them are refused is LIF's
}

COWBELL_CASE(COW_117, RunningContainerIsNotMountedTwice) {
  Container& container = scene.Create(scene.MakeImage(OneFile()));
  const std::string upper = UpperOf(scene, container);
  if (scene.subject().engine() == nullptr) {
    const auto index = scene.profile().options.find("index");
    if (index == scene.profile().options.end() || index->second != "on") {
      scene.SkipNotApplicable("without index=on overlayfs leaves this to who mounts it");
    }
  }
  Actor actor = scene.Start(container);

  if (scene.subject().engine() == nullptr) {
    EXPECT_THAT(container.Start(), FailsWith(EBUSY));
  } else {
    StartAtOnce(scene, container.id());
    EXPECT_THAT(MountsWithUpper(upper), SizeIs(1));
  }

  EXPECT_THAT(actor.Write("/t/file", "new"), Succeeds());
  actor.Finish();
}

COWBELL_CASE(COW_117, StoppedContainerIsMountedOnceByRivals) {
  if (scene.subject().engine() == nullptr) {
    scene.SkipNotApplicable("nobody manages the mounts of a bare file system");
  }
  ContainerSpec sleeping;
  sleeping.command = {"sleep"};
  Container& container = scene.Create(scene.MakeImage(OneFile()), sleeping);
  const std::string upper = UpperOf(scene, container);

  StartAtOnce(scene, container.id());

  EXPECT_THAT(MountsWithUpper(upper), SizeIs(1));
}

COWBELL_CASE(COW_118, NextMountShowsTheSameTree) {
  Container& container = scene.Create(scene.MakeImage({MutableLayer()}));
  Tree before;
  ChangeThenJudge(
      scene, container, When::kRestarted,
      [&](Actor& actor) {
        MutateAll(actor);
        before = Require(SeenPart(actor, "/t"));
      },
      [&](Actor& actor) { EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(before))); });
}

// The work directory of a container, seen while it is mounted.
std::string WorkDirOf(Scene& scene, Container& container) {
  const std::string upper = UpperOf(scene, container);
  Actor actor = scene.Start(container);
  const auto mounts = MountsWithUpper(upper);
  actor.Finish();
  if (mounts.empty()) scene.SkipNotApplicable("the root is no overlay mount with this upper");
  return mounts.begin()->second;
}

COWBELL_CASE(COW_119, LeftoversOfACrashAreCleaned) {
  Container& container = scene.Create(scene.MakeImage(OneFile()));
  const std::string work = WorkDirOf(scene, container) + "/work";
  if (!Exists(work)) throw SceneError("there is no '" + work + "'");
  Require(WriteFile(work + "/#leftover", "half a copy"));
  Require(MakeDirs(work + "/#leftover-dir"));
  Require(WriteFile(work + "/#leftover-dir/file", "half a copy"));

  Result<Actor> started = scene.TryStart(container);
  EXPECT_THAT(started, Succeeds());
  if (!started.has_value()) return;
  Actor actor = std::move(started).value();
  EXPECT_THAT(ListDir(work), Yields(Not(Contains(StartsWith("#leftover")))));
  EXPECT_THAT(actor.Append("/t/file", " and new"), Succeeds());
  EXPECT_THAT(actor.Read("/t/file"), Yields(std::string("old and new")));
  actor.Finish();
}

// A store inside the image: its marks are escaped once, and must not act on the union around it.
COWBELL_CASE(COW_123, EscapedMarksOfALowerDoNotAct) {
  Image& image = scene.MakeImage({Layer().Dir("t/").Dir("t/d/").File("t/d/lower", "1"),
                                  Layer().Dir("t/").Dir("t/d/").File("t/d/upper", "2")});
  const auto first = Require(scene.subject().Create(image, {}));
  const std::vector<std::string> lowers = Require(first->LowerDirs());
  const std::string path = lowers.at(0) + "/t/d";
  if (setxattr(path.c_str(), "trusted.overlay.overlay.opaque", "y", 1, 0) != 0) {
    throw SceneError("setxattr '" + path + "': " + ErrnoName(errno));
  }
  Actor actor = scene.Start(scene.Create(image));

  EXPECT_THAT(actor.List("/t/d"), ListsExactly(NameList{"lower", "upper"}));
  const auto shown = actor.Getxattr("/t/d", "trusted.overlay.opaque");
  EXPECT_THAT(
      shown, ::testing::AnyOf(Yields(std::string("y")), FailsWith(ENODATA), FailsWith(EOPNOTSUPP)));
  scene.Outcome("escaped.xattr", shown.has_value() ? "unescaped" : "hidden");
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
