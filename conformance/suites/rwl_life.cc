// The RW layer lives from `create` to `rm`: through every kind of stop, and not a moment longer.

#include <sys/stat.h>

#include <functional>

#include "conformance/suites/bulk.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/mutations.h"
#include "conformance/suites/store_paths.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::Ge;
using ::testing::IsEmpty;

// Changes everything in one start, ends that start with `end`, and reads the tree in the next one.
void SurvivesEnd(Scene& scene, const std::function<void(Container&, Actor&)>& end) {
  Image& image = scene.MakeImage({MutableLayer()});
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  const Tree pristine = Require(actor.ReadTree("/t"));
  MutateAll(actor);
  const Tree changed = Require(actor.ReadTree("/t"));
  ASSERT_NE(HashTree(changed), HashTree(pristine)) << "the changes are not seen by their maker";

  end(container, actor);

  actor = scene.Start(container);
  EXPECT_THAT(Require(actor.ReadTree("/t")), IsTree(changed));
  actor.Finish();
}

COWBELL_CASE(RWL_020, SurvivesItsOwnEnd) {
  SurvivesEnd(scene, [](Container&, Actor& actor) { actor.Finish(); });
}

COWBELL_CASE(RWL_020, SurvivesStop) {
  SurvivesEnd(scene, [&scene](Container& container, Actor& actor) {
    scene.Must({"container", "stop", "-t", "0", container.name()});
    actor.Abandon();
  });
}

COWBELL_CASE(RWL_020, SurvivesKill) {
  SurvivesEnd(scene, [&scene](Container& container, Actor& actor) {
    scene.Must({"container", "kill", container.name()});
    actor.Abandon();
    scene.Must({"container", "wait", container.name()});
  });
}

COWBELL_CASE(RWL_020, SurvivesRestart) {
  if (!scene.profile().Has("restart")) scene.SkipNotApplicable("the engine has no restart");
  SurvivesEnd(scene, [&scene](Container& container, Actor& actor) {
    scene.Must({"container", "restart", "-t", "0", container.name()});
    actor.Abandon();
    scene.Must({"container", "stop", "-t", "0", container.name()});
  });
}

COWBELL_CASE(RWL_020, SurvivesPause) {
  if (!scene.profile().Has("pause")) scene.SkipNotApplicable("the engine has no pause");
  SurvivesEnd(scene, [&scene](Container& container, Actor& actor) {
    scene.Must({"container", "pause", container.name()});
    scene.Must({"container", "unpause", container.name()});
    actor.Finish();
  });
}

COWBELL_CASE(RWL_028, ACreatedContainerHasNoChangesAndCanGo) {
  Container& container = scene.Create(scene.MakeImage({MutableLayer()}));

  const CommandResult diff = scene.Run({"container", "diff", container.name()});
  EXPECT_THAT(diff, ExitsWith(0));
  EXPECT_EQ(diff.out, "");

  EXPECT_THAT(scene.Run({"container", "rm", container.name()}), ExitsWith(0));
  EXPECT_FALSE(scene.Run({"container", "inspect", container.id()}).status.ok());
}

COWBELL_CASE(RWL_028, ACreatedContainerCanBeExported) {
  if (!scene.profile().Has("export")) scene.SkipNotApplicable("the engine has no export");
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/foo", "image")}));
  const std::string archive = scene.work_dir() + "/exported";

  EXPECT_THAT(scene.Run({"container", "export", "-o", archive, container.name()}), ExitsWith(0));

  const auto content = ReadHostFile(archive);
  ASSERT_THAT(content, Succeeds());
  EXPECT_NE(content.value().find("t/foo"), std::string::npos);
}

// `container rm` takes the container's own directories, its mounts and its space with it.
COWBELL_CASE(RWL_023, RmLeavesNothingOfTheContainerInTheStore) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  WriteBulk(actor, "/t", 32);
  actor.Finish();
  const OwnPaths own = PathsOf(scene, container);
  EXPECT_THAT(DiskUsage(own.upper), Yields(Ge(32 * kMiB)));

  scene.Must({"container", "rm", container.name()});

  EXPECT_FALSE(Exists(own.upper)) << own.upper;
  EXPECT_THAT(PathsNaming(own), IsEmpty());
  EXPECT_THAT(MountsNaming(own), IsEmpty());
}

COWBELL_CASE(RWL_023, ForcedRmOfARunningContainerLeavesNothingInTheStore) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  WriteBulk(actor, "/t", 32);
  const OwnPaths own = PathsOf(scene, container);

  scene.Must({"container", "rm", "--force", container.name()});

  actor.Abandon();
  EXPECT_FALSE(Exists(own.upper)) << own.upper;
  EXPECT_THAT(PathsNaming(own), IsEmpty());
  EXPECT_THAT(MountsNaming(own), IsEmpty());
}

}  // namespace
}  // namespace cowbell::conformance
