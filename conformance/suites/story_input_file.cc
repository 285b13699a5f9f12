// The second story: a container prints a file of its image; `container cp` replaces that file in
// the stopped container; the next start prints the new content, a new container the old one; with
// the container the change is gone.

#include "conformance/suites/commands.h"
#include "conformance/suites/store_paths.h"
#include "conformance/suites/stories.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

constexpr char kStory[] = "input";
constexpr char kInput[] = ":/input.txt";
constexpr char kChanged[] = "changed in the stopped container\n";

// The story up to the copy: a container that has printed `original`, and ended, and holds the
// changed file now.
struct ChangedContainer {
  std::string image;
  std::string name;
  std::string original;
};

ChangedContainer TellUntilTheCopy(Scene& scene) {
  ChangedContainer told;
  told.image = BuildStory(scene, kStory);
  told.name = NewContainerName(scene, "reader");
  told.original = scene.Must({"container", "run", "--name", told.name, told.image}).out;
  if (told.original.empty() || told.original == kChanged) {
    throw SceneError("the story's container printed '" + told.original + "'");
  }
  const std::string file = HostFile(scene, "input.txt", kChanged);
  scene.Must({"container", "cp", file, told.name + kInput});
  return told;
}

std::string PrintedByANewContainer(Scene& scene, const std::string& image) {
  const std::string name = NewContainerName(scene, "fresh");
  return scene.Must({"container", "run", "--name", name, image}).out;
}

COWBELL_CASE(CPY_036, StoryOfAFileCopiedBeforeTheFirstStart) {
  const std::string image = BuildStory(scene, kStory);
  const std::string name = NewContainerName(scene, "reader");
  const std::string file = HostFile(scene, "input.txt", kChanged);
  scene.Must({"container", "create", "--name", name, image});

  EXPECT_THAT(scene.Run({"container", "cp", file, name + kInput}), ExitsWith(0));

  EXPECT_EQ(scene.Must({"container", "start", "--attach", name}).out, kChanged);
  EXPECT_EQ(scene.Must({"container", "start", "--attach", name}).out, kChanged);
}

COWBELL_CASE(CPY_035, StoryOfAFileReplacedInAStoppedContainer) {
  const ChangedContainer told = TellUntilTheCopy(scene);

  EXPECT_EQ(StatusOf(scene, told.name), "exited");
  EXPECT_EQ(scene.Must({"container", "start", "--attach", told.name}).out, kChanged);
}

COWBELL_CASE(RWL_020, StoryOfAChangeThatSurvivesStarts) {
  const ChangedContainer told = TellUntilTheCopy(scene);

  for (int start = 2; start <= 4; ++start) {
    SCOPED_TRACE("start " + std::to_string(start));
    EXPECT_EQ(scene.Must({"container", "start", "--attach", told.name}).out, kChanged);
  }
}

COWBELL_CASE(ISO_014, StoryOfANewContainerThatPrintsTheOldContent) {
  const ChangedContainer told = TellUntilTheCopy(scene);

  EXPECT_EQ(PrintedByANewContainer(scene, told.image), told.original);
}

COWBELL_CASE(ISO_024, StoryOfAChangeThatRmLoses) {
  const ChangedContainer told = TellUntilTheCopy(scene);

  scene.Must({"container", "rm", told.name});

  EXPECT_FALSE(scene.Run({"container", "inspect", told.name}).status.ok());
  EXPECT_EQ(PrintedByANewContainer(scene, told.image), told.original);
  // The name is free, and what comes to bear it inherits nothing.
  EXPECT_EQ(scene.Must({"container", "run", "--name", told.name, told.image}).out, told.original);
}

COWBELL_CASE(RWL_023, StoryOfAChangeThatGoesFromTheStore) {
  NamedImage image(BuildStory(scene, kStory));
  Container& container = scene.Create(image);
  scene.Must({"container", "start", "--attach", container.name()});
  const std::string file = HostFile(scene, "input.txt", kChanged);
  scene.Must({"container", "cp", file, container.name() + kInput});
  const OwnPaths own = PathsOf(scene, container);
  ASSERT_THAT(ReadHostFile(own.upper + "/input.txt"), Yields(std::string(kChanged)));

  scene.Must({"container", "rm", container.name()});

  EXPECT_FALSE(Exists(own.upper)) << own.upper;
  EXPECT_THAT(PathsNaming(own), ::testing::IsEmpty());
}

}  // namespace
}  // namespace cowbell::conformance
