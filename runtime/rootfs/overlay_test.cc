#include "runtime/rootfs/overlay.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/rootfs/mount_points.h"
#include "runtime/rootfs/overlay_options.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(OverlayOptions, NamesAreShortAndFitOnePage) {
  const OverlaySpec spec{{"/l/top", "/l/bottom"}, "/c/upper", "/c/work"};
  EXPECT_EQ(OverlayOptions(spec), "lowerdir=0:1,upperdir=up,workdir=wk");
  EXPECT_THAT(OverlayLinks(spec), ElementsAre(Pair("0", "/l/top"), Pair("1", "/l/bottom"),
                                              Pair("up", "/c/upper"), Pair("wk", "/c/work")));
  const OverlaySpec many{std::vector<std::string>(500, "/x"), "/u", "/w"};
  EXPECT_LT(OverlayOptions(many).size(), 4096U);
  EXPECT_EQ(OverlayLinks(many)[499].first, "dv");
}

// Mounts need root and a directory on a file system that can hold an upper.
class Overlay : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    if (*GetParam() != '\0') setenv("CALF_OVERLAY_API", GetParam(), 1);
  }
  void TearDown() override { unsetenv("CALF_OVERLAY_API"); }

  // `count` layers, top first, each with a file of its own and one that all of them have.
  OverlaySpec Layers(size_t count) {
    OverlaySpec spec;
    for (size_t i = 0; i < count; ++i) {
      const std::string layer = dir_.path() + "/layer" + std::to_string(i);
      EXPECT_TRUE(MakeDirs(layer).has_value());
      EXPECT_TRUE(WriteFile(layer + "/own" + std::to_string(i), "x").has_value());
      EXPECT_TRUE(WriteFile(layer + "/over", std::to_string(i)).has_value());
      spec.lower_dirs.push_back(layer);
    }
    spec.upper_dir = dir_.path() + "/upper";
    spec.work_dir = dir_.path() + "/work";
    EXPECT_TRUE(MakeDirs(spec.upper_dir).has_value());
    EXPECT_TRUE(MakeDirs(spec.work_dir).has_value());
    return spec;
  }
  static std::string Read(const UniqueFd& root, const std::string& path) {
    const Result<UniqueFd> fd = OpenInRoot(root.get(), path, O_RDONLY);
    return fd.has_value() ? ReadAll(fd.value().get()).value() : fd.error().ToString();
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "overlay-").value();
};

TEST_P(Overlay, FiveHundredLayersAreOneTree) {
  const OverlaySpec spec = Layers(500);
  const Result<UniqueFd> root = MountOverlay(spec);
  ASSERT_TRUE(root.has_value()) << root.error().ToString();
  EXPECT_EQ(Read(root.value(), "over"), "0");
  EXPECT_EQ(Read(root.value(), "own499"), "x");
  EXPECT_EQ(ListDirFd(root.value().get()).value().size(), 501U);
  const UniqueFd file = OpenAt(root.value().get(), "new", O_WRONLY | O_CREAT, 0644).value();
  EXPECT_TRUE(Exists(spec.upper_dir + "/new"));
}

TEST_P(Overlay, NothingStaysBehind) {
  const std::string before = ReadFile("/proc/self/mountinfo").value();
  {
    const Result<UniqueFd> root = MountOverlay(Layers(2));
    ASSERT_TRUE(root.has_value()) << root.error().ToString();
    EXPECT_EQ(ReadFile("/proc/self/mountinfo").value(), before);
  }
  EXPECT_EQ(ReadFile("/proc/self/mountinfo").value(), before);
}

TEST_P(Overlay, InodeNumbersSurviveCopyUp) {
  const Result<UniqueFd> root = MountOverlay(Layers(2));
  ASSERT_TRUE(root.has_value()) << root.error().ToString();
  struct stat before = {};
  struct stat after = {};
  ASSERT_EQ(fstatat(root.value().get(), "own1", &before, 0), 0);
  ASSERT_EQ(fchmodat(root.value().get(), "own1", 0600, 0), 0);
  ASSERT_EQ(fstatat(root.value().get(), "own1", &after, 0), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_dev, after.st_dev);
}

TEST_P(Overlay, TooManyLayersAreRefused) {
  OverlaySpec spec = Layers(1);
  spec.lower_dirs.assign(501, spec.lower_dirs[0]);
  EXPECT_EQ(MountOverlay(spec).error().ToString(),
            "mount the overlay: 501 layers; an overlay has 1 to 500: Invalid argument (EINVAL)");
}

