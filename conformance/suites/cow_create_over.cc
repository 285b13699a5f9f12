// COW-059, COW-062 … COW-066: what is made where something was deleted.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"
#include "fixtures/probe/protocol.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::Field;

// A Result<FileStat> of this type.
auto IsOfType(char type) { return Yields(Field("type", &FileStat::type, type)); }

std::vector<Layer> FileAndDirectories() {
  return {Layer()
              .Dir("t/")
              .Dir("t/empty/")
              .Dir("t/full/")
              .File("t/full/child", "c")
              .File("t/file", "f")};
}

std::vector<Layer> FileAndDirectoriesOfTwoLayers() {
  return {FileAndDirectories()[0],
          Layer().Dir("t/").Dir("t/empty/").Dir("t/full/").File("t/full/more", "m")};
}

void ExpectRemovedByKind(Scene& scene, const std::vector<Layer>& layers, When when) {
  Container& container = scene.Create(scene.MakeImage(layers));
  Tree expected = ModelPart(layers, "/t", {"/t"});
  expected.erase("/t/empty");

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        EXPECT_THAT(actor.Unlink("/t/empty"), FailsWith(EISDIR));
        EXPECT_THAT(actor.Unlink("/t/full"), FailsWith(EISDIR));
        EXPECT_THAT(actor.Rmdir("/t/file"), FailsWith(ENOTDIR));
        EXPECT_THAT(actor.Rmdir("/t/empty"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Lstat("/t/empty"), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"file", "full"}));
        EXPECT_THAT(SeenPart(actor, "/t", {"/t"}), Yields(IsTree(expected)));
      });
}

COWBELL_CASE(COW_059, EachCallRemovesItsOwnKind) {
  ExpectRemovedByKind(scene, FileAndDirectories(), When::kLive);
}
COWBELL_CASE(COW_059, EachCallRemovesItsOwnKindAfterRestart) {
  ExpectRemovedByKind(scene, FileAndDirectories(), When::kRestarted);
}
COWBELL_CASE(COW_059, EachCallRemovesItsOwnKindInTwoLayers) {
  ExpectRemovedByKind(scene, FileAndDirectoriesOfTwoLayers(), When::kRestarted);
}

void ExpectInnerStaysEmptyThenGoes(Scene& scene, When when) {
  Container& container = scene.Create(
      scene.MakeImage({Layer().Dir("t/").Dir("t/a/").Dir("t/a/b/").File("t/a/b/f", "old"),
                       Layer().Dir("t/").Dir("t/a/").Dir("t/a/b/").File("t/a/b/g", "old")}));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        Require(actor.RemoveTree("/t/a"));
        Require(actor.Mkdir("/t/a"));
        Require(actor.Mkdir("/t/a/b"));
        EXPECT_THAT(actor.List("/t/a"), ListsExactly(NameList{"b"}));
        EXPECT_THAT(actor.List("/t/a/b"), ListsExactly(NameList{}));
        EXPECT_THAT(actor.RemoveTree("/t/a/b"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Lstat("/t/a/b"), FailsWith(ENOENT));
        EXPECT_THAT(actor.List("/t/a"), ListsExactly(NameList{}));
      });
}

COWBELL_CASE(COW_062, InnerDirectoryIsEmptyAndCanGo) {
  ExpectInnerStaysEmptyThenGoes(scene, When::kLive);
}
COWBELL_CASE(COW_062, InnerDirectoryIsEmptyAndStaysGoneAfterRestart) {
  ExpectInnerStaysEmptyThenGoes(scene, When::kRestarted);
}

constexpr uint64_t kUser = 1000;
constexpr uint64_t kGroup = 1001;
constexpr uint64_t kDirectoryGroup = 1234;

// Root owns what is deleted; the user may write to both directories.
std::vector<Layer> RootsFilesInOpenDirectories() {
  return {Layer()
              .Dir("t/")
              .Mode(0777)
              .File("t/file", "old")
              .Mode(0600)
              .Dir("t/dir/")
              .Mode(0700)
              .Dir("t/setgid/")
              .Mode(02775)
              .Owner(kUser, kDirectoryGroup)
              .File("t/setgid/file", "old")
              .Mode(0600)
              .Dir("t/setgid/dir/")
              .Mode(0700)};
}

