// A store of its own with one small image, and calf called on it as its users call it.

#ifndef COWBELL_RUNTIME_CLI_CALF_FIXTURE_H_
#define COWBELL_RUNTIME_CLI_CALF_FIXTURE_H_

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/sha256.h"
#include "runtime/base/text.h"
#include "runtime/image/config.h"
#include "runtime/store/containers.h"
#include "runtime/store/image_record.h"
#include "runtime/store/images.h"
#include "runtime/store/volumes.h"

namespace cowbell {

class Calf : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "containers need root";
    if (access("/bin/busybox", X_OK) != 0) GTEST_SKIP() << "/bin/busybox (static) is missing";
    MakeImage("base", {});
  }

  void TearDown() override {
    if (geteuid() != 0) return;
    const Result<std::vector<ContainerRecord>> left = ListContainers(store_);
    for (const ContainerRecord& record : left.value())
      (void)Run({"rm", "-f", record.config.id});
    EXPECT_THAT(ListDir(store_.root() + "/containers").value(), ::testing::IsEmpty());
    EXPECT_THAT(ListDir(store_.root() + "/names").value(), ::testing::IsEmpty());
    EXPECT_TRUE(ListVolumes(store_).value().empty());
    EXPECT_THAT(ListDir(store_.TmpDir()).value(), ::testing::IsEmpty());
    EXPECT_EQ(ReadFile("/proc/self/mountinfo").value().find(store_.root()), std::string::npos);
  }

  // An image of one layer: busybox, two users, a file that is not executable.
  void MakeImage(const std::string& name, const std::vector<std::string>& cmd) {
    ImageConfigFile file;
    file.config.env = {"PATH=/bin"};
    file.config.cmd = cmd;
    file.created = NowText();
    file.os = "linux";
    file.diff_ids = {"sha256:" + RandomHex(32)};
    const std::string blob = EncodeImageConfig(file);
    ImageRecord image;
    image.id = Sha256Hex(blob);
    image.chain = {ChainId("", file.diff_ids[0])};
    image.diff_ids = file.diff_ids;
    image.config = file.config;
    image.created = file.created;
    image.os = file.os;
    const std::string root = store_.LayerDiff(image.chain[0]);
    for (const char* dir : {"/bin", "/etc", "/srv", "/home/alice", "/tmp"})
      ASSERT_TRUE(MakeDirs(root + dir).has_value());
    ASSERT_EQ(chmod((root + "/tmp").c_str(), 01777), 0);
    ASSERT_TRUE(
        WriteFile(root + "/bin/busybox", ReadFile("/bin/busybox").value(), 0755).has_value());
    for (const char* applet :
         {"chmod", "chown", "cat",   "cp",     "echo",  "env",  "grep", "head", "id",
          "ln",    "ls",    "mkdir", "mkfifo", "mknod", "mv",   "ps",   "pwd",  "rm",
          "sh",    "sleep", "sync",  "test",   "touch", "true", "tty",  "wc"}) {
      ASSERT_EQ(symlink("busybox", (root + "/bin/" + applet).c_str()), 0);
    }
    ASSERT_TRUE(WriteFile(root + "/etc/passwd",
                          "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n")
                    .has_value());
    ASSERT_TRUE(WriteFile(root + "/etc/group", "staff:x:50:alice\n").has_value());
    ASSERT_TRUE(WriteFile(root + "/input.txt", "image\n", 0644).has_value());
    ASSERT_TRUE(WriteFile(store_.LayerDir(image.chain[0]) + "/layer.json",
                          EncodeLayerRecord({image.diff_ids[0], 0}))
                    .has_value());
    ASSERT_TRUE(WriteFile(store_.BlobPath(image.id), blob).has_value());
    ASSERT_TRUE(MakeDirs(store_.ImageDir(image.id)).has_value());
    ASSERT_TRUE(WriteFile(ImageRecordPath(store_, image.id), EncodeImageRecord(image)).has_value());
    ASSERT_TRUE(SetTag(store_, name + ":latest", image.id, "").has_value());
  }

  std::vector<std::string> Argv(const std::vector<std::string>& args) const {
    std::vector<std::string> argv = {CALF_EXECUTABLE, "--root", store_.root()};
    argv.insert(argv.end(), args.begin(), args.end());
    return argv;
  }
  CommandResult Run(const std::vector<std::string>& args, const std::string& input = "") const {
    CommandOptions options;
    options.input = input;
    const Result<CommandResult> result = RunCommand(Argv(args), options);
    EXPECT_TRUE(result.has_value()) << result.error().ToString();
    return result.has_value() ? result.value() : CommandResult();
  }
  int Code(const std::vector<std::string>& args) const { return Run(args).status.value; }
  std::string Out(const std::vector<std::string>& args) const {
    const CommandResult result = Run(args);
    EXPECT_EQ(result.err, "");
    return result.out;
  }
  // A background container whose shell says "up" when it is ready.
  void Start(const std::string& name, const std::string& script,
             std::vector<std::string> flags = {}) {
    std::vector<std::string> args = {"run", "-d", "--name", name};
    args.insert(args.end(), flags.begin(), flags.end());
    for (const char* word : {"base", "sh", "-c"})
      args.emplace_back(word);
    args.push_back(script);
    ASSERT_THAT(Run(args).out, ::testing::MatchesRegex("[0-9a-f]{64}\n"));
  }
  // Waits until the log of a container holds `text`.
  void AwaitLog(const std::string& name, const std::string& text) const {
    for (int i = 0; i < 500 && Run({"logs", name}).out.find(text) == std::string::npos; ++i)
      usleep(10'000);
  }
  ContainerState State(const std::string& name) {
    return FindContainer(store_, name).value().state;
  }
  std::string IdOf(const std::string& name) {
    return FindContainer(store_, name).value().config.id;
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "calf-").value();
  Store store_ = Store::Open(dir_.path() + "/root").value();
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_CALF_FIXTURE_H_
