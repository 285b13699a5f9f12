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

void ExpectAssembledAs(Scene& scene, const std::vector<Layer>& layers,
                       const std::vector<Layer>& meant) {
  const Result<Image*> image = scene.TryImage(layers);
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(ModelPart(meant, "/t"))));
  actor.Finish();
}

namespace {

// The name of the reading that `image` shows at and below `path`; empty when it is none of them.
std::string ReadingOf(Scene& scene, Image& image,
                      const std::map<std::string, std::vector<Layer>>& readings,
                      const std::string& path, std::string* differences) {
  Actor actor = scene.Start(scene.Create(image));
  const Tree seen = Require(SeenPart(actor, path));
  actor.Finish();
  for (const auto& [name, meant] : readings) {
    const std::string difference = DiffTrees(ModelPart(meant, path), seen);
    if (difference.empty()) return name;
    *differences += "not '" + name + "':\n" + difference;
  }
  return {};
}

}  // namespace

void ExpectOneReading(Scene& scene, const std::string& key, const std::vector<Layer>& layers,
                      const std::map<std::string, std::vector<Layer>>& readings, Refusal refusal,
                      const std::string& path) {
  if (refusal == Refusal::kAllowed) scene.MakeImage({layers.front()});  // what is plain is taken
  const Result<Image*> image = scene.TryImage(layers);
  if (WasRefused(image)) {
    EXPECT_EQ(refusal, Refusal::kAllowed) << image.error().ToString();
    scene.Outcome(key, "refused");
    return;
  }
  std::string differences;
  const std::string reading = ReadingOf(scene, *image.value(), readings, path, &differences);
  EXPECT_NE(reading, "") << "the tree is none of the allowed ones\n" << differences;
  if (!reading.empty()) scene.Outcome(key, reading);
}

}  // namespace cowbell::conformance