auto IsMadeWith(char type, uint32_t mode, uint64_t gid) {
  return Yields(AllOf(Field("type", &FileStat::type, type), Field("mode", &FileStat::mode, mode),
                      Field("uid", &FileStat::uid, kUser), Field("gid", &FileStat::gid, gid)));
}

void ExpectCreatorsAttributes(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(RootsFilesInOpenDirectories()));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        Require(actor.Do("umask", {"027"}));
        for (const std::string directory : {"/t/", "/t/setgid/"}) {
          Require(actor.Unlink(directory + "file"));
          Require(actor.Rmdir(directory + "dir"));
          EXPECT_THAT(actor.DoAs(kUser, kGroup, "create", {directory + "file", "new", "0666"}),
                      Succeeds());
          EXPECT_THAT(actor.DoAs(kUser, kGroup, "mkdir", {directory + "dir", "0777"}), Succeeds());
        }
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Lstat("/t/file"), IsMadeWith('f', 0640, kGroup));
        EXPECT_THAT(actor.Lstat("/t/dir"), IsMadeWith('d', 0750, kGroup));
        EXPECT_THAT(actor.Lstat("/t/setgid/file"), IsMadeWith('f', 0640, kDirectoryGroup));
        EXPECT_THAT(actor.Lstat("/t/setgid/dir"), IsMadeWith('d', 02750, kDirectoryGroup));
      });
}

COWBELL_CASE(COW_063, NewNameHasItsCreatorsAttributes) {
  ExpectCreatorsAttributes(scene, When::kLive);
}
COWBELL_CASE(COW_063, NewNameHasItsCreatorsAttributesAfterRestart) {
  ExpectCreatorsAttributes(scene, When::kRestarted);
}

std::vector<Layer> OneFilePerType() {
  Layer layer = Layer().Dir("t/").File("t/keep", "kept").File("t/mover", "moved");
  for (const char* name : {"symlink", "link", "fifo", "device", "socket", "rename"})
    layer.File(std::string("t/") + name, "old");
  return {layer};
}

void ExpectTypesOverDeletedNames(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(OneFilePerType()));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        for (const char* name : {"symlink", "link", "fifo", "socket", "rename"})
          Require(actor.Unlink(std::string("/t/") + name));
        EXPECT_THAT(actor.Symlink("keep", "/t/symlink"), Succeeds());
        EXPECT_THAT(actor.Link("/t/keep", "/t/link"), Succeeds());
        EXPECT_THAT(actor.Mknod("/t/fifo", 'p', 0640), Succeeds());
        EXPECT_THAT(actor.Mknod("/t/socket", 's', 0640), Succeeds());
        EXPECT_THAT(actor.Rename("/t/mover", "/t/rename"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Readlink("/t/symlink"), Yields(std::string("keep")));
        EXPECT_THAT(actor.Read("/t/link"), Yields(std::string("kept")));
        EXPECT_THAT(actor.Lstat("/t/link"), Yields(Field("nlink", &FileStat::nlink, 2)));
        EXPECT_THAT(actor.Lstat("/t/fifo"), IsOfType('p'));
        EXPECT_THAT(actor.Lstat("/t/socket"), IsOfType('s'));
        EXPECT_THAT(actor.Read("/t/rename"), Yields(std::string("moved")));
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"device", "fifo", "keep", "link",
                                                            "rename", "socket", "symlink"}));
      });
}

COWBELL_CASE(COW_064, EveryTypeTakesADeletedName) {
  ExpectTypesOverDeletedNames(scene, When::kLive);
}
COWBELL_CASE(COW_064, EveryTypeTakesADeletedNameAfterRestart) {
  ExpectTypesOverDeletedNames(scene, When::kRestarted);
}

