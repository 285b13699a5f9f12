#include "runtime/rootfs/diff.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "runtime/base/file.h"

namespace cowbell {
namespace {

// A hand-made stack: directories `upper`, `l0` (top) and `l1`, as overlayfs would leave them.
class DiffTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "whiteouts and trusted.* attributes need root";
    for (const char* dir : {"upper", "l0", "l1"})
      ASSERT_EQ(mkdir(At(dir).c_str(), 0755), 0);
  }

  std::string At(const std::string& path) const { return temp_.path() + "/" + path; }

  void Dir(const std::string& path, mode_t mode = 0755) {
    ASSERT_TRUE(MakeDirs(At(path)).has_value()) << path;
    ASSERT_EQ(chmod(At(path).c_str(), mode), 0);
  }
  // All files get the same mtime, so that only what a test changes differs.
  void File(const std::string& path, const std::string& content, mode_t mode = 0644) {
    ASSERT_TRUE(MakeDirs(At(path.substr(0, path.rfind('/')))).has_value()) << path;
    ASSERT_TRUE(WriteFile(At(path), content, mode).has_value()) << path;
    SetTime(path, 1000);
  }
  void SetTime(const std::string& path, time_t seconds) {
    const struct timespec times[2] = {{seconds, 5}, {seconds, 5}};
    ASSERT_EQ(utimensat(AT_FDCWD, At(path).c_str(), times, AT_SYMLINK_NOFOLLOW), 0) << path;
  }
  void Link(const std::string& path, const std::string& text) {
    ASSERT_EQ(symlink(text.c_str(), At(path).c_str()), 0);
    SetTime(path, 1000);
  }
  void Whiteout(const std::string& path) {
    ASSERT_EQ(mknod(At(path).c_str(), S_IFCHR, makedev(0, 0)), 0);
  }
  void Xattr(const std::string& path, const char* name, const std::string& value) {
    ASSERT_EQ(lsetxattr(At(path).c_str(), name, value.data(), value.size(), 0), 0) << path;
  }
  void Opaque(const std::string& path) { Xattr(path, "trusted.overlay.opaque", "y"); }

  std::string Diff(std::vector<std::string> managed = {}) {
    DiffSpec spec;
    spec.upper_dir = At("upper");
    spec.lower_dirs = {At("l0"), At("l1")};
    spec.managed = std::move(managed);
    const Result<std::vector<Change>> changes = DiffLayers(spec);
    if (!changes.has_value()) return changes.error().ToString();
    std::string out;
    for (const Change& change : changes.value()) {
      out += static_cast<char>(change.kind);
      out += " " + change.path + "\n";
    }
    return out;
  }

  TempDir temp_ = TempDir::Create("/tmp", "views-diff-").value();
};

TEST_F(DiffTest, NothingChanged) {
  File("l0/a", "a");
  EXPECT_EQ(Diff(), "");
}

TEST_F(DiffTest, AddedChangedDeleted) {
  Dir("l1/t/dir");
  Dir("upper/t/dir");
  File("l1/t/bar", "old");
  File("l1/t/del", "x");
  File("upper/t/add", "new");
  File("upper/t/bar", "longer");
  File("upper/t/dir/new", "n");
  Whiteout("upper/t/del");
  EXPECT_EQ(Diff(), "C /t\nA /t/add\nC /t/bar\nD /t/del\nC /t/dir\nA /t/dir/new\n");
}

TEST_F(DiffTest, WhiteoutOfNothingIsNoChange) {
  Dir("l0/t");
  Dir("upper/t");
  Whiteout("upper/t/gone");
  File("l1/hidden", "x");
  Whiteout("l0/hidden");  // a layer deleted it already
  Whiteout("upper/hidden");
  EXPECT_EQ(Diff(), "");
}

