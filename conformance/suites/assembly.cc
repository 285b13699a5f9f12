#include "conformance/suites/assembly.h"

#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

Tree WithTypesOnly(Tree tree, const std::set<std::string>& paths) {
  for (const std::string& path : paths) {
    const auto found = tree.find(path);
    if (found == tree.end()) continue;
    Node bare;
    bare.type = found->second.type;
    found->second = bare;
  }
  return tree;
}

}  // namespace

void ExpectAssembled(Scene& scene, const std::vector<Layer>& layers, When when,
                     const std::string& path, const std::set<std::string>& unlisted) {
  const Tree expected = WithTypesOnly(ModelPart(layers, path), unlisted);
  const Result<Image*> image = scene.TryImage(layers);
  ASSERT_THAT(image, Succeeds());

  ChangeThenJudge(
      scene, scene.Create(*image.value()), when, [](Actor&) {},
      [&](Actor& actor) {
        const Result<Tree> seen = SeenPart(actor, path);
        ASSERT_THAT(seen, Succeeds());
        EXPECT_THAT(WithTypesOnly(seen.value(), unlisted), IsTree(expected));
      });
}

}  // namespace cowbell::conformance
