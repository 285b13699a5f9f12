// LAY-095: sizes of entries that octal digits cannot hold.

#include <memory>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "fixtures/image/gzip.h"
#include "fixtures/image/tar.h"
#include "fixtures/image/tar_forms.h"
#include "fixtures/registry/registry.h"
#include "runtime/base/sha256.h"

namespace cowbell::conformance {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr size_t kSizeBytes = 12;

COWBELL_CASE(LAY_095, SizeInBase256IsRead) {
  const Layer meant = Layer().Dir("t/").File("t/f", std::string(5000, 'x')).File("t/after", "a");
  Layer written = meant;
  written.entries()[1].header[tar_field::kSize] = Base256(5000, kSizeBytes);
  ExpectAssembledAs(scene, {written}, {meant});
}

COWBELL_CASE(LAY_095, SizeInAPaxRecordIsRead) {
  const Layer meant = Layer().Dir("t/").File("t/f", std::string(5000, 'x')).File("t/after", "a");
  Layer written = meant;
  written.entries()[1].pax["size"] = "5000";
  written.entries()[1].header[tar_field::kSize] = std::string(kSizeBytes - 1, '0');
  ExpectAssembledAs(scene, {written}, {meant});
}

// Zeros, and a mark at the end.
constexpr uint64_t kBigBytes = (uint64_t{8} << 30) + 512;
constexpr uint64_t kChunkBytes = 64 * kMiB;

// A layer with a file of kBigBytes, which nobody holds uncompressed.
LayerBlob BigLayer() {
  Entry big;
  big.name = "t/big";
  const std::string mark = "the end";
  const std::string head = EncodeTar(Layer().Dir("t/").End("")) + TarHeader(big, kBigBytes);
  const std::string zeros(kChunkBytes, '\0');
  const std::string tail = std::string(kBigBytes % kChunkBytes - mark.size(), '\0') + mark +
                           TarPadding(kBigBytes) +
                           EncodeTar(Layer().File("t/after", "after the big one"));
  const std::string packed_zeros = Gzip(zeros);
  LayerBlob blob{OciLayerType("gzip"), Gzip(head), ""};
  Sha256 hash;
  hash.Update(head);
  for (uint64_t i = 0; i < kBigBytes / kChunkBytes; ++i) {
    blob.bytes += packed_zeros;
    hash.Update(zeros);
  }
  blob.bytes += Gzip(tail);
  hash.Update(tail);
  blob.diff_id = "sha256:" + hash.HexDigest();
  return blob;
}

COWBELL_CASE(LAY_095, FileBeyond8GiBIsRead) {
  if (!scene.profile().Has("pull")) scene.SkipNotApplicable("the subject does not pull");
  const std::string probe = EncodeTar(scene.ProbeLayer());
  const ImageBlobs blobs =
      EncodeBlobs(ProbeImage(scene, {}, {}),
                  {{OciLayerType("gzip"), Gzip(probe), DigestOf(probe)}, BigLayer()});
  const auto registry = Require(Registry::Start());
  const std::string ref = registry->Push(scene.engine().run_label() + "/big", "1", blobs);
  scene.RemoveLater("image", ref);

  CommandOptions options;
  options.timeout = std::chrono::minutes(4);
  const CommandResult pulled = Require(scene.engine().Call({"pull", ref}, options));
  ASSERT_THAT(pulled, ExitsWith(0));

  NamedImage image(ref);
  Actor actor = scene.Start(scene.Create(image));
  EXPECT_EQ(Require(actor.Lstat("/t/big")).size, kBigBytes);
  Require(actor.Open("big", "/t/big", "rdonly"));
  EXPECT_THAT(actor.Pread("big", 0, 512), Yields(std::string(512, '\0')));
  EXPECT_THAT(actor.Pread("big", kBigBytes - 9, 100), Yields(std::string("\0\0the end", 9)));
  EXPECT_THAT(actor.Read("/t/after"), Yields(std::string("after the big one")));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
