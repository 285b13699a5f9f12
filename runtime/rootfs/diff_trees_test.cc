#include "runtime/rootfs/diff_trees.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "runtime/base/file.h"

namespace cowbell {
namespace {

class DiffTreesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* dir : {"now", "before"})
      ASSERT_TRUE(MakeDirs(At(dir)).has_value());
  }
  std::string At(const std::string& path) const { return temp_.path() + "/" + path; }
  void File(const std::string& path, const std::string& content, time_t time = 1000) {
    ASSERT_TRUE(MakeDirs(At(path.substr(0, path.rfind('/')))).has_value());
    ASSERT_TRUE(WriteFile(At(path), content).has_value());
    SetTime(path, time);
  }
  void SetTime(const std::string& path, time_t time) {
    const timespec times[2] = {{time, 5}, {time, 5}};
    ASSERT_EQ(utimensat(AT_FDCWD, At(path).c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  }
  std::string Diff(bool for_layer = false, std::vector<std::string> managed = {}) {
    const UniqueFd now = Open(At("now"), O_PATH | O_DIRECTORY).value();
    const UniqueFd before = Open(At("before"), O_PATH | O_DIRECTORY).value();
    TreeDiffSpec spec{now.get(), before.get(), std::move(managed), for_layer};
    const Result<std::vector<Change>> changes = DiffTrees(spec);
    if (!changes.has_value()) return changes.error().ToString();
    std::string out;
    for (const Change& change : changes.value())
      out += std::string(1, static_cast<char>(change.kind)) + " " + change.path + "\n";
    return out;
  }

  TempDir temp_ = TempDir::Create("/tmp", "diff-trees-").value();
};

TEST_F(DiffTreesTest, AddedChangedDeleted) {
  File("before/t/same", "same");
  File("now/t/same", "same");
  File("before/t/text", "aaaa");
  File("now/t/text", "bbbb");  // equal size and time
  File("before/t/gone/x", "x");
  File("now/t/new/y", "y");
  File("before/t/d2f/x", "x");
  File("now/t/d2f", "f");
  File("before/t/f2d", "f");
  File("now/t/f2d/x", "x");
  EXPECT_EQ(Diff(),
            "C /t\nC /t/d2f\nC /t/f2d\nA /t/f2d/x\nD /t/gone\nA /t/new\nA /t/new/y\nC /t/text\n");
}

TEST_F(DiffTreesTest, TimesOfDirectoriesCountForALayer) {
  for (const char* file : {"before/d/f", "now/d/f"})
    File(file, "f");
  SetTime("before/d", 1);
  SetTime("now/d", 2);
  EXPECT_EQ(Diff(), "");
  EXPECT_EQ(Diff(true), "C /d\n");
}

TEST_F(DiffTreesTest, AllNamesOfAFileThatGotAnother) {
  File("before/d/bar", "bar");
  File("now/d/bar", "bar");
  ASSERT_EQ(link(At("now/d/bar").c_str(), At("now/addl").c_str()), 0);
  SetTime("before/d", 1);
  SetTime("now/d", 1);
  EXPECT_EQ(Diff(), "A /addl\n");
  EXPECT_EQ(Diff(true), "A /addl\nC /d\nC /d/bar\n");
}

TEST_F(DiffTreesTest, PlacesForMountsAreNoChange) {
  File("now/etc/hosts", "");
  ASSERT_TRUE(MakeDirs(At("now/proc")).has_value());
  EXPECT_EQ(Diff(false, {"/etc", "/etc/hosts", "/proc"}), "");
  EXPECT_EQ(Diff(), "A /etc\nA /etc/hosts\nA /proc\n");
}

TEST_F(DiffTreesTest, TheTop) {
  ASSERT_EQ(chmod(At("now").c_str(), 0700), 0);
  EXPECT_EQ(Diff(), "");
  EXPECT_EQ(Diff(true), "C /\n");
}

}  // namespace
}  // namespace cowbell
