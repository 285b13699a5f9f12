#include "conformance/suites/lowers.h"

namespace cowbell::conformance {

LowerTrees ReadLowers(Scene& scene, Container& container) {
  const auto directories = container.LowerDirs();
  if (!directories.has_value()) scene.SkipNotApplicable(directories.error().ToString());
  if (directories.value().empty()) throw SceneError("the subject names no lower directory at all");
  LowerTrees trees;
  for (const std::string& directory : directories.value()) {
    trees[directory] = Require(ReadTree(directory));
  }
  return trees;
}

void ExpectLowersUnchanged(const LowerTrees& before) {
  for (const auto& [directory, tree] : before) {
    EXPECT_THAT(ReadTree(directory), Yields(IsTree(tree))) << "lower directory " << directory;
  }
}

}  // namespace cowbell::conformance
