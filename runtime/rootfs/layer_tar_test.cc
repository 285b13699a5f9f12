#include "runtime/rootfs/layer_tar.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/image/test_archive.h"
#include "runtime/rootfs/overlay.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Changes made through a real overlay of one lower directory.
class LayerTar : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "overlays need root's privilege";
    for (const char* dir : {"lower", "upper", "work"})
      ASSERT_TRUE(MakeDirs(At(dir)).has_value());
  }
  // Call when the lower directory is complete.
  void Mount() {
    mount_ = MountOverlay({{At("lower")}, At("upper"), At("work")}).value();
    root_ = "/proc/self/fd/" + std::to_string(mount_.get()) + "/";
  }
  std::string At(const std::string& name) { return dir_.path() + "/" + name; }
  std::string In(const std::string& name) { return root_ + name; }
  void Write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(MakeDirs(path.substr(0, path.rfind('/'))).has_value());
    ASSERT_TRUE(WriteFile(path, text).has_value());
  }

  Result<std::string> Bytes() {
    DiffSpec spec;
    spec.upper_dir = At("upper");
    spec.lower_dirs = {At("lower")};
    spec.for_layer = true;
    spec.top_below = At("lower");
    const std::vector<Change> changes = TRY(DiffLayers(spec));
    std::string out;
    TRY(WriteLayerTar(mount_.get(), changes, [&](std::string_view bytes) {
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
  UniqueFd mount_;
  std::string root_;
};

TEST_F(LayerTar, NothingChangedIsAnEmptyArchive) {
  Write(At("lower/f"), "old");
  Mount();
  EXPECT_THAT(Entries(), IsEmpty());
  EXPECT_EQ(Bytes().value(), std::string(1024, '\0'));
}

TEST_F(LayerTar, DeletionsComeBeforeTheirSiblings) {
  for (const char* name : {"lower/d/keep", "lower/d/zz", "lower/gone/x", "lower/z"})
    Write(At(name), "old");
  Mount();
  Write(In("d/a"), "new");
  Write(In("a"), "new");
  ASSERT_EQ(unlink(In("d/zz").c_str()), 0);
  ASSERT_EQ(unlink(In("z").c_str()), 0);
  ASSERT_TRUE(RemoveTree(In("gone")).has_value());
  EXPECT_THAT(Entries(), ElementsAre(".wh.gone", ".wh.z", "a", "d/", "d/.wh.zz", "d/a"));
  EXPECT_EQ(Bytes().value(), Bytes().value());
}

TEST_F(LayerTar, ADirectoryMadeAnewHasExplicitDeletions) {
  Write(At("lower/d/x"), "old");
  Write(At("lower/d/sub/y"), "old");
  Mount();
  ASSERT_TRUE(RemoveTree(In("d")).has_value());
  Write(In("d/new"), "new");
  ASSERT_EQ(mkdir(In("d/sub").c_str(), 0755), 0);
  EXPECT_THAT(Entries(), ElementsAre("d/", "d/.wh.x", "d/new", "d/sub/", "d/sub/.wh.y"));
}

TEST_F(LayerTar, LinksStayLinks) {
  Write(At("lower/bar"), "old");
  Mount();
  ASSERT_EQ(link(In("bar").c_str(), In("addl").c_str()), 0);
  Write(In("f1"), "new");
  ASSERT_EQ(link(In("f1").c_str(), In("f2").c_str()), 0);
  ASSERT_EQ(link(In("f2").c_str(), In("f3").c_str()), 0);
  EXPECT_THAT(Entries(), ElementsAre("addl", "bar=>addl", "f1", "f2=>f1", "f3=>f1"));
}

TEST_F(LayerTar, RedirectedDirectoriesAndMetadataOnlyCopiesAreWhole) {
  Write(At("lower/big"), std::string(100000, 'b'));
  Write(At("lower/d/x"), "old");
  // The options are those of a kernel whose defaults were changed.
  mount_.reset(fsopen("overlay", FSOPEN_CLOEXEC));
  const std::pair<const char*, std::string> options[] = {
      {"lowerdir", At("lower")}, {"upperdir", At("upper")}, {"workdir", At("work")},
      {"redirect_dir", "on"},    {"metacopy", "on"},
  };
  for (const auto& [key, value] : options)
    ASSERT_EQ(fsconfig(mount_.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0), 0) << key;
  ASSERT_EQ(fsconfig(mount_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), 0);
  mount_.reset(fsmount(mount_.get(), FSMOUNT_CLOEXEC, 0));
  ASSERT_TRUE(mount_.valid());
  root_ = "/proc/self/fd/" + std::to_string(mount_.get()) + "/";
  ASSERT_EQ(chmod(In("big").c_str(), 0600), 0);
  ASSERT_EQ(rename(In("d").c_str(), In("e").c_str()), 0);
  ASSERT_GT(lgetxattr(At("upper/e").c_str(), "trusted.overlay.redirect", nullptr, 0), 0);
  EXPECT_THAT(Entries(), ElementsAre(".wh.d", "big", "e/", "e/x"));
  EXPECT_THAT(Bytes().value(), HasSubstr(std::string(100000, 'b')));
}

TEST_F(LayerTar, TheTopIsAnEntryWhenItDiffers) {
  Write(At("lower/f"), "old");
  Mount();
  ASSERT_EQ(chmod(root_.c_str(), 0700), 0);
  EXPECT_THAT(Entries(), ElementsAre("./"));
}

TEST_F(LayerTar, ADirectoryWithAnotherTimeAlone) {
  Write(At("lower/d/f"), "old");
  Mount();
  const timespec times[2] = {{0, UTIME_OMIT}, {1500000000, 5}};
  ASSERT_EQ(utimensat(AT_FDCWD, In("d").c_str(), times, 0), 0);
  EXPECT_THAT(Entries(), ElementsAre("d/"));
}

TEST_F(LayerTar, RefusesNamesThatWouldDelete) {
  Write(At("lower/x"), "old");
  Mount();
  Write(In(".wh.x"), "");
  EXPECT_THAT(Bytes().error().ToString(), HasSubstr("'/.wh.x': the name begins with '.wh.'"));
}

}  // namespace
}  // namespace cowbell