void ExpectDeviceOverDeletedName(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(OneFilePerType()));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Require(actor.Unlink("/t/device"));
        const Status made = actor.Mknod("/t/device", 'c', 0640, 1, 3);
        if (!made.has_value() && made.error().errno_value() == EPERM) {
          actor.Finish();
          scene.SkipNotApplicable("containers have no CAP_MKNOD here");
        }
        EXPECT_THAT(made, Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Lstat("/t/device"),
                    Yields(AllOf(Field(&FileStat::type, 'c'), Field(&FileStat::device_major, 1),
                                 Field(&FileStat::device_minor, 3))));
      });
}

COWBELL_CASE(COW_064, DeviceTakesADeletedName) { ExpectDeviceOverDeletedName(scene, When::kLive); }
COWBELL_CASE(COW_064, DeviceTakesADeletedNameAfterRestart) {
  ExpectDeviceOverDeletedName(scene, When::kRestarted);
}

void ExpectTypesSwapped(Scene& scene, When when) {
  Container& container = scene.Create(scene.MakeImage(
      {Layer().Dir("t/").File("t/f2d", "old").Dir("t/d2f/").File("t/d2f/child", "old")}));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        Require(actor.Unlink("/t/f2d"));
        EXPECT_THAT(actor.Mkdir("/t/f2d", 0711), Succeeds());
        EXPECT_THAT(actor.CreateFile("/t/f2d/inside", "new"), Succeeds());
        Require(actor.RemoveTree("/t/d2f"));
        EXPECT_THAT(actor.CreateFile("/t/d2f", "new"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"d2f", "f2d"}));
        EXPECT_THAT(actor.List("/t/f2d"), ListsExactly(NameList{"inside"}));
        EXPECT_THAT(actor.Read("/t/d2f"), Yields(std::string("new")));
      });
}

COWBELL_CASE(COW_065, FileAndDirectoryReplaceEachOther) { ExpectTypesSwapped(scene, When::kLive); }
COWBELL_CASE(COW_065, FileAndDirectoryReplaceEachOtherAfterRestart) {
  ExpectTypesSwapped(scene, When::kRestarted);
}

void ExpectExclusiveCreate(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        EXPECT_THAT(actor.CreateFile(kTarget, "new"), FailsWith(EEXIST));
        EXPECT_THAT(actor.Open("f", kTarget, "rdwr,creat"), Succeeds());
        EXPECT_THAT(actor.Pread("f", 0, 100), Yields(std::string(kTargetContent)));
        EXPECT_THAT(actor.Close("f"), Succeeds());
        Require(actor.Unlink(kTarget));
        EXPECT_THAT(actor.CreateFile(kTarget, "new"), Succeeds());
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Read(kTarget), Yields(std::string("new")));
        EXPECT_THAT(actor.CreateFile(kTarget, "newer"), FailsWith(EEXIST));
      });
}

COWBELL_CASE(COW_066, ImageFileExists) {
  ExpectExclusiveCreate(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_066, ImageFileExistsAfterRestart) {
  ExpectExclusiveCreate(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_066, CopiedUpFileExists) {
  ExpectExclusiveCreate(scene, Origin::kCopiedUp, When::kLive);
}
COWBELL_CASE(COW_066, FileOfTwoLayersExists) {
  ExpectExclusiveCreate(scene, Origin::kTwoLayers, When::kLive);
}

COWBELL_CASE(COW_066, LinkOfTheImageExistsEvenWhereItDangles) {
  const std::vector<Layer> layers = {Layer()
                                         .Dir("t/")
                                         .File("t/file", "old")
                                         .Symlink("t/link", "file")
                                         .Symlink("t/dangling", "no")};
  Actor actor = scene.Start(scene.Create(scene.MakeImage(layers)));

  EXPECT_THAT(actor.CreateFile("/t/link", "new"), FailsWith(EEXIST));
  EXPECT_THAT(actor.CreateFile("/t/dangling", "new"), FailsWith(EEXIST));

  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(ModelPart(layers, "/t"))));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
