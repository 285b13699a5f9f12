#include "runtime/cli/cp_root.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/cli/cp_paths.h"

namespace cowbell {
namespace {

// A store with one container that was never started, made of one layer. Every look at its root
// happens in a child: it changes the mount namespace.
class ContainerRootTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "mounts need root";
    store_.emplace(Store::Open(temp_.path() + "/store").value());
    const std::string chain(64, 'c');
    ASSERT_TRUE(MakeDirs(store_->LayerDiff(chain) + "/etc").has_value());
    ASSERT_TRUE(MakeDirs(store_->LayerDiff(chain) + "/proc").has_value());
    ASSERT_TRUE(WriteFile(store_->LayerDiff(chain) + "/etc/motd", "image").has_value());
    ASSERT_TRUE(MakeDirs(temp_.path() + "/rw").has_value());
    ASSERT_TRUE(MakeDirs(temp_.path() + "/ro").has_value());
    ASSERT_TRUE(WriteFile(temp_.path() + "/ro/file", "bound").has_value());
    ASSERT_TRUE(WriteFile(temp_.path() + "/new", "new").has_value());
    config_.id = std::string(64, 'a');
    config_.name = "c";
    config_.created = "2026-11-23T15:59:24Z";
    config_.chain = {chain};
    config_.binds.resize(2);
    config_.binds[0].source = temp_.path() + "/rw";
    config_.binds[0].target = "/m";
    config_.binds[1].source = temp_.path() + "/ro";
    config_.binds[1].target = "/m/sub";
    config_.binds[1].read_only = true;
    config_.tmpfs = {{"/tm", ""}};
  }

  // "" or the error of copying between the host and the container.
  std::string Copy(CopyDirection direction, const std::string& host, const std::string& inside) {
    if (!added_) {
      EXPECT_TRUE(AddContainer(*store_, config_).has_value());
      added_ = true;
    }
    int fds[2];
    EXPECT_EQ(pipe(fds), 0);
    const pid_t child = fork();
    if (child == 0) {
      const std::string text = CopyHere(direction, host, inside);
      _exit(WriteAll(fds[1], text).has_value() ? 0 : 1);
    }
    close(fds[1]);
    const UniqueFd output(fds[0]);
    const std::string text = ReadAll(output.get()).value();
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return text;
  }

  std::string CopyHere(CopyDirection direction, const std::string& host_path,
                       const std::string& inside) const {
    const UniqueFd host_root = Open("/", O_PATH | O_DIRECTORY).value();
    const Result<ContainerRoot> root = ContainerRoot::Open(*store_, "c", direction);
    if (!root.has_value()) return root.error().ToString();
    const CopyPlace host{host_root.get(), temp_.path() + host_path, "", {}};
    const CopyPlace container{root.value().fd(), inside, "c", root.value().absent()};
    const bool inwards = direction == CopyDirection::kIn;
    uint64_t bytes = 0;
    const auto copied =
        CopyBetween(inwards ? host : container, inwards ? container : host, false, {}, &bytes);
    return copied.has_value() ? "" : copied.error().ToString();
  }
  std::string In(const std::string& host, const std::string& inside) {
    return Copy(CopyDirection::kIn, host, inside);
  }
  std::string Out(const std::string& inside, const std::string& host) {
    return Copy(CopyDirection::kOut, host, inside);
  }

  std::string HostFile(const std::string& path) const {
    const Result<std::string> content = ReadFile(temp_.path() + path);
    return content.has_value() ? content.value() : content.error().ToString();
  }
  std::vector<std::string> Upper() const { return ListDir(UpperDir(*store_, config_.id)).value(); }

  TempDir temp_ = TempDir::Create("/tmp", "views-root-").value();
  std::optional<Store> store_;
  ContainerConfig config_;
  bool added_ = false;
};

TEST_F(ContainerRootTest, WritesIntoTheRwLayerAndNotTheImage) {
  EXPECT_EQ(In("/new", "/etc/motd"), "");
  EXPECT_EQ(Out("/etc/motd", "/back"), "");
  EXPECT_EQ(HostFile("/back"), "new");
  EXPECT_EQ(HostFile("/store/layers/" + std::string(64, 'c') + "/diff/etc/motd"), "image");
  EXPECT_EQ(ReadFile(UpperDir(*store_, config_.id) + "/etc/motd").value(), "new");
}

TEST_F(ContainerRootTest, CopyingOutLeavesTheRwLayerAlone) {
  EXPECT_EQ(Out("/etc/motd", "/back"), "");
  EXPECT_EQ(HostFile("/back"), "image");
  EXPECT_EQ(Out("/m/sub/file", "/bound"), "") << "through mount points that are not there yet";
  EXPECT_EQ(HostFile("/bound"), "bound");
  EXPECT_EQ(Upper(), std::vector<std::string>{});
}

TEST_F(ContainerRootTest, TheDeepestBindWins) {
  EXPECT_EQ(In("/new", "/m/x"), "");
  EXPECT_EQ(HostFile("/rw/x"), "new");
  EXPECT_EQ(In("/new", "/m/sub/x"),
            "Error response from daemon: mounted volume is marked read-only");
  EXPECT_EQ(In("/new", "/m/sub/../y"), "");
  EXPECT_EQ(HostFile("/rw/y"), "new");
  EXPECT_EQ(ListDir(temp_.path() + "/ro").value(), std::vector<std::string>{"file"});
}

TEST_F(ContainerRootTest, ReadOnlyRoot) {
  config_.read_only_root = true;
  EXPECT_EQ(In("/new", "/etc/x"),
            "Error response from daemon: container rootfs is marked read-only");
  EXPECT_EQ(In("/new", "/m/x"), "");
  ASSERT_EQ(symlink("/", (temp_.path() + "/rw/root").c_str()), 0);
  EXPECT_EQ(In("/new", "/m/root/x"),
            "Error response from daemon: container rootfs is marked read-only");
  EXPECT_EQ(Out("/etc/motd", "/back"), "");
  EXPECT_EQ(HostFile("/rw/x"), "new");
}

TEST_F(ContainerRootTest, NothingIsLostInMountsOfTheRunningContainer) {
  EXPECT_EQ(
      In("/new", "/tm/x"),
      "Error response from daemon: \"/tm\" is mounted only while the container runs; start it "
      "first");
  EXPECT_EQ(In("/new", "/proc/x"),
            "Error response from daemon: \"/proc\" is mounted only while the container runs; start "
            "it first");
}

TEST_F(ContainerRootTest, ErrorsOfTheReferenceAndTheBinds) {
  EXPECT_EQ(ContainerRoot::Open(*store_, "none", CopyDirection::kOut).error().message(),
            "No such container: none");
  config_.binds[0].source = temp_.path() + "/gone";
  EXPECT_EQ(In("/new", "/etc/x"),
            "bind source '" + temp_.path() + "/gone': No such file or directory (ENOENT)");
}

TEST_F(ContainerRootTest, NoMountIsLeft) {
  EXPECT_EQ(In("/new", "/etc/x"), "");
  EXPECT_EQ(Out("/etc/x", "/back"), "");
  EXPECT_EQ(ReadFile("/proc/self/mountinfo").value().find(temp_.path()), std::string::npos);
  EXPECT_TRUE(RemoveContainer(*store_, config_).has_value());
}

}  // namespace
}  // namespace cowbell
