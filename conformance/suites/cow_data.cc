// COW-010 to 016: allocation, mappings, copies in the kernel, direct reads and syncs.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/answers.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::Field;

constexpr char kFile[] = "/t/file";
constexpr size_t kHalf = 4096;

// 8 KiB; no two lines are equal.
std::string ImageBytes() {
  std::string bytes;
  for (int i = 0; bytes.size() < 2 * kHalf; ++i)
    bytes += "byte " + std::to_string(i) + "\n";
  bytes.resize(2 * kHalf);
  return bytes;
}

std::vector<Layer> FileOfTwoPages() { return {Layer().Dir("t/").File("t/file", ImageBytes())}; }

// Where the target comes from matters for the copy; kCreated is made by the actor.
enum class Before { kImage, kCopiedUp, kCreated };

std::vector<Layer> LayersBefore(Before before) {
  if (before == Before::kCreated) return {Layer().Dir("t/")};
  return FileOfTwoPages();
}

void Prepare(Actor& actor, Before before) {
  if (before == Before::kCreated) Require(actor.CreateFile(kFile, ImageBytes()));
  if (before == Before::kCopiedUp) Require(actor.Chmod(kFile, 0600));
}

// `change` works on descriptor "f", opened for reading and writing.
void ExpectContent(Scene& scene, Before before, When when, const std::string& expected,
                   const std::function<void(Actor&)>& change) {
  Container& container = scene.Create(scene.MakeImage(LayersBefore(before)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, before);
        Require(actor.Open("f", kFile, "rdwr"));
        change(actor);
        Require(actor.Close("f"));
      },
      [&](Actor& actor) { EXPECT_THAT(actor.Read(kFile), Yields(expected)); });
}

// What the backing file system cannot do, no union above it can.
void Allocate(Scene& scene, Actor& actor, const std::string& mode, size_t offset, size_t length) {
  const auto reply =
      actor.Do("fallocate", {"f", mode, std::to_string(offset), std::to_string(length)});
  if (!reply.has_value() && reply.error().errno_value() == EOPNOTSUPP) {
    scene.SkipNotApplicable("the file system below has no fallocate " + mode);
  }
  EXPECT_THAT(reply, Succeeds());
}

std::string FirstPageZero() { return ImageBytes().replace(0, kHalf, kHalf, '\0'); }

void ExpectAllocated(Scene& scene, Before before, When when, const std::string& mode, size_t offset,
                     size_t length, const std::string& expected) {
  ExpectContent(scene, before, when, expected,
                [&](Actor& actor) { Allocate(scene, actor, mode, offset, length); });
}

COWBELL_CASE(COW_010, PunchedHoleReadsAsZeros) {
  ExpectAllocated(scene, Before::kImage, When::kLive, "punch-hole", 0, kHalf, FirstPageZero());
}
COWBELL_CASE(COW_010, PunchedHoleReadsAsZerosAfterRestart) {
  ExpectAllocated(scene, Before::kImage, When::kRestarted, "punch-hole", 0, kHalf, FirstPageZero());
}
COWBELL_CASE(COW_010, HolePunchedIntoACopyReadsAsZeros) {
  ExpectAllocated(scene, Before::kCopiedUp, When::kLive, "punch-hole", 0, kHalf, FirstPageZero());
}
COWBELL_CASE(COW_010, ZeroedRangeReadsAsZeros) {
  ExpectAllocated(scene, Before::kImage, When::kRestarted, "zero-range", 0, kHalf, FirstPageZero());
}
COWBELL_CASE(COW_010, ExtendedFileIsLonger) {
  ExpectAllocated(scene, Before::kImage, When::kRestarted, "extend", 0, 3 * kHalf,
                  ImageBytes() + std::string(kHalf, '\0'));
}
COWBELL_CASE(COW_010, ExtendedFileOfItsOwnIsLonger) {
  ExpectAllocated(scene, Before::kCreated, When::kLive, "extend", 0, 3 * kHalf,
                  ImageBytes() + std::string(kHalf, '\0'));
}
COWBELL_CASE(COW_010, KeptSizeIsKept) {
  ExpectAllocated(scene, Before::kImage, When::kLive, "keep-size", 2 * kHalf, kHalf, ImageBytes());
}

