#include "runtime/rootfs/root_path.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/rootfs/mount_options.h"

namespace cowbell {
namespace {

class RootPath : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(MakeDirs(Root()).has_value()); }
  std::string Root() const { return dir_.path() + "/root"; }
  Result<UniqueFd> Make(const std::string& path, PathKind kind = PathKind::kDirectory) {
    const UniqueFd root = Open(Root(), O_PATH | O_DIRECTORY).value();
    return MakeInRoot(root.get(), path, kind);
  }
  void Link(const std::string& target, const std::string& name) {
    ASSERT_EQ(symlink(target.c_str(), (Root() + "/" + name).c_str()), 0);
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "root-path-").value();
};

TEST_F(RootPath, MissingPartsAreMade) {
  const mode_t old = umask(077);
  ASSERT_TRUE(Make("/a//b/./c").has_value());
  ASSERT_TRUE(Make("/a/f", PathKind::kFile).has_value());
  umask(old);
  struct stat st = {};
  ASSERT_EQ(stat((Root() + "/a/b").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode, static_cast<mode_t>(S_IFDIR | 0755));
  ASSERT_EQ(stat((Root() + "/a/f").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode, static_cast<mode_t>(S_IFREG | 0644));
}

TEST_F(RootPath, LinksStayInsideAndAreKept) {
  ASSERT_TRUE(MakeDirs(dir_.path() + "/outside").has_value());
  Link(dir_.path() + "/outside", "absolute");
  Link("../../../../outside", "dots");
  Link("/nodir", "dangling");
  ASSERT_TRUE(Make("/absolute/x").has_value());
  ASSERT_TRUE(Make("/dots/y").has_value());
  ASSERT_TRUE(Make("/dangling/z").has_value());
  EXPECT_TRUE(ListDir(dir_.path() + "/outside").value().empty());
  EXPECT_TRUE(Exists(Root() + dir_.path() + "/outside/x"));
  EXPECT_TRUE(Exists(Root() + "/outside/y"));
  EXPECT_TRUE(Exists(Root() + "/nodir/z"));
}

TEST_F(RootPath, LoopsAndFilesInTheWayAreErrors) {
  Link("loop", "loop");
  EXPECT_EQ(Make("/loop/x").error().errno_value(), ELOOP);
  ASSERT_TRUE(WriteFile(Root() + "/file", "").has_value());
  EXPECT_EQ(Make("/file/x").error().errno_value(), ENOTDIR);
}

TEST(TmpfsOptions, AreSplitIntoFlagsAndData) {
  const MountOptions plain = ParseTmpfsOptions("", 01777).value();
  EXPECT_EQ(plain.flags, static_cast<unsigned long>(MS_NOSUID | MS_NODEV | MS_NOEXEC));
  EXPECT_EQ(plain.data, "mode=1777");
  const MountOptions full = ParseTmpfsOptions("rw,exec,size=1m,mode=0700,uid=5", 0755).value();
  EXPECT_EQ(full.flags, static_cast<unsigned long>(MS_NOSUID | MS_NODEV));
  EXPECT_EQ(full.data, "size=1m,mode=0700,uid=5");
  EXPECT_EQ(ParseTmpfsOptions("bogus", 0755).error().ToString(),
            "invalid tmpfs option [\"bogus\"]");
  EXPECT_FALSE(ParseTmpfsOptions("size", 0755).has_value());
}

}  // namespace
}  // namespace cowbell
