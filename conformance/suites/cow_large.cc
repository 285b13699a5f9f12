// COW-017: the copy-up of a file that 32 bits cannot count.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "fixtures/image/tar_forms.h"

namespace cowbell::conformance {
namespace {

using ::testing::Field;

constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr uint64_t kSize = 5 * kGiB;
constexpr size_t kPiece = 512;
constexpr char kLarge[] = "/t/large";

// A sparse file, marked where a 32-bit offset would begin anew.
std::vector<SparsePiece> Markers() {
  return {{0, std::string(kPiece, 'a')},
          {4 * kGiB, std::string(kPiece, 'b')},
          {kSize - kPiece, std::string(kPiece, 'c')}};
}

std::vector<Layer> LargeFile() {
  return {Layer().Dir("t/").Add(PaxSparseFile("t/large", kSize, Markers()))};
}

void ExpectMarkers(Actor& actor, const std::string& fd) {
  for (const SparsePiece& marker : Markers())
    EXPECT_THAT(actor.Pread(fd, marker.offset, kPiece), Yields(marker.data)) << marker.offset;
  EXPECT_THAT(actor.Pread(fd, kGiB, kPiece), Yields(std::string(kPiece, '\0'))) << "a hole";
}

void ExpectCompleteCopy(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(LargeFile()));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        Require(actor.Open("old", kLarge, "rdonly"));
        if (Require(actor.Fstat("old")).size != kSize) {
          throw SceneError("the file of the image is not 5 GiB long");
        }
        EXPECT_THAT(actor.Open("new", kLarge, "wronly,append"), Succeeds());
        EXPECT_THAT(actor.Pwrite("new", 0, "+"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Lstat(kLarge), Yields(Field("size", &FileStat::size, kSize + 1)));
        Require(actor.Open("f", kLarge, "rdonly"));
        ExpectMarkers(actor, "f");
        EXPECT_THAT(actor.Pread("f", kSize, kPiece), Yields(std::string("+")));
      });
}

COWBELL_CASE(COW_017, MarkersBeyondFourGiBAreCopied) { ExpectCompleteCopy(scene, When::kLive); }
COWBELL_CASE(COW_017, MarkersBeyondFourGiBAreCopiedForGood) {
  ExpectCompleteCopy(scene, When::kRestarted);
}

}  // namespace
}  // namespace cowbell::conformance
