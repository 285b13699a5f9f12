// LAY-079 to LAY-086, LAY-088 to LAY-092: what an entry says about its file.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/trees.h"
#include "fixtures/image/tar.h"
#include "fixtures/image/tar_forms.h"

namespace cowbell::conformance {
namespace {

// A file, a directory with something in it, and a link, each with its own time.
Layer ThreeTypes(TimeSpec file, TimeSpec directory, TimeSpec link) {
  return Layer()
      .Dir("t/")
      .File("t/f", "f")
      .Time(file)
      .Dir("t/d/")
      .Time(directory)
      .File("t/d/inside", "i")
      .Symlink("t/l", "f")
      .Time(link);
}

COWBELL_CASE(LAY_079, TimesAreKeptToTheSecond) {
  ExpectAssembled(scene, {ThreeTypes({1'000'000'001, 0}, {1'100'000'003, 0}, {1'200'000'007, 0})});
}

// A directory's time is not that of what was put into it.
COWBELL_CASE(LAY_079, TimesOfDirectoriesAreKeptThroughLaterLayers) {
  ExpectAssembled(scene, {ThreeTypes({1'000'000'001, 0}, {1'100'000'003, 0}, {1'200'000'007, 0}),
                          Layer()
                              .Dir("t/")
                              .Time({1'300'000'009, 0})
                              .Dir("t/d/")
                              .Time({1'050'000'011, 0})
                              .File("t/d/more", "m")
                              .Whiteout("t/d/inside")});
}

COWBELL_CASE(LAY_080, FractionsOfSecondsAreKept) {
  ExpectAssembled(scene, {ThreeTypes({1'500'000'000, 123'456'789}, {1'500'000'000, 250'000'000},
                                     {1'500'000'000, 500'000'000})});
}
COWBELL_CASE(LAY_080, SmallestAndLargestFractionsAreKept) {
  ExpectAssembled(scene, {ThreeTypes({1'500'000'000, 1}, {1'500'000'000, 999'999'999}, {0, 1})});
}

COWBELL_CASE(LAY_081, TimeZeroStaysZero) {
  ExpectAssembled(scene, {ThreeTypes({0, 0}, {0, 0}, {0, 0})});
}

COWBELL_CASE(LAY_082, TimeAfter2106IsKept) {
  const TimeSpec time{(int64_t{1} << 32) + 1, 0};
  ExpectAssembled(scene, {ThreeTypes(time, time, time)});
}
COWBELL_CASE(LAY_082, TimeAfter2038IsKept) {
  const TimeSpec time{(int64_t{1} << 31) + 1, 0};
  ExpectAssembled(scene, {ThreeTypes(time, time, time)});
}

// Not every file system reaches so far; a time it cannot hold may become 0 and no other.
void ExpectKeptOrZero(Scene& scene, const std::string& key, TimeSpec time) {
  const Result<Image*> image = scene.TryImage({ThreeTypes(time, time, time)});
  ASSERT_THAT(image, Succeeds());
  Actor actor = scene.Start(scene.Create(*image.value()));
  bool all_kept = true;
  for (const char* path : {"/t/f", "/t/d", "/t/l"}) {
    const TimeSpec seen = Require(actor.Lstat(path)).mtime;
    EXPECT_TRUE(seen == time || seen == TimeSpec{})
        << path << ": " << seen.seconds << "." << seen.nanoseconds;
    all_kept = all_kept && seen == time;
  }
  actor.Finish();
  scene.Outcome(key, all_kept ? "kept" : "zero");
}
COWBELL_CASE(LAY_082, TimeBefore1970IsKeptOrZero) {
  ExpectKeptOrZero(scene, "time.negative", {-100, 0});
}
COWBELL_CASE(LAY_082, TimeInTheYear2500IsKeptOrZero) {
  ExpectKeptOrZero(scene, "time.2500", {16'725'225'600, 0});
}

Layer LargeIds() {
  return Layer()
      .Dir("t/")
      .Dir("t/d/")
      .Owner(2'097'152, 2'097'153)
      .File("t/f", "f")
      .Owner(2'147'483'646, 4'294'967'294)
      .Symlink("t/l", "f")
      .Owner(4'294'967'293, 2'097'151);
}

COWBELL_CASE(LAY_083, LargeIdsInPaxRecordsAreKept) { ExpectAssembled(scene, {LargeIds()}); }

COWBELL_CASE(LAY_083, LargeIdsInBase256AreKept) {
  Layer meant = LargeIds();
  Layer written;
  for (Entry& entry : meant.entries()) {
    entry.mtime.nanoseconds = 0;
    AddInGnuFormat(written, entry);
  }
  ExpectAssembledAs(scene, {written}, {meant});
}

// The image maps root and cow to other numbers than these.
COWBELL_CASE(LAY_084, NamesOfOwnersAreIgnored) {
  Layer meant = Layer()
                    .Dir("t/")
                    .Dir("t/d/")
                    .Owner(1234, 1235)
                    .File("t/f", "f")
                    .Owner(1234, 1235)
                    .Symlink("t/l", "f")
                    .Owner(1234, 1235);
  Layer written = meant;
  for (Entry& entry : written.entries()) {
    if (entry.uid == 0) continue;
    entry.header = {{tar_field::kUserName, "root"}, {tar_field::kGroupName, "staff"}};
  }
  ExpectAssembledAs(scene, {written}, {meant});
}

COWBELL_CASE(LAY_084, NamesOfOwnersAreIgnoredForRoot) {
  const Layer meant = Layer().Dir("t/").File("t/f", "f").Owner(0, 0);
  Layer written = meant;
  ExpectAssembledAs(
      scene,
      {written.Header(tar_field::kUserName, "cow").Header(tar_field::kGroupName, "nosuchgroup")},
      {meant});
}

COWBELL_CASE(LAY_085, SpecialBitsSurviveWithAnOwner) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/setuid", "x")
                              .Mode(04755)
                              .Owner(1000, 1000)
                              .File("t/setgid", "x")
                              .Mode(02755)
                              .Owner(0, 1000)
                              .File("t/both", "x")
                              .Mode(06711)
                              .Owner(70123, 70124)
                              .File("t/locking", "x")
                              .Mode(02644)
                              .Owner(1000, 50)
                              .Dir("t/sticky/")
                              .Mode(01777)
                              .Owner(1000, 1000)
                              .Dir("t/shared/")
                              .Mode(02775)
                              .Owner(0, 50)
                              .File("t/shared/inside", "not of group 50")});
}

COWBELL_CASE(LAY_086, LinkHasItsOwnOwnerAndTime) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/target", "target")
                              .Mode(0640)
                              .Owner(70123, 70124)
                              .Time({1'100'000'000, 111})
                              .Dir("t/d/")
                              .Owner(70125, 70126)
                              .Time({1'150'000'000, 222})
                              .Symlink("t/l", "target")
                              .Owner(7, 8)
                              .Time({1'200'000'000, 333})
                              .Symlink("t/ld", "d")
                              .Owner(9, 10)
                              .Time({1'250'000'000, 444})
                              .Symlink("t/dangling", "none")
                              .Owner(11, 12)});
}

COWBELL_CASE(LAY_088, UserXattrsSurvive) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .Dir("t/d/")
                              .Xattr("user.dd", "of a directory")
                              .File("t/f", "f")
                              .Xattr("user.foo", std::string("a\0b\n\xff", 5))
                              .File("t/plain", "without")});
}

COWBELL_CASE(LAY_088, UpperEntryReplacesXattrs) {
  ExpectAssembled(
      scene,
      {Layer().Dir("t/").Dir("t/d/").Xattr("user.old", "1").File("t/f", "f").Xattr("user.old", "1"),
       Layer()
           .Dir("t/")
           .Dir("t/d/")
           .Xattr("user.new", "2")
           .File("t/f", "g")
           .Xattr("user.new", "2")});
}

// One entry of an ACL as the kernel keeps it (linux/posix_acl_xattr.h), little-endian.
std::string AclEntry(unsigned tag, unsigned permissions, uint32_t id = UINT32_MAX) {
  std::string bytes = {static_cast<char>(tag), '\0', static_cast<char>(permissions), '\0'};
  for (unsigned shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>(id >> shift & 0xff);
  return bytes;
}

// user::rw- user:70123:rwx group::r-- mask::rwx other::---
std::string Acl() {
  const std::string version("\x02\0\0\0", 4);
  return version + AclEntry(0x01, 6) + AclEntry(0x02, 7, 70123) + AclEntry(0x04, 4) +
         AclEntry(0x10, 7) + AclEntry(0x20, 0);
}

COWBELL_CASE(LAY_089, AclsSurvive) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .File("t/f", "f")
                              .Mode(0670)  // the mask stands for the group
                              .Owner(1000, 1000)
                              .Xattr("system.posix_acl_access", Acl())
                              .Dir("t/d/")
                              .Mode(0751)
                              .Xattr("system.posix_acl_default", Acl())});
}

// A directory's default ACL is for files that processes make, not for entries of the layer.
COWBELL_CASE(LAY_089, DefaultAclDoesNotTouchEntries) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .Dir("t/d/")
                              .Mode(0751)
                              .Xattr("system.posix_acl_default", Acl())
                              .File("t/d/f", "f")
                              .Mode(0604)
                              .Dir("t/d/sub/")
                              .Mode(0705)});
}

// A label may stay, go, or become the engine's own.
Tree WithoutLabels(Tree tree) {
  for (auto& [path, node] : tree)
    node.xattrs.erase("security.selinux");
  return tree;
}

COWBELL_CASE(LAY_090, LabelOfAForeignPolicyDoesNotMatter) {
  const std::string label = std::string("system_u:object_r:cowbell_t:s0") + '\0';
  const std::vector<Layer> layers = {Layer()
                                         .Dir("t/")
                                         .Xattr("security.selinux", label)
                                         .File("t/f", "f")
                                         .Xattr("security.selinux", label)
                                         .Xattr("user.other", "stays")
                                         .Symlink("t/l", "f")};
  const Result<Image*> image = scene.TryImage(layers);
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  EXPECT_THAT(WithoutLabels(Require(SeenPart(actor, "/t"))),
              IsTree(WithoutLabels(ModelPart(layers, "/t"))));
  actor.Finish();
}

COWBELL_CASE(LAY_091, DevicesKeepTypeNumbersModeAndOwner) {
  ExpectAssembled(scene, {Layer()
                              .Dir("t/")
                              .CharDevice("t/null", 1, 3)
                              .Mode(0666)
                              .BlockDevice("t/loop", 7, 0)
                              .Mode(0641)
                              .Owner(70123, 6)
                              .CharDevice("t/far", 250, 70'000)  // more than eight bits
                              .Mode(0600)});
}

COWBELL_CASE(LAY_091, DevicesReplaceFilesAndAreDeleted) {
  const std::vector<Layer> layers = {
      Layer().Dir("t/").File("t/f", "f").BlockDevice("t/b", 7, 0).CharDevice("t/c", 1, 3),
      Layer().Dir("t/").CharDevice("t/f", 1, 5).Mode(0622).Whiteout("t/b").File("t/c", "a file")};
  ExpectAssembled(scene, layers);
  ExpectAssembled(scene, layers, When::kRestarted);
}

COWBELL_CASE(LAY_092, FifoIsAFifo) {
  ExpectAssembled(scene, {Layer().Dir("t/").Fifo("t/p").Mode(0622).Owner(70123, 70124)});
}

COWBELL_CASE(LAY_092, FifoWorks) {
  const Result<Image*> image = scene.TryImage({Layer().Dir("t/").Fifo("t/p").Mode(0622)});
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  const auto reply = Require(actor.Do("fifo", {"/t/p", "through the pipe"}));
  EXPECT_EQ(reply.Get("data"), "through the pipe");
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