void StoreShared(Actor& actor) {
  Require(actor.Do("map", {"m", "f", std::to_string(2 * kHalf), "rw", "shared"}));
  EXPECT_THAT(actor.Do("poke", {"m", std::to_string(kHalf), "STORED"}), Succeeds());
  EXPECT_THAT(actor.Pread("f", kHalf, 6), Yields(std::string("STORED"))) << "read(2) beside it";
  Require(actor.Do("unmap", {"m"}));
}

void ExpectStored(Scene& scene, Before before, When when) {
  ExpectContent(scene, before, when, ImageBytes().replace(kHalf, 6, "STORED"), StoreShared);
}

COWBELL_CASE(COW_011, StoresToImageFileAreSeen) {
  ExpectStored(scene, Before::kImage, When::kLive);
}
COWBELL_CASE(COW_011, StoresToImageFilePersist) {
  ExpectStored(scene, Before::kImage, When::kRestarted);
}
COWBELL_CASE(COW_011, StoresToCopiedUpFilePersist) {
  ExpectStored(scene, Before::kCopiedUp, When::kRestarted);
}
COWBELL_CASE(COW_011, StoresToCreatedFilePersist) {
  ExpectStored(scene, Before::kCreated, When::kRestarted);
}

// A program whose page is patched in memory, as loaders do.
void StorePrivate(Actor& actor) {
  Require(actor.Do("map", {"m", "f", std::to_string(2 * kHalf), "rw", "private"}));
  Require(actor.Do("poke", {"m", "0", "PATCHED"}));
  EXPECT_THAT(Ask(actor, "peek", {"m", "0", "7"}, "data"), Yields(std::string("PATCHED")));
  EXPECT_THAT(actor.Pread("f", 0, 2 * kHalf), Yields(ImageBytes())) << "read(2) beside it";
  Require(actor.Do("unmap", {"m"}));
}

COWBELL_CASE(COW_012, PrivateStoresDoNotReachTheFile) {
  ExpectContent(scene, Before::kImage, When::kLive, ImageBytes(), StorePrivate);
}
COWBELL_CASE(COW_012, PrivateStoresDoNotReachTheFileAfterRestart) {
  ExpectContent(scene, Before::kImage, When::kRestarted, ImageBytes(), StorePrivate);
}
COWBELL_CASE(COW_012, PrivateStoresDoNotReachTheCopy) {
  ExpectContent(scene, Before::kCopiedUp, When::kLive, ImageBytes(), StorePrivate);
}
COWBELL_CASE(COW_012, PrivateStoresThroughAReadOnlyDescriptorDoNotReachTheFile) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(FileOfTwoPages())));
  Require(actor.Open("f", kFile, "rdonly"));

  StorePrivate(actor);

  EXPECT_THAT(actor.Read(kFile), Yields(ImageBytes()));
  actor.Finish();
}

// Copies descriptor "f" into a new file by the operation of that name.
void CopyInKernel(Actor& actor, const std::string& operation) {
  Require(actor.Open("to", "/t/copy", "rdwr,creat,excl"));
  EXPECT_THAT(Ask(actor, operation, {"f", "to", std::to_string(4 * kHalf)}, "n"),
              Yields(std::to_string(2 * kHalf)));
  EXPECT_THAT(actor.Read("/t/copy"), Yields(ImageBytes()));
  EXPECT_THAT(actor.Pread("f", 0, 4 * kHalf), Yields(ImageBytes())) << "the source";
}

void ExpectCopied(Scene& scene, Before before, bool unlinked, const std::string& operation) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(LayersBefore(before))));
  Prepare(actor, before);
  Require(actor.Open("f", kFile, "rdonly"));
  if (unlinked) Require(actor.Unlink(kFile));

  CopyInKernel(actor, operation);

  actor.Finish();
}

