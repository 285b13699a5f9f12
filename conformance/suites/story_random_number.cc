// The first story: two containers of one image write a random number to the same path, and
// `container cp` fetches two different numbers after both have ended.

#include "conformance/suites/commands.h"
#include "conformance/suites/stories.h"

namespace cowbell::conformance {
namespace {

using ::testing::MatchesRegex;
using ::testing::Ne;

// Where the story's container leaves its number.
constexpr char kNumber[] = ":/random/number.txt";

COWBELL_CASE(ISO_001, StoryOfTwoRandomNumbers) {
  const std::string image = BuildStory(scene, "random");
  const std::string one = NewContainerName(scene, "one");
  const std::string two = NewContainerName(scene, "two");
  const std::string out = scene.work_dir();
  scene.Must({"container", "run", "--name", one, image});
  scene.Must({"container", "run", "--name", two, image});

  scene.Must({"container", "cp", one + kNumber, out + "/one.txt"});
  scene.Must({"container", "cp", two + kNumber, out + "/two.txt"});

  const std::string first = Require(ReadHostFile(out + "/one.txt"));
  const std::string second = Require(ReadHostFile(out + "/two.txt"));
  EXPECT_THAT(first, MatchesRegex("[0-9]+\n"));
  EXPECT_THAT(second, MatchesRegex("[0-9]+\n"));
  EXPECT_THAT(second, Ne(first));
}

COWBELL_CASE(CPY_035, StoryOfANumberFetchedTwiceFromAnExitedContainer) {
  const std::string image = BuildStory(scene, "random");
  const std::string name = NewContainerName(scene, "exited");
  const std::string out = scene.work_dir();
  scene.Must({"container", "run", "--name", name, image});
  const std::string state = StateOf(scene, name);

  EXPECT_THAT(scene.Run({"container", "cp", name + kNumber, out + "/once.txt"}), ExitsWith(0));
  EXPECT_THAT(scene.Run({"container", "cp", name + kNumber, out + "/again.txt"}), ExitsWith(0));

  const Result<std::string> once = ReadHostFile(out + "/once.txt");
  EXPECT_THAT(once, Yields(MatchesRegex("[0-9]+\n")));
  EXPECT_EQ(Require(ReadHostFile(out + "/again.txt")), Require(once));
  EXPECT_EQ(StateOf(scene, name), state);
}

}  // namespace
}  // namespace cowbell::conformance