TEST_F(DiffTest, MetadataAloneIsAChange) {
  for (const char* name : {"mode", "owner", "time", "xattr", "capability", "same"}) {
    File(std::string("l0/") + name, "x");
    File(std::string("upper/") + name, "x");
  }
  ASSERT_EQ(chmod(At("upper/mode").c_str(), 0600), 0);
  ASSERT_EQ(chown(At("upper/owner").c_str(), 7, 0), 0);
  SetTime("upper/time", 2000);
  Xattr("upper/xattr", "user.x", "1");
  Xattr(
      "upper/capability", "security.capability",
      std::string(
          "\x00\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20));
  EXPECT_EQ(Diff(), "C /capability\nC /mode\nC /owner\nC /time\nC /xattr\n");
}

TEST_F(DiffTest, ContentThatKeepsSizeAndTime) {
  File("l0/same", "AAAA");
  File("upper/same", "BBBB");
  Link("l0/link", "aaa");
  Link("upper/link", "bbb");
  EXPECT_EQ(Diff(), "C /link\nC /same\n");
}

TEST_F(DiffTest, MetadataOnlyCopy) {
  File("l0/big", "data");
  File("upper/big", std::string(4, '\0'));  // the data is not copied
  Xattr("upper/big", "trusted.overlay.metacopy", "");
  EXPECT_EQ(Diff(), "");
  ASSERT_EQ(chmod(At("upper/big").c_str(), 0600), 0);
  EXPECT_EQ(Diff(), "C /big\n");
}

TEST_F(DiffTest, DirectoriesByOwnerAndModeNotByTime) {
  for (const char* name : {"time", "mode", "owner"}) {
    Dir(std::string("l0/") + name);
    Dir(std::string("upper/") + name);
  }
  SetTime("upper/time", 5);
  ASSERT_EQ(chmod(At("upper/mode").c_str(), 0700), 0);
  ASSERT_EQ(chown(At("upper/owner").c_str(), 1, 1), 0);
  EXPECT_EQ(Diff(), "C /mode\nC /owner\n");
}

TEST_F(DiffTest, ChangesOfType) {
  File("l0/f2d", "x");
  Dir("upper/f2d");
  File("upper/f2d/z", "z");
  Dir("l0/d2f");
  File("l0/d2f/x", "x");
  File("upper/d2f", "x");
  File("l0/f2l", "x");
  Link("upper/f2l", "x");
  EXPECT_EQ(Diff(), "C /d2f\nC /f2d\nA /f2d/z\nC /f2l\n");
}

TEST_F(DiffTest, DirectoryMadeAnew) {
  Dir("l0/t/dir/sub");
  File("l0/t/dir/x", "x");
  File("l1/t/dir/kept", "k", 0600);
  File("l0/t/dir/sub/deep", "d");
  Dir("upper/t/dir");
  Opaque("upper/t/dir");
  File("upper/t/dir/n", "n");
  File("upper/t/dir/kept", "k", 0600);
  EXPECT_EQ(Diff(), "C /t\nC /t/dir\nA /t/dir/n\nD /t/dir/sub\nD /t/dir/x\n")
      << "kept is as it was; of sub only the directory";
}

TEST_F(DiffTest, OpaqueDirectoryOfALayerHidesTheOnesBelow) {
  File("l1/top", "x");
  Dir("l1/t");
  File("l1/t/hidden", "x");
  Dir("l0/t");
  Opaque("l0/t");
  Dir("upper/t");
  File("upper/t/hidden", "x");
  EXPECT_EQ(Diff(), "C /t\nA /t/hidden\n");
}

TEST_F(DiffTest, RemovedDirectoryIsOneLine) {
  Dir("l0/t/dir2/sub");
  File("l0/t/dir2/sub/x", "x");
  Dir("upper/t");
  Whiteout("upper/t/dir2");
  EXPECT_EQ(Diff(), "C /t\nD /t/dir2\n");
}

TEST_F(DiffTest, RenamedDirectoryWithRedirect) {
  Dir("l0/a/old/sub");
  File("l0/a/old/f", "f");
  File("l1/a/old/g", "g");
  Dir("upper/a/new");
  Whiteout("upper/a/old");
  Xattr("upper/a/new", "trusted.overlay.redirect", "old");
  Whiteout("upper/a/new/g");
  Dir("upper/moved");
  Xattr("upper/moved", "trusted.overlay.redirect", "/a/old");
  File("upper/moved/h", "h");
  EXPECT_EQ(Diff(),
            "C /a\nA /a/new\nA /a/new/f\nA /a/new/sub\nD /a/old\nA /moved\nA /moved/f\nA /moved/g\n"
            "A /moved/h\nA /moved/sub\n");
}

TEST_F(DiffTest, LinksInLayersAreNotFollowed) {
  ASSERT_EQ(symlink("/etc", At("l0/e").c_str()), 0);
  Dir("upper/e");
  File("upper/e/passwd", "x");
  EXPECT_EQ(Diff(), "C /e\nA /e/passwd\n");
}

TEST_F(DiffTest, PlacesOfTheEngine) {
  const std::vector<std::string> managed = {"/etc/hosts", "/dev/pts", "/dev", "/proc"};
  Dir("upper/dev/pts");
  Dir("upper/proc");
  Dir("upper/etc");
  File("upper/etc/hosts", "");
  EXPECT_EQ(Diff(managed), "");
  EXPECT_EQ(Diff(), "A /dev\nA /dev/pts\nA /etc\nA /etc/hosts\nA /proc\n");
  File("upper/etc/mine", "");
  File("upper/dev/mine", "");
  EXPECT_EQ(Diff(managed), "A /dev\nA /dev/mine\nA /etc\nA /etc/mine\n");
  File("upper/etc/hosts", "written");
  EXPECT_EQ(Diff(managed), "A /dev\nA /dev/mine\nA /etc\nA /etc/hosts\nA /etc/mine\n");
}

TEST_F(DiffTest, OddNames) {
  File("upper/a\nb", "x");
  File("upper/\xff\xfe", "x");
  EXPECT_EQ(Diff(), "A /a\nb\nA /\xff\xfe\n");
}

TEST_F(DiffTest, ErrorsNameTheLayer) {
  DiffSpec spec;
  spec.upper_dir = At("none");
  const Result<std::vector<Change>> changes = DiffLayers(spec);
  ASSERT_FALSE(changes.has_value());
  EXPECT_EQ(changes.error().ToString(), "diff of '" + At("none") + "': open '" + At("none") +
                                            "': No such file or directory (ENOENT)");
}

TEST_F(DiffTest, Bytes) {
  File("upper/two", std::string(2000, 'x'));
  ASSERT_EQ(link(At("upper/two").c_str(), At("upper/again").c_str()), 0);
  Dir("upper/d");
  File("upper/d/one", std::string(1000, 'x'));
  Whiteout("upper/gone");
  File("upper/meta", "");
  ASSERT_EQ(truncate(At("upper/meta").c_str(), 1 << 20), 0);
  Xattr("upper/meta", "trusted.overlay.metacopy", "");
  EXPECT_EQ(LayerBytes(At("upper")).value(), 3000U);
}

}  // namespace
}  // namespace cowbell
