#include "runtime/rootfs/layer_top.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;

TEST(CopyLayerTop, TakesAllAttributesButTheUnionsOwn) {
  if (geteuid() != 0) GTEST_SKIP() << "owners and trusted attributes need root";
  const TempDir dir = TempDir::Create(::testing::TempDir(), "top-").value();
  const std::string from = dir.path() + "/from";
  const std::string to = dir.path() + "/to";
  ASSERT_TRUE(MakeDirs(from).has_value());
  ASSERT_TRUE(MakeDirs(to, 0700).has_value());
  ASSERT_EQ(chown(from.c_str(), 5, 6), 0);
  ASSERT_EQ(chmod(from.c_str(), 01751), 0);
  ASSERT_EQ(lsetxattr(from.c_str(), "user.a", "1", 1, 0), 0);
  ASSERT_EQ(lsetxattr(from.c_str(), "trusted.overlay.opaque", "y", 1, 0), 0);
  const timespec times[2] = {{1, 2}, {1'400'000'000, 123'456'789}};
  ASSERT_EQ(utimensat(AT_FDCWD, from.c_str(), times, 0), 0);

  const Status copied = CopyLayerTop(from, to);

  ASSERT_TRUE(copied.has_value()) << copied.error().ToString();
  struct stat st = {};
  ASSERT_EQ(stat(to.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777U, 01751U);
  EXPECT_EQ(st.st_uid, 5U);
  EXPECT_EQ(st.st_gid, 6U);
  EXPECT_EQ(st.st_mtim.tv_sec, 1'400'000'000);
  EXPECT_EQ(st.st_mtim.tv_nsec, 123'456'789);
  EXPECT_THAT(XattrNames(to).value(), ElementsAre("user.a"));
}

TEST(CopyLayerTop, NamesWhatIsMissing) {
  EXPECT_EQ(CopyLayerTop("/no-such", "/").error().ToString(),
            "stat '/no-such': No such file or directory (ENOENT)");
}

}  // namespace
}  // namespace cowbell
