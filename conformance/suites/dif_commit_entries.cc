// DIF-028…041: kinds of entries, their metadata and their names, through a commit.

#include <algorithm>

#include "conformance/suites/commands.h"
#include "conformance/suites/commits.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Field;
using ::testing::Not;

constexpr char kCapability[] = "security.capability";
constexpr char kAccessList[] = "system.posix_acl_access";

// One inode under all the names.
void ExpectLinked(Actor& actor, const std::vector<std::string>& paths) {
  const FileStat first = Require(actor.Lstat(paths.front()));
  EXPECT_EQ(first.nlink, paths.size()) << paths.front();
  for (const std::string& path : paths) {
    EXPECT_THAT(actor.Lstat(path), Yields(Field("ino", &FileStat::ino, first.ino))) << path;
  }
}

COWBELL_CASE(DIF_028, TwoNames) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/"), [](Actor& a) {
    Require(a.CreateFile("/t/f1", "x"));
    Require(a.Link("/t/f1", "/t/f2"));
  });
  ExpectLinked(actor, {"/t/f1", "/t/f2"});
  actor.Finish();
}

COWBELL_CASE(DIF_028, ThreeNamesInTwoDirectories) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/"), [](Actor& a) {
    Require(a.Mkdir("/t/a-dir", 0755));
    Require(a.CreateFile("/t/f1", "x"));
    Require(a.Link("/t/f1", "/t/f2"));
    Require(a.Link("/t/f2", "/t/a-dir/f3"));
  });
  ExpectLinked(actor, {"/t/f1", "/t/f2", "/t/a-dir/f3"});
  actor.Finish();
}

COWBELL_CASE(DIF_029, NewLinkToAnImageFile) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/").File("t/bar", "image"),
                                [](Actor& a) { Require(a.Link("/t/bar", "/t/additional")); });
  ExpectLinked(actor, {"/t/bar", "/t/additional"});
  EXPECT_THAT(actor.Read("/t/additional"), Yields(std::string("image")));
  actor.Finish();
}

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

COWBELL_CASE(DIF_036, CommitOmitsThem) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/").File("t/keep", "x"), [](Actor& a) {
    Require(a.Mknod("/t/socket", 's', 0600));
    Require(a.CreateFile("/t/new", "x"));
  });
  EXPECT_THAT(actor.Names("/t"), Yields(ElementsAre("keep", "new")));
  actor.Finish();
}

COWBELL_CASE(DIF_036, ExportOmitsThem) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/keep", "x")}));
  Actor actor = scene.Start(container);
  Require(actor.Mknod("/t/socket", 's', 0600));
  Require(actor.CreateFile("/t/new", "x"));
  const Tree tree = Portable(Require(actor.ReadTree("/t")));
  actor.Finish();

  EXPECT_THAT(Portable(Part(ExportedTree(scene, container), "/t")), IsTree(tree));
}

COWBELL_CASE(DIF_037, FifosAndDevices) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/"), [](Actor& a) {
    Require(a.Mknod("/t/fifo", 'p', 0640));
    Require(a.Mknod("/t/null", 'c', 0666, 1, 3));
    Require(a.Mknod("/t/loop", 'b', 0640, 7, 200));
  });
  EXPECT_THAT(actor.Lstat("/t/fifo"), Yields(Field("type", &FileStat::type, 'p')));
  EXPECT_THAT(actor.Lstat("/t/null"), Yields(AllOf(Field("type", &FileStat::type, 'c'),
                                                   Field("major", &FileStat::device_major, 1U),
                                                   Field("minor", &FileStat::device_minor, 3U))));
  EXPECT_THAT(actor.Lstat("/t/loop"), Yields(AllOf(Field("type", &FileStat::type, 'b'),
                                                   Field("major", &FileStat::device_major, 7U),
                                                   Field("minor", &FileStat::device_minor, 200U))));
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

std::vector<std::string> OddNames() {
  return {std::string(255, 'n'), "a\nb", "\xff\xc3\x28", " ", "\\t"};
}

// After the commit, and again after the image went through save and load.
COWBELL_CASE(DIF_040, AddedAndDeletedNames) {
  Layer layer = Layer().Dir("t/").Dir("t/added/").Dir("t/deleted/").File("t/deleted/keep", "x");
  for (const std::string& name : OddNames())
    layer.File("t/deleted/" + name, "x");
  Container& container = scene.Create(scene.MakeImage({layer}));
  Actor actor = scene.Start(container);
  for (const std::string& name : OddNames()) {
    Require(actor.CreateFile("/t/added/" + name, "x"));
    Require(actor.Unlink("/t/deleted/" + name));
  }
  const Tree changed = Portable(Require(actor.ReadTree("/t")));
  actor.Finish();
  const std::string ref = Commit(scene, container);

  EXPECT_THAT(Portable(Part(WholeTreeOfImage(scene, ref), "/t")), IsTree(changed));
  SaveAndLoadAgain(scene, {ref});
  EXPECT_THAT(Portable(Part(WholeTreeOfImage(scene, ref), "/t")), IsTree(changed)) << "loaded";
}

// A process may make any file. The image is refused in words, or it is whole and can be saved.
void ExpectReservedNameHarmless(Scene& scene, const std::string& name, bool running) {
  Container& container = scene.Create(scene.MakeImage(
      {Layer().Dir("t/").File("t/foo", "image").Dir("t/dir/").File("t/dir/x", "image")}));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile(name, "mine"));
  if (!running) actor.Finish();
  const std::string ref = NewImageRef(scene, "committed");

  const CommandResult committed = scene.Run({"container", "commit", container.name(), ref});

  if (running) actor.Finish();
  if (!committed.status.ok()) {
    EXPECT_NE(committed.err, "");
    EXPECT_FALSE(ImageExists(scene, ref));
    scene.Outcome("commit.reserved", "refused");
    return;
  }
  scene.Outcome("commit.reserved", "taken");
  actor = scene.Start(CreateFrom(scene, ref));
  EXPECT_THAT(actor.Read("/t/foo"), Yields(std::string("image")));
  EXPECT_THAT(actor.Read("/t/dir/x"), Yields(std::string("image")));
  actor.Finish();
  const std::string archive = scene.work_dir() + "/saved.tar";
  EXPECT_THAT(scene.Run({"image", "save", "--output", archive, ref}), ExitsWith(0));
}

COWBELL_CASE(DIF_041, NameOfAWhiteout) { ExpectReservedNameHarmless(scene, "/t/.wh.foo", false); }
COWBELL_CASE(DIF_041, NameOfAWhiteoutInARunningContainer) {
  ExpectReservedNameHarmless(scene, "/t/.wh.foo", true);
}
COWBELL_CASE(DIF_041, NameOfAnOpaqueMarker) {
  ExpectReservedNameHarmless(scene, "/t/dir/.wh..wh..opq", false);
}
COWBELL_CASE(DIF_041, NameOfTheWhiteoutOfNothing) {
  ExpectReservedNameHarmless(scene, "/t/.wh.nothing", false);
}

}  // namespace
}  // namespace cowbell::conformance
