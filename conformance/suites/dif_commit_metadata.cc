// DIF-030…035, DIF-039: attributes, times, owners and modes through a commit.

#include <algorithm>

#include "conformance/suites/commits.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::Field;

constexpr char kCapability[] = "security.capability";
constexpr char kAccessList[] = "system.posix_acl_access";

COWBELL_CASE(DIF_030, CapabilityOfNewAndImageFiles) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/").File("t/image", "x"), [](Actor& a) {
    Require(a.CreateFile("/t/new", "x"));
    for (const char* path : {"/t/image", "/t/new"})
      Require(a.Setxattr(path, kCapability, FileCapability()));
  });
  for (const char* path : {"/t/image", "/t/new"}) {
    EXPECT_THAT(actor.Getxattr(path, kCapability), Yields(FileCapability())) << path;
  }
  actor.Finish();
}

// A process in a user namespace sets a capability that counts in that namespace alone.
COWBELL_CASE(DIF_031, SetInAUserNamespace) {
  ContainerSpec spec;
  spec.flags = {"--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536"};
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/file", "x")}), spec);
  Actor actor = scene.Start(container);
  Require(actor.Setxattr("/t/file", kCapability, FileCapability()));
  actor.Finish();

  const auto members = TopLayer(scene, Commit(scene, container));

  const auto file = std::find_if(members.begin(), members.end(), [](const TarMember& member) {
    return PathOfMember(member.name) == "/t/file";
  });
  ASSERT_NE(file, members.end());
  EXPECT_EQ(XattrsOfMember(*file)[kCapability], FileCapability());
}

// An engine may say that it commits nothing but capabilities (choice commit.xattr).
COWBELL_CASE(DIF_032, UserAttributesOfFileAndDirectory) {
  const Layer layer = Layer().Dir("t/").File("t/image", "x").Dir("t/dir/");
  const std::vector<std::string> paths = {"/t/dir", "/t/image", "/t/new"};
  Actor actor = ExpectCommitted(scene, layer, [&](Actor& a) {
    Require(a.CreateFile("/t/new", "x"));
    for (const std::string& path : paths)
      Require(a.Setxattr(path, "user.k", std::string("v\0w", 3)));
  });
  const auto& choices = scene.profile().choices;
  const auto choice = choices.find("commit.xattr");
  const bool may_lose = choice != choices.end() && choice->second == "capability";
  for (const std::string& path : paths) {
    const auto seen = actor.Getxattr(path, "user.k");
    if (may_lose && !seen.has_value()) {
      EXPECT_THAT(seen, FailsWith(ENODATA)) << path;
    } else {
      EXPECT_THAT(seen, Yields(std::string("v\0w", 3))) << path;
    }
    scene.Outcome("commit.xattr.user.k", seen.has_value() ? "kept" : "lost");
  }
  actor.Finish();
}

std::string Word(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

// user::rw-, user:70123:r--, group::r--, mask::r--, other::--- as the kernel keeps it
// (linux/posix_acl_xattr.h): a version, then tag, permissions and id of each entry.
std::string AccessList() {
  constexpr uint64_t kNobody = 0xffffffff;
  std::string bytes = Word(2, 4);
  const struct {
    uint64_t tag, permissions, id;
  } entries[] = {{0x01, 6, kNobody},
                 {0x02, 4, 70123},
                 {0x04, 4, kNobody},
                 {0x10, 4, kNobody},
                 {0x20, 0, kNobody}};
  for (const auto& entry : entries)
    bytes += Word(entry.tag, 2) + Word(entry.permissions, 2) + Word(entry.id, 4);
  return bytes;
}

// Kept as it is, or gone.
void ExpectKeptOrLost(Scene& scene, Actor& actor, const std::string& name,
                      const std::string& value) {
  const auto seen = actor.Getxattr("/t/file", name);
  EXPECT_THAT(seen, AnyOf(Yields(value), FailsWith(ENODATA)));
  scene.Outcome("commit.xattr." + name, seen.has_value() ? "kept" : "lost");
}

COWBELL_CASE(DIF_033, AccessControlList) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/").File("t/file", "x"), [](Actor& a) {
    Require(a.Setxattr("/t/file", kAccessList, AccessList()));
  });
  EXPECT_THAT(actor.Lstat("/t/file"), Yields(Field("mode", &FileStat::mode, 0640U)));
  ExpectKeptOrLost(scene, actor, kAccessList, AccessList());
  actor.Finish();
}

