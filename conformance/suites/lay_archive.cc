// LAY-064, LAY-067, LAY-076 to LAY-078, LAY-093, LAY-094: layers as archivers write them, legal and
// not.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "fixtures/image/tar.h"
#include "fixtures/image/tar_forms.h"

namespace cowbell::conformance {
namespace {

constexpr TimeSpec kWholeSecond{1'234'567'890, 0};  // without it there is a PAX record

COWBELL_CASE(LAY_064, UnknownTypeIsRefused) {
  scene.MakeImage({Layer().Dir("t/").File("t/f", "f")});  // the same without it is taken

  const Result<Image*> image =
      scene.TryImage({Layer().Dir("t/").File("t/f", "f").Header(tar_field::kType, "Z")});

  EXPECT_TRUE(WasRefused(image));
}

COWBELL_CASE(LAY_067, SecondFileOfANameWinsOrIsRefused) {
  ExpectOneReading(
      scene, "apply.dup",
      {Layer().Dir("t/"),
       Layer().Dir("t/").File("t/d", "first").Mode(0600).File("t/d", "second").Mode(0644)},
      {{"last", {Layer().Dir("t/").File("t/d", "second").Mode(0644)}}}, Refusal::kAllowed);
}

COWBELL_CASE(LAY_067, ShorterSecondFileWinsOrIsRefused) {
  ExpectOneReading(scene, "apply.dup",
                   {Layer().Dir("t/"), Layer()
                                           .Dir("t/")
                                           .File("t/d", std::string(5000, 'x'))
                                           .Owner(70123, 70124)
                                           .Xattr("user.first", "1")
                                           .File("t/d", "2nd")},
                   {{"last", {Layer().Dir("t/").File("t/d", "2nd")}}}, Refusal::kAllowed);
}

COWBELL_CASE(LAY_067, SecondEntryOfAnotherTypeWinsOrIsRefused) {
  ExpectOneReading(scene, "apply.dup",
                   {Layer().Dir("t/"), Layer()
                                           .Dir("t/")
                                           .File("t/d", "file")
                                           .Dir("t/e/")
                                           .File("t/e/x", "x")
                                           .Dir("t/d/")
                                           .Symlink("t/e", "d")},
                   {{"last", {Layer().Dir("t/").Dir("t/d/").Symlink("t/e", "d")}}},
                   Refusal::kAllowed);
}

COWBELL_CASE(LAY_076, GlobalHeaderLeavesNoFile) {
  const Layer plain = Layer().Dir("t/").File("t/f", "f");
  Layer written;
  written.Add(PaxGlobalHeader({{"comment", std::string(40, 'c')}}));
  for (const Entry& entry : plain.entries())
    written.Add(entry);

  ExpectAssembledAs(scene, {written}, {plain});

  Actor actor = scene.Start(scene.Create(scene.MakeImage({written})));
  EXPECT_THAT(actor.Lstat("/pax_global_header"), FailsWith(ENOENT));
  actor.Finish();
}

COWBELL_CASE(LAY_077, TypeFlagNulIsAFile) {
  const Layer meant = Layer().Dir("t/").File("t/old", "old").Time(kWholeSecond).Mode(0741);
  Layer written = meant;
  ExpectAssembledAs(scene, {written.Header(tar_field::kType, std::string(1, '\0'))}, {meant});
}

// Before POSIX headers had no magic.
COWBELL_CASE(LAY_077, HeaderOfVersion7IsAFile) {
  const Layer meant = Layer().Dir("t/").File("t/old", "old").Time(kWholeSecond).Owner(70, 80);
  Layer written = meant;
  written.Header(tar_field::kType, std::string(1, '\0'));
  written.Header(tar_field::kMagic, std::string(8, '\0'));
  ExpectAssembledAs(scene, {written}, {meant});
}

// The image's config holds the digest of all bytes, whatever the end is.
void ExpectEndIsTaken(Scene& scene, const std::string& end) {
  ExpectAssembled(scene, {Layer().Dir("t/").File("t/f", "f").Symlink("t/last", "f").End(end)});
}

COWBELL_CASE(LAY_078, MoreZeroBlocksAreAccepted) {
  ExpectEndIsTaken(scene, std::string(size_t{20} << 10, '\0'));
}
COWBELL_CASE(LAY_078, ManyMoreZeroBlocksAreAccepted) {
  ExpectEndIsTaken(scene, std::string(size_t{2} << 20, '\0'));
}
COWBELL_CASE(LAY_078, OneZeroBlockIsAccepted) { ExpectEndIsTaken(scene, std::string(512, '\0')); }
COWBELL_CASE(LAY_078, NoEndIsAccepted) { ExpectEndIsTaken(scene, ""); }

constexpr uint64_t kMiB = uint64_t{1} << 20;

COWBELL_CASE(LAY_093, SparseFileHasItsContentAndItsName) {
  const std::vector<SparsePiece> pieces = {{4 * kMiB, std::string(512, 'm')}};
  ExpectAssembledAs(
      scene, {Layer().Dir("t/").Add(PaxSparseFile("t/sparse", 8 * kMiB, pieces)).File("t/z", "z")},
      {Layer().Dir("t/").File("t/sparse", SparseContent(8 * kMiB, pieces)).File("t/z", "z")});
}

COWBELL_CASE(LAY_093, SparseFileOfSeveralPiecesKeepsItsAttributes) {
  const std::vector<SparsePiece> pieces = {
      {0, std::string(1024, 'a')}, {4096, std::string(512, 'b')}, {65536, std::string(2048, 'c')}};
  Entry written = PaxSparseFile("t/sparse", 100'000, pieces);
  Entry meant;
  meant.name = "t/sparse";
  meant.content = SparseContent(100'000, pieces);
  for (Entry* entry : {&written, &meant}) {
    entry->mode = 04741;
    entry->uid = 70123;
    entry->xattrs["user.sparse"] = "yes";
  }
  ExpectAssembledAs(scene, {Layer().Dir("t/").Add(written)}, {Layer().Dir("t/").Add(meant)});
}

// Entries after a sparse one show whether its end was found.
COWBELL_CASE(LAY_094, OldSparseFileIsReadOrRefused) {
  const std::vector<SparsePiece> pieces = {{1024, std::string(512, 'b')},
                                           {kMiB, std::string(1024, 'c')}};
  Entry meant;
  meant.name = "t/sparse";
  meant.content = SparseContent(2 * kMiB, pieces);
  const Entry written = GnuSparseFile(meant.name, 2 * kMiB, pieces);
  meant.mtime = written.mtime;
  ExpectOneReading(scene, "apply.gnusparse",
                   {Layer().Dir("t/"), Layer().Dir("t/").Add(written).File("t/after", "after")},
                   {{"read", {Layer().Dir("t/").Add(meant).File("t/after", "after")}}},
                   Refusal::kAllowed);
}

}  // namespace
}  // namespace cowbell::conformance
