#include "conformance/suites/assembly.h"

#include "conformance/suites/trees.h"

namespace cowbell::conformance {

void ExpectAssembled(Scene& scene, const std::vector<Layer>& layers, When when,
                     const std::string& path) {
  const Tree expected = ModelPart(layers, path);
  const Result<Image*> image = scene.TryImage(layers);
  ASSERT_THAT(image, Succeeds());

  ChangeThenJudge(
      scene, scene.Create(*image.value()), when, [](Actor&) {},
      [&](Actor& actor) { EXPECT_THAT(SeenPart(actor, path), Yields(IsTree(expected))); });
}

}  // namespace cowbell::conformance
