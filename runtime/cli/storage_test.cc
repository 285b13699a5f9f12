// calf on storage drivers other than the kernel's overlay, end to end.

#include <sys/stat.h>

#include "runtime/cli/calf_fixture.h"
#include "runtime/image/test_archive.h"

namespace cowbell {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

struct DriverCase {
  const char* name;
  std::vector<std::string> flags;
  const char* program;  // that has to be there; empty: none
};

class Driver : public Calf, public ::testing::WithParamInterface<DriverCase> {
 protected:
  // The base image comes as an archive into a store of the driver's own.
  void SetUp() override {
    Calf::SetUp();
    if (IsSkipped()) return;
    if (*GetParam().program != '\0' && access(GetParam().program, X_OK) != 0) {
      GTEST_SKIP() << GetParam().program << " is missing";
    }
    ASSERT_EQ(Code({"create", "--name", "plain", "base", "true"}), 0);
    const std::string archive = Out({"export", "plain"});
    root_ = dir_.path() + "/driver";
    const CommandResult imported = On({"import", "-c", "ENV PATH=/bin", "-", "base"}, archive);
    ASSERT_EQ(imported.status.value, 0) << imported.err;
  }
  void TearDown() override {
    if (!root_.empty()) {
      for (const char* name : {"web", "two", "new"})
        (void)On({"rm", "-f", name});
      EXPECT_EQ(ReadFile("/proc/self/mountinfo").value().find(root_), std::string::npos);
    }
    Calf::TearDown();
  }
  CommandResult On(const std::vector<std::string>& args, const std::string& input = "") const {
    std::vector<std::string> argv = {CALF_EXECUTABLE, "--root", root_};
    argv.insert(argv.end(), GetParam().flags.begin(), GetParam().flags.end());
    argv.insert(argv.end(), args.begin(), args.end());
    CommandOptions options;
    options.input = input;
    return RunCommand(argv, options).value();
  }
  std::string OutOn(const std::vector<std::string>& args) const {
    const CommandResult result = On(args);
    EXPECT_EQ(result.err, "");
    return result.out;
  }

  std::string root_;
};

constexpr char kChange[] =
    "echo new > /srv/f && ln /srv/f /srv/g && rm /input.txt && mkdir /srv/d && chmod 700 /home";

TEST_P(Driver, RunsDiffsExportsCommitsAndCopies) {
  ASSERT_EQ(OutOn({"run", "--name", "web", "base", "sh", "-c", kChange}), "");
  EXPECT_EQ(OutOn({"diff", "web"}),
            "C /home\nD /input.txt\nC /srv\nA /srv/d\nA /srv/f\nA /srv/g\n");
  const std::vector<std::string> entries = EntryLines(OutOn({"export", "web"}));
  EXPECT_THAT(entries, Contains("srv/g=>srv/f"));
  EXPECT_THAT(entries, Not(Contains("input.txt")));
  ASSERT_EQ(On({"commit", "web", "new"}).status.value, 0);
  EXPECT_EQ(OutOn({"image", "inspect", "-f", "{{len .RootFS.Layers}}", "new"}), "2\n");
  EXPECT_EQ(OutOn({"run", "--name", "new", "new", "sh", "-c",
                   "cat /srv/g; ls /input.txt 2>/dev/null; test /srv/f -ef /srv/g && echo same"}),
            "new\nsame\n");
  EXPECT_EQ(OutOn({"cp", "web:/srv/f", dir_.path() + "/f"}), "");
  EXPECT_EQ(ReadFile(dir_.path() + "/f").value(), "new\n");
  ASSERT_TRUE(WriteFile(dir_.path() + "/in", "in\n").has_value());
  EXPECT_EQ(OutOn({"cp", dir_.path() + "/in", "web:/srv/in"}), "");
  EXPECT_THAT(OutOn({"diff", "web"}), HasSubstr("A /srv/in\n"));
  EXPECT_EQ(OutOn({"inspect", "-s", "-f", "{{.SizeRw}}", "web"}), "7\n");
}

TEST_P(Driver, ContainersOfOneImageNeverSeeEachOther) {
  ASSERT_EQ(OutOn({"run", "-d", "--name", "web", "base", "sh", "-c",
                   "echo web > /input.txt; echo up; sleep 1000"})
                .size(),
            65U);
  for (int i = 0; i < 500 && On({"logs", "web"}).out != "up\n"; ++i)
    usleep(10'000);
  EXPECT_EQ(OutOn({"run", "--name", "two", "base", "cat", "/input.txt"}), "image\n");
  EXPECT_EQ(OutOn({"exec", "web", "cat", "/input.txt"}), "web\n");
  EXPECT_EQ(OutOn({"diff", "web"}), "C /input.txt\n");
  ASSERT_EQ(On({"commit", "web", "new"}).status.value, 0);
  EXPECT_EQ(OutOn({"run", "--rm", "new", "cat", "/input.txt"}), "web\n");
  EXPECT_EQ(OutOn({"kill", "web"}), "web\n");
  EXPECT_EQ(On({"wait", "web"}).status.value, 0);
  EXPECT_EQ(OutOn({"start", "web"}), "web\n");
  EXPECT_EQ(OutOn({"exec", "web", "cat", "/input.txt"}), "web\n");
}

TEST_P(Driver, AStoreStaysWithItsDriver) {
  for (const char* other : {"vfs", "overlay"}) {
    const CommandResult result =
        RunCommand({CALF_EXECUTABLE, "--root", root_, "--storage-driver", other, "ps"}).value();
    if (std::string(GetParam().name).rfind(other, 0) == 0) {
      EXPECT_EQ(result.status.value, 0) << result.err;
      continue;
    }
    EXPECT_EQ(result.status.value, 1);
    EXPECT_THAT(result.err, HasSubstr("it was made with --storage-driver "));
  }
  // Without the flag it is what the store says.
  EXPECT_EQ(RunCommand({CALF_EXECUTABLE, "--root", root_, "run", "--name", "web", "base", "cat",
                        "/input.txt"})
                .value()
                .out,
            "image\n");
}

INSTANTIATE_TEST_SUITE_P(Storage, Driver,
                         ::testing::Values(DriverCase{"vfs", {"--storage-driver", "vfs"}, ""},
                                           DriverCase{
                                               "overlay_program",
                                               {"--storage-driver", "overlay", "--storage-opt",
                                                "overlay.mount_program=/usr/bin/fuse-overlayfs"},
                                               "/usr/bin/fuse-overlayfs"}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace cowbell