COWBELL_CASE(COW_013, CopyFileRangeOfImageFile) {
  ExpectCopied(scene, Before::kImage, false, "copyrange");
}
COWBELL_CASE(COW_013, CopyFileRangeOfCopiedUpFile) {
  ExpectCopied(scene, Before::kCopiedUp, false, "copyrange");
}
COWBELL_CASE(COW_013, CopyFileRangeOfDeletedImageFile) {
  ExpectCopied(scene, Before::kImage, true, "copyrange");
}
COWBELL_CASE(COW_013, CopyFileRangeOfDeletedCreatedFile) {
  ExpectCopied(scene, Before::kCreated, true, "copyrange");
}
COWBELL_CASE(COW_013, SendfileOfImageFile) {
  ExpectCopied(scene, Before::kImage, false, "sendfile");
}
COWBELL_CASE(COW_013, SendfileOfCopiedUpFile) {
  ExpectCopied(scene, Before::kCopiedUp, false, "sendfile");
}
COWBELL_CASE(COW_013, SendfileOfDeletedImageFile) {
  ExpectCopied(scene, Before::kImage, true, "sendfile");
}

COWBELL_CASE(COW_014, CloneIsWholeOrNothing) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(FileOfTwoPages())));
  Require(actor.Open("f", kFile, "rdonly"));
  Require(actor.Open("to", "/t/copy", "rdwr,creat,excl"));

  const auto cloned = actor.Do("clone", {"f", "to"});

  if (cloned.has_value()) {
    scene.Outcome("clone", "made");
    EXPECT_THAT(actor.Read("/t/copy"), Yields(ImageBytes()));
  } else {
    scene.Outcome("clone", ErrnoName(cloned.error().errno_value()));
    EXPECT_THAT(cloned, AnyOf(FailsWith(EOPNOTSUPP), FailsWith(EXDEV)));
    EXPECT_THAT(actor.Lstat("/t/copy"), Yields(Field("size", &FileStat::size, 0U)));
  }
  EXPECT_THAT(actor.Read(kFile), Yields(ImageBytes())) << "the source";
  actor.Finish();
}

void ExpectDirectRead(Scene& scene, Before before) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(LayersBefore(before))));
  Prepare(actor, before);

  const auto opened = actor.Open("d", kFile, "rdonly,direct");

  if (opened.has_value()) {
    scene.Outcome("direct", "opens");
    EXPECT_THAT(actor.Pread("d", 0, 2 * kHalf), Yields(ImageBytes()));
    EXPECT_THAT(actor.Pread("d", kHalf, kHalf), Yields(ImageBytes().substr(kHalf)));
  } else {
    scene.Outcome("direct", ErrnoName(opened.error().errno_value()));
    EXPECT_THAT(opened, FailsWith(EINVAL));
  }
  actor.Finish();
}

COWBELL_CASE(COW_015, DirectReadOfImageFile) { ExpectDirectRead(scene, Before::kImage); }
COWBELL_CASE(COW_015, DirectReadOfCopiedUpFile) { ExpectDirectRead(scene, Before::kCopiedUp); }

COWBELL_CASE(COW_016, EverySyncOfACopiedUpFileSucceeds) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(FileOfTwoPages())));
  Require(actor.Open("f", kFile, "rdwr"));
  Require(actor.Pwrite("f", 0, "NEW"));

  for (const char* sync : {"fsync", "fdatasync", "syncfs"})
    EXPECT_THAT(actor.Do(sync, {"f"}), Succeeds()) << sync;

  actor.Finish();
}
// The descriptor of before the copy-up, too: its file is not the one written to.
COWBELL_CASE(COW_016, SyncOfAnOlderDescriptorSucceeds) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(FileOfTwoPages())));
  Require(actor.Open("old", kFile, "rdonly"));
  Require(actor.Append(kFile, "NEW"));

  for (const char* sync : {"fsync", "fdatasync", "syncfs"})
    EXPECT_THAT(actor.Do(sync, {"old"}), Succeeds()) << sync;

  actor.Finish();
}
COWBELL_CASE(COW_016, SyncOfDirectoriesSucceeds) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(FileOfTwoPages())));
  Require(actor.Open("before", "/t", "rdonly,directory"));
  EXPECT_THAT(actor.Do("fsync", {"before"}), Succeeds()) << "a directory of the image";
  Require(actor.CreateFile("/t/new", "n"));

  Require(actor.Open("after", "/t", "rdonly,directory"));
  for (const char* fd : {"before", "after"})
    EXPECT_THAT(actor.Do("fsync", {fd}), Succeeds()) << "opened " << fd << " the copy-up";

  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
