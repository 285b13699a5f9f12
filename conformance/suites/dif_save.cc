// DIF-064…067: `save` and `load`.

#include "conformance/suites/commands.h"
#include "conformance/suites/commits.h"
#include "conformance/suites/trees.h"
#include "runtime/base/sha256.h"

namespace cowbell::conformance {
namespace {

using ::testing::Not;

// The image's ID and the digests of its layers.
std::string IdentityOf(Scene& scene, const std::string& ref) {
  return ImageIdOf(scene, ref) + " " +
         TrimmedOutput(
             scene.Must({"image", "inspect", "--format", "{{json .RootFS.Layers}}", ref}));
}

void ExpectSavedAndLoaded(Scene& scene, const std::string& ref) {
  const std::string identity = IdentityOf(scene, ref);
  const Tree tree = WholeTreeOfImage(scene, ref);
  SaveAndLoadAgain(scene, {ref});
  EXPECT_EQ(IdentityOf(scene, ref), identity);
  EXPECT_THAT(WholeTreeOfImage(scene, ref), IsTree(tree));
}

// A stopped container that has gone through every kind of change.
Container& ChangedContainer(Scene& scene) {
  Container& container = scene.Create(scene.MakeImage(RoundTripLayers()), DeviceMaker(scene));
  Actor actor = scene.Start(container);
  ChangeForRoundTrip(actor);
  actor.Finish();
  return container;
}

COWBELL_CASE(DIF_064, LoadedImage) {
  const std::string ref = NewImageRef(scene, "image");
  scene.Load(ProbeImage(scene, {ref}, RoundTripLayers()));
  ExpectSavedAndLoaded(scene, ref);
}

COWBELL_CASE(DIF_064, CommittedImage) {
  NeedCapability(scene, "commit");
  ExpectSavedAndLoaded(scene, Commit(scene, ChangedContainer(scene)));
}

// The archive says itself which image it holds.
COWBELL_CASE(DIF_064, ArchiveNamesTheImage) {
  const std::string ref = NewImageRef(scene, "image");
  scene.Load(ProbeImage(scene, {ref}, {Layer().File("a", "x")}));
  const SavedImage saved = Save(scene, ref);
  EXPECT_THAT(saved.tags, ::testing::ElementsAre(ref));
  EXPECT_THAT(ImageIdOf(scene, ref), ::testing::EndsWith(Sha256Hex(saved.config)));
  for (size_t i = 0; i < saved.layers.size(); ++i)
    EXPECT_EQ(saved.diff_ids[i], "sha256:" + Sha256Hex(saved.layers[i])) << i;
}

// The other engine is the suite's own: it knows the rules of layers and nothing of this engine.
COWBELL_CASE(DIF_065, CommittedImageInTheModel) {
  Container& container = ChangedContainer(scene);
  const Tree changed = Portable(WholeTreeOf(scene, container));

  const ImageSpec elsewhere = Require(SpecOfSaved(Save(scene, Commit(scene, container))));

  for (const char* path : {"/t", "/r"}) {
    EXPECT_THAT(Portable(ModelPart(elsewhere.layers, path)), IsTree(Part(changed, path)));
  }
}

// Written anew by the suite, which keeps nothing but what the entries say.
COWBELL_CASE(DIF_065, CommittedImageWrittenAnew) {
  Container& container = ChangedContainer(scene);
  const Tree changed = Portable(WholeTreeOf(scene, container));
  ImageSpec elsewhere = Require(SpecOfSaved(Save(scene, Commit(scene, container))));
  elsewhere.tags = {NewImageRef(scene, "anew")};

  const Result<Image*> image = scene.TryLoad(elsewhere);

  ASSERT_THAT(image, Succeeds());
  EXPECT_THAT(Portable(WholeTreeOfImage(scene, elsewhere.tags[0])), IsTree(changed));
}

// Entries in odd order, names with "./", records that are optional: nobody has to write them so,
// and everybody has to give them back.
COWBELL_CASE(DIF_066, LayersAreTheSameBytes) {
  const std::vector<Layer> layers = {
      RoundTripLayers()[1],
      Layer()
          .File("./b", "x")
          .File("a", "x")
          .Dir("d/")
          .HardLink("c", "a")
          .Whiteout("r/same")
          .File("d/" + std::string(255, 'n'), "x"),
  };
  const std::string ref = NewImageRef(scene, "image");
  const ImageSpec spec = ProbeImage(scene, {ref}, layers);
  scene.Load(spec);

  const SavedImage saved = Save(scene, ref);

  ASSERT_EQ(saved.layers.size(), spec.layers.size());
  for (size_t i = 0; i < spec.layers.size(); ++i)
    EXPECT_TRUE(saved.layers[i] == EncodeTar(spec.layers[i])) << "layer " << i << " differs";
}

COWBELL_CASE(DIF_067, TwoImagesWithACommonLayer) {
  const Layer common = Layer().Dir("t/").File("t/common", "x");
  std::vector<std::string> refs;
  std::vector<std::string> identities;
  for (const char* name : {"one", "two"}) {
    const std::string ref = NewImageRef(scene, name);
    scene.Load(ProbeImage(scene, {ref}, {common, Layer().File(std::string("t/") + name, name)}));
    refs.push_back(ref);
    identities.push_back(IdentityOf(scene, ref));
  }
  EXPECT_THAT(identities[0], Not(identities[1]));

  SaveAndLoadAgain(scene, refs);

  for (size_t i = 0; i < refs.size(); ++i) {
    ASSERT_TRUE(ImageExists(scene, refs[i])) << refs[i];
    EXPECT_EQ(IdentityOf(scene, refs[i]), identities[i]);
    const std::string name = NewContainerName(scene, "run");
    const std::string own = i == 0 ? "/t/one" : "/t/two";
    EXPECT_EQ(scene.Run({"container", "run", "--name", name, refs[i], "cat", own}).out,
              own.substr(3));
    scene.Must({"container", "rm", name});
  }
}

}  // namespace
}  // namespace cowbell::conformance