COWBELL_CASE(DIF_033, TrustedAttribute) {
  NeedCapability(scene, "cap-add");
  ContainerSpec spec;
  spec.flags = {"--cap-add", "SYS_ADMIN"};
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/file", "x").Mode(0640)}), spec);
  Actor actor = scene.Start(container);
  Require(actor.Setxattr("/t/file", "trusted.cowbell", "v"));
  actor.Finish();

  actor = scene.Start(CreateFrom(scene, Commit(scene, container), spec));
  EXPECT_THAT(actor.Lstat("/t/file"), Yields(Field("mode", &FileStat::mode, 0640U)));
  ExpectKeptOrLost(scene, actor, "trusted.cowbell", "v");
  actor.Finish();
}

Layer TimedEntries() {
  return Layer()
      .Dir("t/")
      .File("t/file", "x")
      .Dir("t/dir/")
      .Symlink("t/link", "file")
      .Fifo("t/fifo");
}
constexpr const char* kTimed[] = {"/t/file", "/t/dir", "/t/link", "/t/fifo", "/t/new"};

COWBELL_CASE(DIF_034, EveryKindOfEntry) {
  const TimeSpec time{1'500'000'000, 0};
  Actor actor = ExpectCommitted(scene, TimedEntries(), [&](Actor& a) {
    Require(a.CreateFile("/t/new", "x"));
    for (const char* path : kTimed)
      Require(a.SetTimes(path, time, time));
  });
  for (const char* path : kTimed) {
    EXPECT_THAT(actor.Lstat(path), Yields(Field("mtime", &FileStat::mtime, Eq(time)))) << path;
  }
  actor.Finish();
}

COWBELL_CASE(DIF_034, BeforeTheEpochAndFarAhead) {
  const TimeSpec early{-86'400, 0};
  const TimeSpec late{4'102'444'800, 0};  // 2100
  Actor actor = ExpectCommitted(scene, TimedEntries(), [&](Actor& a) {
    Require(a.SetTimes("/t/file", early, early));
    Require(a.SetTimes("/t/dir", late, late));
  });
  EXPECT_THAT(actor.Lstat("/t/file"), Yields(Field("mtime", &FileStat::mtime, Eq(early))));
  EXPECT_THAT(actor.Lstat("/t/dir"), Yields(Field("mtime", &FileStat::mtime, Eq(late))));
  actor.Finish();
}

// Also of an image file of which only the mode changes.
COWBELL_CASE(DIF_035, LastNanosecondOfASecond) {
  const TimeSpec time{1'500'000'000, 999'999'999};
  const Layer layer = Layer().Dir("t/").File("t/image", "x").Time(time).File("t/set", "x");
  Actor actor = ExpectCommitted(scene, layer, [&](Actor& a) {
    Require(a.Chmod("/t/image", 0600));
    Require(a.SetTimes("/t/set", time, time));
  });
  for (const char* path : {"/t/image", "/t/set"}) {
    const FileStat stat = Require(actor.Lstat(path));
    EXPECT_THAT(stat.mtime, AnyOf(Eq(time), Eq(TimeSpec{time.seconds, 0}))) << path;
    scene.Outcome("commit.mtime", stat.mtime == time ? "nanoseconds" : "seconds");
  }
  actor.Finish();
}

COWBELL_CASE(DIF_039, LargeNumbersAndSpecialBits) {
  const struct {
    const char* path;
    uint32_t mode;
  } entries[] = {{"/t/file", 04755}, {"/t/image", 06711}, {"/t/dir", 01777}, {"/t/shared", 02775}};
  const Layer layer = Layer().Dir("t/").File("t/image", "x");
  Actor actor = ExpectCommitted(scene, layer, [&](Actor& a) {
    Require(a.CreateFile("/t/file", "x"));
    Require(a.Mkdir("/t/dir", 0755));
    Require(a.Mkdir("/t/shared", 0755));
    for (const auto& entry : entries) {
      Require(a.Chown(entry.path, 3'000'000, 4'000'000'000));
      Require(a.Chmod(entry.path, entry.mode));
    }
  });
  for (const auto& entry : entries) {
    EXPECT_THAT(actor.Lstat(entry.path),
                Yields(AllOf(Field("mode", &FileStat::mode, entry.mode),
                             Field("uid", &FileStat::uid, 3'000'000U),
                             Field("gid", &FileStat::gid, 4'000'000'000U))))
        << entry.path;
  }
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
