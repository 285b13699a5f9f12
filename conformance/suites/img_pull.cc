// Images that come from a registry: a scripted one on loopback, which keeps an access log.

#include <memory>

#include "conformance/suites/commands.h"
#include "fixtures/registry/registry.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

// Serves an image and sees to it that the engine's copy goes when the case ends. The repository
// bears the run's label, by which what a killed run left is found.
std::string Offer(Scene& scene, Registry& registry, const std::string& repository,
                  const ImageSpec& spec) {
  std::string ref = registry.Push(scene.engine().run_label() + "/" + repository, "1", spec);
  scene.RemoveLater("image", ref);
  return ref;
}

// How often the bytes of a blob were asked for. HEAD asks only whether it is there.
int Transfers(const Registry& registry, const std::string& digest) {
  int transfers = 0;
  for (const RegistryAccess& access : registry.log()) {
    if (access.method == "GET" && access.path.ends_with("/blobs/" + digest)) ++transfers;
  }
  return transfers;
}

// A layer that no engine has seen before.
Layer UnseenLayer(Scene& scene, const std::string& path) {
  return Layer().File(path, scene.UniqueName("unseen"));
}

COWBELL_CASE(IMG_001, RunPullsAndPrintsOnlyTheContainersOutput) {
  const auto registry = Require(Registry::Start());
  const std::string ref = Offer(scene, *registry, "pulled", ProbeImage(scene, {}, {}));
  const std::string name = NewContainerName(scene, "pulls");

  const CommandResult run = scene.Run({"container", "run", "--name", name, ref, "echo", "x"});

  EXPECT_THAT(run, ExitsWith(0));
  EXPECT_EQ(run.out, "x\n");
  EXPECT_THAT(run.err, HasSubstr(ref));
  EXPECT_THAT(registry->log(), Not(IsEmpty()));
}

COWBELL_CASE(IMG_001, CreatePullsAndPrintsOnlyTheId) {
  const auto registry = Require(Registry::Start());
  const std::string ref = Offer(scene, *registry, "pulled", ProbeImage(scene, {}, {}));
  const std::string name = NewContainerName(scene, "pulls");

  const CommandResult created =
      scene.Run({"container", "create", "--name", name, ref, "echo", "x"});

  EXPECT_THAT(created, ExitsWith(0));
  EXPECT_THAT(created.out, MatchesRegex("[0-9a-f]{64}\n"));
  EXPECT_THAT(created.err, HasSubstr(ref));
  EXPECT_EQ(scene.Run({"container", "start", "--attach", name}).out, "x\n");
}

// Offers a repository that lacks the tag asked for.
void UnknownTagLeavesNoContainer(Scene& scene, const std::string& command, const char* rc) {
  const auto registry = Require(Registry::Start());
  const std::string known = Offer(scene, *registry, "known", ProbeImage(scene, {}, {}));
  const std::string missing = known.substr(0, known.rfind(':')) + ":missing";
  const std::string name = NewContainerName(scene, "never");
  const std::string label = scene.UniqueName("never");

  const CommandResult refused =
      scene.Run({"container", command, "--name", name, "--label", label, missing, "echo", "x"});

  EXPECT_THAT(refused, IsRefusedAs(scene, rc));
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr(missing));
  EXPECT_THAT(ContainersLabelled(scene, label, /*all=*/true), IsEmpty());
  EXPECT_FALSE(ImageExists(scene, missing));
}

COWBELL_CASE(IMG_001, RunOfAnUnknownTagLeavesNoContainer) {
  UnknownTagLeavesNoContainer(scene, "run", "run.engine");
}

COWBELL_CASE(IMG_001, CreateOfAnUnknownTagLeavesNoContainer) {
  UnknownTagLeavesNoContainer(scene, "create", "create.engine");
}

// Two images on one base layer.
struct Pair {
  std::unique_ptr<Registry> registry;
  std::string first;
  std::string second;
  std::vector<std::string> first_layers;  // digests, bottom first
  std::string base;                       // digest of the layer that both have
  std::string second_alone;               // digest of the layer that only the second one has
};

Pair OfferPair(Scene& scene) {
  const Layer base = UnseenLayer(scene, "base");
  const ImageSpec first = ProbeImage(scene, {}, {base, UnseenLayer(scene, "one")});
  const ImageSpec second = ProbeImage(scene, {}, {base, UnseenLayer(scene, "two")});
  Pair pair;
  pair.registry = Require(Registry::Start());
  pair.first = Offer(scene, *pair.registry, "first", first);
  pair.second = Offer(scene, *pair.registry, "second", second);
  for (const Blob& layer : EncodeBlobs(first).layers)
    pair.first_layers.push_back(layer.digest);
  const ImageBlobs blobs = EncodeBlobs(second);
  pair.base = blobs.layers.at(1).digest;
  pair.second_alone = blobs.layers.at(2).digest;
  return pair;
}

COWBELL_CASE(IMG_004, SharedLayerIsTransferredOnce) {
  const Pair pair = OfferPair(scene);
  scene.Must({"image", "pull", pair.first});
  ASSERT_EQ(Transfers(*pair.registry, pair.base), 1) << "the first pull brings the base layer";
  pair.registry->ClearLog();

  scene.Must({"image", "pull", pair.second});

  EXPECT_EQ(Transfers(*pair.registry, pair.base), 0);
  EXPECT_EQ(Transfers(*pair.registry, pair.second_alone), 1);
  const std::string name = NewContainerName(scene, "second");
  EXPECT_THAT(scene.Run({"container", "run", "--name", name, pair.second, "cat", "/base"}),
              ExitsWith(0));
}

COWBELL_CASE(IMG_004, LayersOfAnUnchangedImageAreNotTransferredAgain) {
  const Pair pair = OfferPair(scene);
  scene.Must({"image", "pull", pair.first});
  pair.registry->ClearLog();

  scene.Must({"image", "pull", pair.first});

  for (const std::string& layer : pair.first_layers) {
    EXPECT_EQ(Transfers(*pair.registry, layer), 0) << layer;
  }
}

// What the user reads: the layer of the image that is already there is named, not transferred.
COWBELL_CASE(IMG_004, PullSaysWhichLayersAlreadyExist) {
  const auto& choices = scene.profile().choices;
  const auto notation = choices.find("pull.stdout");
  if (notation == choices.end() || notation->second != "docker") {
    scene.SkipNotApplicable("the profile does not say pull.stdout = \"docker\"");
  }
  const Pair pair = OfferPair(scene);
  scene.Must({"image", "pull", pair.first});

  const CommandResult pulled = scene.Must({"image", "pull", pair.second});

  const auto short_id = [](const std::string& digest) {
    return digest.substr(std::string("sha256:").size(), 12);
  };
  EXPECT_THAT(pulled.out, HasSubstr(short_id(pair.base) + ": Already exists\n"));
  EXPECT_THAT(pulled.out, Not(HasSubstr(short_id(pair.second_alone) + ": Already exists\n")));
  EXPECT_THAT(pulled.out, HasSubstr(short_id(pair.second_alone) + ": Pull complete\n"));
}

}  // namespace
}  // namespace cowbell::conformance
