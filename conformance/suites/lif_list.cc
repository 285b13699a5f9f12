// `container ls`: which containers, and in which order.

#include "conformance/suites/commands.h"

namespace cowbell::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A container that carries `label` and waits for a signal once it is started. Returns its ID.
std::string CreateLabelled(Scene& scene, Image& image, const std::string& label,
                           const std::string& stem) {
  return TrimmedOutput(scene.Must({"container", "create", "--name", NewContainerName(scene, stem),
                                   "--label", label, image.ref(), "sleep"}));
}

COWBELL_CASE(LIF_058, RunningOnesAloneAndAllNewestFirst) {
  Image& image = scene.MakeImage({});
  const std::string label = scene.UniqueName("listed");
  ASSERT_THAT(ContainersLabelled(scene, label, /*all=*/true), IsEmpty());
  const std::string a = CreateLabelled(scene, image, label, "a");
  const std::string b = CreateLabelled(scene, image, label, "b");
  const std::string c = CreateLabelled(scene, image, label, "c");
  scene.Must({"container", "start", b});

  EXPECT_THAT(ContainersLabelled(scene, label, /*all=*/false), ElementsAre(b));
  EXPECT_THAT(ContainersLabelled(scene, label, /*all=*/true), ElementsAre(c, b, a));
}

COWBELL_CASE(LIF_058, AnExitedOneIsListedOnlyWithAll) {
  Image& image = scene.MakeImage({});
  const std::string label = scene.UniqueName("listed");
  const std::string a = CreateLabelled(scene, image, label, "a");
  scene.Must({"container", "start", a});
  ASSERT_THAT(ContainersLabelled(scene, label, /*all=*/false), ElementsAre(a));

  scene.Must({"container", "stop", "-t", "0", a});

  EXPECT_THAT(ContainersLabelled(scene, label, /*all=*/false), IsEmpty());
  EXPECT_THAT(ContainersLabelled(scene, label, /*all=*/true), ElementsAre(a));
}

// A start is no birth: the order is that of creation.
COWBELL_CASE(LIF_058, StartingDoesNotChangeTheOrder) {
  Image& image = scene.MakeImage({});
  const std::string label = scene.UniqueName("listed");
  const std::string a = CreateLabelled(scene, image, label, "a");
  const std::string b = CreateLabelled(scene, image, label, "b");
  scene.Must({"container", "start", b});
  scene.Must({"container", "start", a});

  EXPECT_THAT(ContainersLabelled(scene, label, /*all=*/false), ElementsAre(b, a));
  EXPECT_THAT(ContainersLabelled(scene, label, /*all=*/true), ElementsAre(b, a));
}

COWBELL_CASE(LIF_058, APausedOneIsListed) {
  if (!scene.profile().Has("pause")) scene.SkipNotApplicable("the engine has no pause");
  Image& image = scene.MakeImage({});
  const std::string label = scene.UniqueName("listed");
  const std::string a = CreateLabelled(scene, image, label, "a");
  scene.Must({"container", "start", a});
  scene.Must({"container", "pause", a});

  EXPECT_THAT(ContainersLabelled(scene, label, /*all=*/false), ElementsAre(a));

  scene.Must({"container", "unpause", a});
}

}  // namespace
}  // namespace cowbell::conformance
