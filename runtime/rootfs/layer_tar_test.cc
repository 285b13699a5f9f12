#include "runtime/rootfs/layer_tar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/image/test_archive.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LayerTar : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "whiteout devices need root's privilege";
    ASSERT_EQ(mkdir(Path("").c_str(), 0755), 0);
    ASSERT_EQ(chmod(Path("").c_str(), 0755), 0);
  }
  std::string Path(const std::string& name) { return dir_.path() + "/upper/" + name; }
  Result<std::string> Bytes() {
    std::string out;
    TRY(WriteLayerTar(dir_.path() + "/upper", "", [&](std::string_view bytes) -> Status {
      out.append(bytes);
      return Ok();
    }));
    return out;
  }
  std::vector<std::string> Entries() {
    const Result<std::string> bytes = Bytes();
    if (!bytes.has_value()) return {bytes.error().ToString()};
    return EntryLines(bytes.value());
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "layer-tar-").value();
};

TEST_F(LayerTar, SaysWhatTheDirectorySays) {
  ASSERT_EQ(mkdir(Path("d").c_str(), 0755), 0);
  ASSERT_EQ(setxattr(Path("d").c_str(), "trusted.overlay.opaque", "y", 1, 0), 0);
  ASSERT_EQ(setxattr(Path("d").c_str(), "trusted.overlay.origin", "o", 1, 0), 0);
  ASSERT_TRUE(WriteFile(Path("d/f"), "text").has_value());
  ASSERT_EQ(setxattr(Path("d/f").c_str(), "user.a", "1", 1, 0), 0);
  ASSERT_EQ(link(Path("d/f").c_str(), Path("e").c_str()), 0);
  ASSERT_EQ(mknod(Path("gone").c_str(), S_IFCHR, makedev(0, 0)), 0);
  ASSERT_EQ(symlink("t", Path("l").c_str()), 0);
  ASSERT_EQ(mkfifo(Path("p").c_str(), 0600), 0);
  EXPECT_THAT(Entries(), ElementsAre("d/", "d/.wh..wh..opq", "d/f +user.a=1", "e=>d/f", ".wh.gone",
                                     "l->t", "p"));
  EXPECT_EQ(Bytes().value(), Bytes().value());
}

TEST_F(LayerTar, TheTopIsAnEntryWhenItDiffers) {
  EXPECT_THAT(Entries(), ElementsAre());
  ASSERT_EQ(chmod(Path("").c_str(), 0700), 0);
  EXPECT_THAT(Entries(), ElementsAre("./"));
}

TEST_F(LayerTar, RefusesWhatALayerCannotSay) {
  ASSERT_EQ(mkdir(Path("d").c_str(), 0755), 0);
  ASSERT_EQ(setxattr(Path("d").c_str(), "trusted.overlay.redirect", "/x", 2, 0), 0);
  EXPECT_THAT(Bytes().error().ToString(), HasSubstr("'/d': 'trusted.overlay.redirect'"));
  ASSERT_TRUE(RemoveTree(Path("d")).has_value());
  ASSERT_TRUE(WriteFile(Path(".wh.x"), "").has_value());
  EXPECT_THAT(Bytes().error().ToString(), HasSubstr("which marks deletions in a layer"));
}

}  // namespace
}  // namespace cowbell