TEST_P(Overlay, AnUpperOnAnOverlayIsExplained) {
  const Result<UniqueFd> outer = MountOverlay(Layers(2));
  ASSERT_TRUE(outer.has_value()) << outer.error().ToString();
  ASSERT_EQ(mkdirat(outer.value().get(), "u", 0755), 0);
  ASSERT_EQ(mkdirat(outer.value().get(), "w", 0755), 0);
  const std::string base = "/proc/self/fd/" + std::to_string(outer.value().get());
  const Result<UniqueFd> inner =
      MountOverlay({{dir_.path() + "/layer0"}, base + "/u", base + "/w"});
  ASSERT_FALSE(inner.has_value());
  EXPECT_THAT(inner.error().ToString(), HasSubstr("use --root on another volume"));
}

TEST_P(Overlay, ABackslashIsACharacterAsAnyOther) {
  OverlaySpec spec = Layers(2);
  const std::string base = dir_.path() + "/a\\b:c,d";
  for (std::string* path : {&spec.lower_dirs[0], &spec.upper_dir, &spec.work_dir}) {
    const std::string moved = base + path->substr(dir_.path().size());
    ASSERT_TRUE(MakeDirs(base).has_value());
    ASSERT_EQ(rename(path->c_str(), moved.c_str()), 0);
    *path = moved;
  }
  const Result<UniqueFd> root = MountOverlay(spec);
  ASSERT_TRUE(root.has_value()) << root.error().ToString();
  EXPECT_EQ(Read(root.value(), "over"), "0");
  const UniqueFd file = OpenAt(root.value().get(), "new", O_WRONLY | O_CREAT, 0644).value();
  EXPECT_TRUE(Exists(spec.upper_dir + "/new"));
}

TEST_P(Overlay, AFileSystemThatListsNoFileTypesIsRefused) {
  const std::string image = dir_.path() + "/image";
  const std::string at = dir_.path() + "/mounted";
  ASSERT_TRUE(WriteFile(image, "").has_value());
  ASSERT_EQ(truncate(image.c_str(), off_t{16} << 20), 0);
  ASSERT_TRUE(MakeDirs(at).has_value());
  const auto made = RunCommand({"mkfs.ext4", "-q", "-O", "^filetype", image});
  const auto mounted = RunCommand({"mount", "-o", "loop", image, at});
  if (!made.has_value() || !made.value().status.ok() || !mounted.has_value() ||
      !mounted.value().status.ok()) {
    GTEST_SKIP() << "needs mkfs.ext4 and loop devices";
  }
  const OverlaySpec spec{Layers(1).lower_dirs, at + "/upper", at + "/work"};
  EXPECT_TRUE(MakeDirs(spec.upper_dir).has_value());
  EXPECT_TRUE(MakeDirs(spec.work_dir).has_value());
  const Result<UniqueFd> root = MountOverlay(spec);
  EXPECT_FALSE(root.has_value());
  EXPECT_THAT(root.has_value() ? "" : root.error().ToString(), HasSubstr("d_type"));
  EXPECT_EQ(umount2(at.c_str(), MNT_DETACH), 0);
}

TEST_P(Overlay, TheInitLayerHoldsWhatIsMissingAndNothingElse) {
  OverlaySpec image = Layers(1);
  const std::string layer = image.lower_dirs[0];
  ASSERT_TRUE(MakeDirs(layer + "/etc").has_value());
  ASSERT_EQ(chmod((layer + "/etc").c_str(), 0711), 0);
  ASSERT_TRUE(WriteFile(layer + "/etc/hosts", "own").has_value());
  ASSERT_EQ(symlink("/host", (layer + "/proc").c_str()), 0);
  ASSERT_EQ(symlink("../../host", (layer + "/etc/hostname").c_str()), 0);
  const std::string target = dir_.path() + "/init";
  const Status built = BuildInitLayer(image.lower_dirs, dir_.path() + "/staging", target);
  ASSERT_TRUE(built.has_value()) << built.error().ToString();
  EXPECT_FALSE(Exists(dir_.path() + "/staging"));
  image.lower_dirs.insert(image.lower_dirs.begin(), target);
  const Result<UniqueFd> root = MountOverlay(image);
  ASSERT_TRUE(root.has_value()) << root.error().ToString();
  EXPECT_EQ(Read(root.value(), "etc/hosts"), "own");
  EXPECT_EQ(Read(root.value(), "etc/hostname"), "");
  struct stat st = {};
  ASSERT_EQ(fstatat(root.value().get(), "proc", &st, AT_SYMLINK_NOFOLLOW), 0);
  EXPECT_TRUE(S_ISDIR(st.st_mode));
  ASSERT_EQ(fstatat(root.value().get(), "etc", &st, AT_SYMLINK_NOFOLLOW), 0);
  EXPECT_EQ(st.st_mode & 07777, 0711U);
  EXPECT_FALSE(Exists(dir_.path() + "/host"));
}

INSTANTIATE_TEST_SUITE_P(Api, Overlay, ::testing::Values("", "old"), [](const auto& param) {
  return std::string(*param.param == '\0' ? "New" : "Old");
});

}  // namespace
}  // namespace cowbell
