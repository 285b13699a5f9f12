// LAY-096 to LAY-101: hard links inside a layer and across layers.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"

namespace cowbell::conformance {
namespace {

COWBELL_CASE(LAY_096, FourNamesAreOneInode) {
  const Result<Image*> image = scene.TryImage({Layer()
                                                   .Dir("t/")
                                                   .File("t/a", "A")
                                                   .Mode(0741)
                                                   .HardLink("t/b", "t/a")
                                                   .HardLink("t/c", "./t/a")
                                                   .HardLink("t/d", "/t/a")});
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  const FileStat first = Require(actor.Lstat("/t/a"));
  EXPECT_EQ(first.nlink, 4U);
  for (const char* path : {"/t/b", "/t/c", "/t/d"}) {
    const Result<FileStat> other = actor.Lstat(path);
    ASSERT_THAT(other, Succeeds()) << path;
    EXPECT_EQ(other.value().ino, first.ino) << path;
    EXPECT_EQ(other.value().nlink, 4U) << path;
    EXPECT_EQ(other.value().mode, 0741U) << path;
    EXPECT_THAT(actor.Read(path), Yields(std::string("A"))) << path;
  }
  actor.Finish();
}

COWBELL_CASE(LAY_096, LinksToLinksAndAcrossDirectories) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .Dir("t/d/")
                              .File("t/d/a", "A")
                              .Owner(70123, 70124)
                              .Xattr("user.x", "y")
                              .HardLink("t/b", "t/d/a")
                              .HardLink("t/d/c", "t/b")
                              .Fifo("t/p")
                              .HardLink("t/d/p", "t/p")});
}

COWBELL_CASE(LAY_097, LinkToASymlinkIsTheSymlink) {
  const Result<Image*> image = scene.TryImage({Layer()
                                                   .Dir("t/")
                                                   .File("t/a", "A")
                                                   .Symlink("t/s", "a")
                                                   .HardLink("t/hs", "t/s")
                                                   .Symlink("t/dangling", "none")
                                                   .HardLink("t/hd", "t/dangling")});
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  for (const auto& [link, name] : {std::pair{"/t/s", "/t/hs"}, std::pair{"/t/dangling", "/t/hd"}}) {
    const Result<FileStat> stat = actor.Lstat(name);
    ASSERT_THAT(stat, Succeeds()) << name;
    EXPECT_EQ(stat.value().type, 'l') << name;
    EXPECT_EQ(stat.value().ino, Require(actor.Lstat(link)).ino) << name;
    EXPECT_THAT(actor.Readlink(name), Yields(Require(actor.Readlink(link)))) << name;
  }
  actor.Finish();
}

COWBELL_CASE(LAY_098, AttributesOfALinkAreIgnoredOrShared) {
  const auto layer = [](uint32_t mode, uint64_t id) {
    return Layer().Dir("t/").File("t/a", "A").Mode(mode).Owner(id, id).HardLink("t/b", "t/a");
  };
  Layer written = layer(0600, 1);
  written.Mode(0777).Owner(9, 9);  // of the link's header alone
  ExpectOneReading(scene, "apply.hlmeta", {written},
                   {{"ignored", {layer(0600, 1)}}, {"applied", {layer(0777, 9)}}},
                   Refusal::kForbidden);
}

COWBELL_CASE(LAY_099, LinkBeforeItsTargetIsRefusedOrResolved) {
  ExpectOneReading(scene, "apply.hlearly",
                   {Layer().Dir("t/"), Layer().Dir("t/").HardLink("t/b", "t/a").File("t/a", "A")},
                   {{"resolved", {Layer().Dir("t/").File("t/a", "A").HardLink("t/b", "t/a")}}},
                   Refusal::kAllowed);
}

// The copy that a union may make for the link need not be one inode with the old name.
COWBELL_CASE(LAY_100, LinkToALowerLayerIsRefusedOrHasItsContent) {
  const Layer lower = Layer().Dir("t/").File("t/foo", "old").Mode(0741).Owner(70123, 70124);
  Layer copied = lower;
  copied.File("t/hl", "old").Mode(0741).Owner(70123, 70124);
  Layer linked = lower;
  linked.HardLink("t/hl", "t/foo");
  ExpectOneReading(
      scene, "apply.hlcross",
      {lower, Layer().Dir("t/").HardLink("t/hl", "t/foo").Mode(0741).Owner(70123, 70124)},
      {{"linked", {linked}}, {"copied", {copied}}}, Refusal::kAllowed);
}

// Two names of one inode, and what a higher layer does to the first.
void ExpectOtherNameUnchanged(Scene& scene, const Layer& upper) {
  const Layer lower = Layer()
                          .Dir("t/")
                          .File("t/a", "A")
                          .Mode(0741)
                          .Owner(70123, 70124)
                          .Xattr("user.x", "y")
                          .HardLink("t/b", "t/a");
  const Result<Image*> image = scene.TryImage({lower, upper});
  ASSERT_THAT(image, Succeeds());
  Container& container = scene.Create(*image.value());
  for (int start = 0; start < 2; ++start) {
    Actor actor = scene.Start(container);
    EXPECT_THAT(actor.Read("/t/b"), Yields(std::string("A")));
    const Result<FileStat> stat = actor.Lstat("/t/b");
    ASSERT_THAT(stat, Succeeds());
    EXPECT_EQ(stat.value().mode, 0741U);
    EXPECT_EQ(stat.value().uid, 70123U);
    EXPECT_EQ(stat.value().mtime, kFixtureTime);
    EXPECT_THAT(actor.Getxattr("/t/b", "user.x"), Yields(std::string("y")));
    actor.Finish();
  }
}

COWBELL_CASE(LAY_101, ReplacedNameLeavesTheOther) {
  ExpectOtherNameUnchanged(scene, Layer().Dir("t/").File("t/a", "NEW").Mode(0600).Time({1, 0}));
}
COWBELL_CASE(LAY_101, NameReplacedByADirectoryLeavesTheOther) {
  ExpectOtherNameUnchanged(scene, Layer().Dir("t/").Dir("t/a/").Mode(0700).File("t/a/x", "x"));
}
COWBELL_CASE(LAY_101, RemovedNameLeavesTheOther) {
  ExpectOtherNameUnchanged(scene, Layer().Dir("t/").Whiteout("t/a"));
}

}  // namespace
}  // namespace cowbell::conformance
