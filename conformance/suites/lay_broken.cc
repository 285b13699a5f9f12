// LAY-058, LAY-061, LAY-062: layers that are not what they say they are, or not whole.

#include <nlohmann/json.hpp>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "fixtures/image/gzip.h"
#include "fixtures/image/tar.h"
#include "fixtures/registry/registry.h"

namespace cowbell::conformance {
namespace {

using Json = nlohmann::json;

Layer Whole() { return Layer().Dir("t/").File("t/foo", std::string(2000, 'x')); }

// `load` refuses an image with the layer and lists none; one with a whole layer it takes.
void ExpectLoadRefused(Scene& scene, const Layer& layer) {
  scene.MakeImage({Whole()});
  const std::string ref = NewImageRef(scene, "broken");

  EXPECT_TRUE(WasRefused(scene.TryLoad(ProbeImage(scene, {ref}, {layer})))) << "load succeeded";
  EXPECT_FALSE(ImageExists(scene, ref)) << "the image is listed";
}

constexpr uint64_t kBeyond32Bits = (uint64_t{1} << 32) + 1;

// A number that is cut is that of another device.
COWBELL_CASE(LAY_058, MajorNumberBeyondTheKernels) {
  ExpectLoadRefused(scene, Whole().CharDevice("t/null", kBeyond32Bits, 3));
}
COWBELL_CASE(LAY_058, MinorNumberBeyondTheKernels) {
  ExpectLoadRefused(scene, Whole().CharDevice("t/null", 1, kBeyond32Bits + 2));
}
COWBELL_CASE(LAY_058, NegativeNumber) {
  ExpectLoadRefused(scene, Whole().BlockDevice("t/disk", static_cast<uint64_t>(-1), 0));
}

// Whole blocks of a text that is no header.
std::string Junk() {
  std::string junk;
  while (junk.size() < 8 * 512)
    junk += "this is no archive\n";
  return junk.substr(0, 8 * 512);
}

COWBELL_CASE(LAY_061, LoadRefusesJunk) { ExpectLoadRefused(scene, Layer().End(Junk())); }
COWBELL_CASE(LAY_061, LoadRefusesJunkAfterAnEntry) {
  ExpectLoadRefused(scene, Whole().End(Junk()));
}
COWBELL_CASE(LAY_061, LoadRefusesALayerThatEndsInAHeader) {
  ExpectLoadRefused(scene, Whole().End("t/bar"));
}
// The header promises 4096 bytes, in octal.
COWBELL_CASE(LAY_061, LoadRefusesALayerThatEndsInAFile) {
  ExpectLoadRefused(scene, Layer()
                               .Dir("t/")
                               .File("t/foo", std::string(512, 'x'))
                               .Header(tar_field::kSize, "00000010000")
                               .End(""));
}

// An image whose top layer arrives as these gzip bytes. The manifest describes them truly, and the
// config what they unpack to.
ImageBlobs Arriving(Scene& scene, const std::string& bytes, const std::string& unpacked) {
  const std::string probe = EncodeTar(scene.ProbeLayer());
  const std::string type = OciLayerType("gzip");
  return EncodeBlobs(ProbeImage(scene, {}, {}),
                     {{type, Gzip(probe), DigestOf(probe)}, {type, bytes, DigestOf(unpacked)}});
}

// A layer that no engine has, so that its bytes are asked for.
std::string UnseenArchive(Scene& scene) {
  return EncodeTar(Whole().File("t/unseen", scene.UniqueName("unseen")));
}

ImageBlobs UnseenImage(Scene& scene) {
  const std::string tar = UnseenArchive(scene);
  return Arriving(scene, Gzip(tar), tar);
}

std::string Serve(Scene& scene, Registry& registry, const ImageBlobs& blobs) {
  const std::string repository = scene.engine().run_label() + "/" + scene.UniqueName("broken");
  std::string ref = registry.Push(repository, "1", blobs);
  scene.RemoveLater("image", ref);
  return ref;
}

// `pull` refuses the image and lists none; a whole one it takes. A blob of the digest `flipped`
// arrives with a wrong byte.
void ExpectPullRefused(Scene& scene, const ImageBlobs& blobs, const std::string& flipped = {}) {
  if (!scene.profile().Has("pull")) scene.SkipNotApplicable("the subject does not pull");
  const auto registry = Require(Registry::Start());
  scene.Must({"pull", Serve(scene, *registry, UnseenImage(scene))});
  const std::string ref = Serve(scene, *registry, blobs);
  if (!flipped.empty()) registry->SetFault(flipped, RegistryFault::kFlipByte);

  const CommandResult pulled = scene.Run({"pull", ref});

  EXPECT_FALSE(pulled.status.ok()) << "pull succeeded: " << pulled.out << pulled.err;
  EXPECT_FALSE(ImageExists(scene, ref)) << "the image is listed";
}

COWBELL_CASE(LAY_061, PullRefusesJunk) {
  ExpectPullRefused(scene, Arriving(scene, Gzip(Junk()), Junk()));
}
COWBELL_CASE(LAY_061, PullRefusesWhatIsNoGzipStream) {
  ExpectPullRefused(scene, Arriving(scene, Junk(), Junk()));
}
COWBELL_CASE(LAY_061, PullRefusesACutArchive) {
  const std::string cut = UnseenArchive(scene).substr(0, 1500);
  ExpectPullRefused(scene, Arriving(scene, Gzip(cut), cut));
}
COWBELL_CASE(LAY_061, PullRefusesACutGzipStream) {
  const std::string tar = UnseenArchive(scene);
  const std::string whole = Gzip(tar);
  ExpectPullRefused(scene, Arriving(scene, whole.substr(0, whole.size() - 12), tar));
}

COWBELL_CASE(LAY_062, LayerWithAWrongByte) {
  const ImageBlobs blobs = UnseenImage(scene);
  ExpectPullRefused(scene, blobs, blobs.layers.back().digest);
}
COWBELL_CASE(LAY_062, ConfigWithAWrongByte) {
  const ImageBlobs blobs = UnseenImage(scene);
  ExpectPullRefused(scene, blobs, blobs.config.digest);
}

// `more` than what the blob has, in the descriptor that `find` picks.
void ExpectSizeRefused(Scene& scene, Json& (*find)(Json&), int more) {
  ImageBlobs blobs = UnseenImage(scene);
  Json manifest = Json::parse(blobs.manifest.bytes);
  Json& size = find(manifest)["size"];
  size = size.get<int>() + more;
  blobs.manifest.bytes = manifest.dump();
  blobs.manifest.digest = DigestOf(blobs.manifest.bytes);
  ExpectPullRefused(scene, blobs);
}

Json& TopLayer(Json& manifest) { return manifest["layers"].back(); }
Json& Config(Json& manifest) { return manifest["config"]; }

COWBELL_CASE(LAY_062, LayerLongerThanItsDescriptorSays) { ExpectSizeRefused(scene, TopLayer, -1); }
COWBELL_CASE(LAY_062, LayerShorterThanItsDescriptorSays) { ExpectSizeRefused(scene, TopLayer, 1); }
COWBELL_CASE(LAY_062, ConfigLongerThanItsDescriptorSays) { ExpectSizeRefused(scene, Config, -1); }
COWBELL_CASE(LAY_062, ConfigShorterThanItsDescriptorSays) { ExpectSizeRefused(scene, Config, 1); }

}  // namespace
}  // namespace cowbell::conformance
