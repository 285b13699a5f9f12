// LAY-108 to LAY-113: the forms that a layer has on its way from a registry.

#include <memory>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/trees.h"
#include "fixtures/image/gzip.h"
#include "fixtures/image/zstd.h"
#include "fixtures/registry/registry.h"

namespace cowbell::conformance {
namespace {

using ::testing::HasSubstr;

const std::string kGzip = OciLayerType("gzip");
const std::string kZstd = OciLayerType("zstd");
const std::string kPlain = OciLayerType("");

// No engine has seen it before, so its bytes are asked for; large enough for several reads.
Layer UnseenLayer(Scene& scene) {
  Layer layer = Layer().Dir("t/").File("t/unseen", scene.UniqueName("unseen")).Mode(0741);
  for (int i = 0; i < 8; ++i) {
    std::string content;
    while (content.size() < 40'000)
      content += std::to_string(content.size() * 7919 + static_cast<size_t>(i)) + "\n";
    layer.File("t/f" + std::to_string(i), content);
  }
  return layer.Symlink("t/last", "unseen");
}

// An image with a layer in a form of its own, and where it is served.
struct Served {
  std::unique_ptr<Registry> registry;
  std::string ref;
  std::string diff_id;
};

Served Serve(Scene& scene, const Layer& layer, const std::string& media_type,
             const std::string& bytes) {
  const std::string diff_id = DigestOf(EncodeTar(layer));
  const std::string probe = EncodeTar(scene.ProbeLayer());
  const ImageBlobs blobs =
      EncodeBlobs(ProbeImage(scene, {}, {}),
                  {{kGzip, Gzip(probe), DigestOf(probe)}, {media_type, bytes, diff_id}});
  Served served{Require(Registry::Start()), "", diff_id};
  served.ref = served.registry->Push(scene.engine().run_label() + "/form", "1", blobs);
  scene.RemoveLater("image", served.ref);
  return served;
}

void ExpectTreeOf(Scene& scene, const std::string& ref, const Layer& layer) {
  NamedImage image(ref);
  Actor actor = scene.Start(scene.Create(image));
  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(ModelPart({layer}, "/t"))));
  actor.Finish();
}

// The layer arrives whole, and as what the config says it is.
void ExpectPulled(Scene& scene, const Layer& layer, const std::string& media_type,
                  const std::string& bytes) {
  const Served served = Serve(scene, layer, media_type, bytes);

  const CommandResult pulled = scene.Run({"pull", served.ref});

  ASSERT_THAT(pulled, ExitsWith(0));
  EXPECT_THAT(
      scene.Must({"image", "inspect", "--format", "{{json .RootFS.Layers}}", served.ref}).out,
      HasSubstr(served.diff_id));
  ExpectTreeOf(scene, served.ref, layer);
}

COWBELL_CASE(LAY_108, PlainLayerIsTaken) {
  const Layer layer = UnseenLayer(scene);
  ExpectPulled(scene, layer, kPlain, EncodeTar(layer));
}
COWBELL_CASE(LAY_108, GzipLayerIsTaken) {
  const Layer layer = UnseenLayer(scene);
  ExpectPulled(scene, layer, kGzip, Gzip(EncodeTar(layer)));
}
COWBELL_CASE(LAY_108, ZstdLayerIsTaken) {
  const Layer layer = UnseenLayer(scene);
  ExpectPulled(scene, layer, kZstd, Zstd(EncodeTar(layer)));
}

// `tar` cut at every `step` bytes, each part by itself through `pack`.
std::string InParts(const std::string& tar, size_t step, std::string (*pack)(std::string_view)) {
  std::string out;
  for (size_t at = 0; at < tar.size(); at += step)
    out += pack(std::string_view(tar).substr(at, step));
  return out;
}

COWBELL_CASE(LAY_109, TwoMembersAreRead) {
  const Layer layer = UnseenLayer(scene);
  const std::string tar = EncodeTar(layer);
  ExpectPulled(scene, layer, kGzip, InParts(tar, tar.size() / 2 + 1, Gzip));
}
// The first member alone would be an archive: it ends where an entry does.
COWBELL_CASE(LAY_109, MemberAfterTheEndOfAnEntryIsRead) {
  const Layer layer = UnseenLayer(scene);
  Layer first = layer;
  first.entries().resize(3);
  ExpectPulled(scene, layer, kGzip,
               InParts(EncodeTar(layer), EncodeTar(first.End("")).size(), Gzip));
}
COWBELL_CASE(LAY_109, ManyMembersAndEmptyOnesAreRead) {
  const Layer layer = UnseenLayer(scene);
  const auto with_empty = [](std::string_view part) { return Gzip(part) + Gzip(""); };
  ExpectPulled(scene, layer, kGzip, Gzip("") + InParts(EncodeTar(layer), 1000, with_empty));
}

COWBELL_CASE(LAY_110, NulBytesBehindTheStreamAreAccepted) {
  const Layer layer = UnseenLayer(scene);
  ExpectPulled(scene, layer, kGzip, Gzip(EncodeTar(layer)) + std::string(64, '\0'));
}

COWBELL_CASE(LAY_111, SeveralFramesAreRead) {
  const Layer layer = UnseenLayer(scene);
  ExpectPulled(scene, layer, kZstd, InParts(EncodeTar(layer), 50'000, Zstd));
}
COWBELL_CASE(LAY_111, SkippableFrameInFrontIsSkipped) {
  const Layer layer = UnseenLayer(scene);
  ExpectPulled(scene, layer, kZstd, ZstdSkippableFrame("skip") + Zstd(EncodeTar(layer)));
}
COWBELL_CASE(LAY_111, SkippableFramesBetweenAndBehindAreSkipped) {
  const Layer layer = UnseenLayer(scene);
  const auto with_skippable = [](std::string_view part) {
    return Zstd(part) + ZstdSkippableFrame("between");
  };
  ExpectPulled(scene, layer, kZstd, InParts(EncodeTar(layer), 50'000, with_skippable));
}

// Whatever the engine makes of the contradiction, it is not another content.
void ExpectSniffedOrRefused(Scene& scene, const std::string& media_type,
                            std::string (*pack)(std::string_view)) {
  const Layer layer = UnseenLayer(scene);
  const Served served = Serve(scene, layer, media_type, pack(EncodeTar(layer)));

  const CommandResult pulled = scene.Run({"pull", served.ref});

  scene.Outcome("apply.compress", pulled.status.ok() ? "sniffed" : "refused");
  if (pulled.status.ok()) {
    ExpectTreeOf(scene, served.ref, layer);
  } else {
    EXPECT_FALSE(ImageExists(scene, served.ref));
  }
}

std::string AsItIs(std::string_view bytes) { return std::string(bytes); }

COWBELL_CASE(LAY_112, GzipUnderThePlainType) { ExpectSniffedOrRefused(scene, kPlain, Gzip); }
COWBELL_CASE(LAY_112, GzipUnderTheZstdType) { ExpectSniffedOrRefused(scene, kZstd, Gzip); }
COWBELL_CASE(LAY_112, ZstdUnderTheGzipType) { ExpectSniffedOrRefused(scene, kGzip, Zstd); }
COWBELL_CASE(LAY_112, PlainUnderTheGzipType) { ExpectSniffedOrRefused(scene, kGzip, AsItIs); }

constexpr char kNonDistributable[] = "application/vnd.oci.image.layer.nondistributable.v1.tar";

COWBELL_CASE(LAY_113, NonDistributablePlainLayerIsTaken) {
  const Layer layer = UnseenLayer(scene);
  ExpectPulled(scene, layer, kNonDistributable, EncodeTar(layer));
}
COWBELL_CASE(LAY_113, NonDistributableGzipLayerIsTaken) {
  const Layer layer = UnseenLayer(scene);
  ExpectPulled(scene, layer, std::string(kNonDistributable) + "+gzip", Gzip(EncodeTar(layer)));
}

}  // namespace
}  // namespace cowbell::conformance
