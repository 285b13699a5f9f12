#include "runtime/store/containers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/store/container_json.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Id(const std::string& start) { return start + std::string(64 - start.size(), '0'); }

class Containers : public ::testing::Test {
 protected:
  ContainerConfig Add(const std::string& id_start, const std::string& name,
                      const std::string& created = "2024-01-01T00:00:00Z") {
    ContainerConfig config;
    config.id = Id(id_start);
    config.name = name;
    config.created = created;
    const Status status = AddContainer(store_, config);
    EXPECT_TRUE(status.has_value()) << status.error().ToString();
    return config;
  }
  std::string Found(const std::string& reference) {
    const Result<ContainerRecord> record = FindContainer(store_, reference);
    return record.has_value() ? record.value().config.name : record.error().message();
  }
  std::string Conflict(const std::string& name) {
    ContainerConfig config;
    config.id = Id("99");
    config.name = name;
    const Status status = AddContainer(store_, config);
    return status.has_value() ? "" : status.error().message();
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "containers-").value();
  Store store_ = Store::Open(dir_.path() + "/root").value();
};

TEST_F(Containers, TheRootBeginsAsThatOfTheImage) {
  ContainerConfig config;
  config.id = Id("ab");
  config.name = "web";
  config.chain = {std::string(64, '1'), std::string(64, '2')};
  const std::string top = LowerDirs(store_, config.chain).front();
  ASSERT_TRUE(MakeDirs(top).has_value());
  ASSERT_EQ(chmod(top.c_str(), 01751), 0);
  const Status added = AddContainer(store_, config);
  ASSERT_TRUE(added.has_value()) << added.error().ToString();
  struct stat st = {};
  ASSERT_EQ(stat(UpperDir(store_, config.id).c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777U, 01751U);
}

TEST_F(Containers, ANewNameReplacesTheOld) {
  const std::string id = Add("ab", "web").id;
  Add("cd", "db");
  ASSERT_TRUE(RenameContainer(store_, id, "www").has_value());
  EXPECT_EQ(Found("www"), "www");
  EXPECT_EQ(Found("web"), "No such container: web");
  EXPECT_EQ(Found("ab"), "www");
  const Status taken = RenameContainer(store_, id, "db");
  EXPECT_THAT(taken.error().message(), HasSubstr("\"/db\" is already in use by container \"cd"));
  EXPECT_EQ(Found("www"), "www");
  EXPECT_EQ(Conflict("web"), "");
}

TEST_F(Containers, ARenamingThatWasKilledLeavesOneName) {
  const ContainerConfig config = Add("ab", "web");
  // Before the record was written, and after.
  ASSERT_TRUE(WriteFile(store_.NamePath("early"), config.id).has_value());
  EXPECT_EQ(Found("early"), "No such container: early");
  EXPECT_EQ(Found("/web"), "web");
  ASSERT_TRUE(WriteFile(store_.NamePath("old"), config.id).has_value());
  EXPECT_EQ(Conflict("old"), "");
  EXPECT_EQ(Found("web"), "web");
  ASSERT_TRUE(WriteFile(store_.NamePath("late"), config.id).has_value());
  ASSERT_TRUE(RemoveContainer(store_, config).has_value());
  Add("cd", "late");
  EXPECT_EQ(Found("late"), "late");
}

TEST_F(Containers, ItsMonitorRemovesARenamedContainerWithItsName) {
  const ContainerConfig before = Add("ab", "web");
  ASSERT_TRUE(RenameContainer(store_, before.id, "www").has_value());
  ASSERT_TRUE(RemoveContainer(store_, before).has_value());
  EXPECT_THAT(ListDir(store_.root() + "/names").value(), IsEmpty());
}

TEST_F(Containers, AContainerIsKeptForARestartAsLongAsSomebodyWantsIt) {
  const std::string id = Add("ab", "web").id;
  EXPECT_FALSE(IsKeptForRestart(store_, id));
  {
    const Result<FileLock> kept = KeepForRestart(store_, id);
    EXPECT_TRUE(IsKeptForRestart(store_, id));
  }
  EXPECT_FALSE(IsKeptForRestart(store_, id));
}

TEST(ContainerJson, ConfigSurvivesTheRoundTrip) {
  ContainerConfig config;
  config.id = Id("ab");
  config.name = "n";
  config.chain = {"1", "2"};
  config.entrypoint = {"/e", ""};
  config.env = {"A=\"x\"\n", "B="};
  config.labels = {{"k", "v"}};
  config.tty = config.open_stdin = config.auto_remove = config.privileged = true;
  config.stop_timeout = 3;
  config.binds.resize(2);
  config.binds[0].source = "/s";
  config.binds[0].target = "/t";
  config.binds[0].read_only = true;
  config.binds[1].volume = "v";
  config.binds[1].anonymous = true;
  config.binds[1].no_copy = true;
  config.binds[1].by_mount_flag = true;
  config.tmpfs = {{"/tmp", "size=1m"}};
  const Result<ContainerConfig> again = ParseContainerConfig(ToJson(config));
  ASSERT_TRUE(again.has_value()) << again.error().ToString();
  EXPECT_EQ(ToJson(again.value()), ToJson(config));
  EXPECT_EQ(again.value().binds[0].target, "/t");
  EXPECT_TRUE(again.value().binds[0].read_only);
  const BindMount& volume = again.value().binds[1];
  EXPECT_EQ(volume.volume, "v");
  EXPECT_TRUE(volume.anonymous && volume.no_copy && volume.by_mount_flag);
  EXPECT_EQ(again.value().env, config.env);
}

TEST(ContainerJson, StateSurvivesTheRoundTrip) {
  ContainerState state;
  state.state = RunState::kExited;
  state.pid_start = uint64_t{1} << 60;
  state.exit_code = 137;
  state.error = "why";
  state.started_at = "2024-01-01T00:00:00.5Z";
  const Result<ContainerState> again = ParseContainerState(ToJson(state));
  ASSERT_TRUE(again.has_value()) << again.error().ToString();
  EXPECT_EQ(ToJson(again.value()), ToJson(state));
}

TEST(ContainerJson, GarbageIsAnError) {
  for (const char* text : {"", "{", "[]", "{\"id\":1}", "{\"binds\":[{}]}"}) {
    EXPECT_FALSE(ParseContainerConfig(text).has_value()) << text;
  }
  for (const char* text : {"", "{}", "{\"state\":3}"}) {
    EXPECT_FALSE(ParseContainerState(text).has_value()) << text;
  }
}

TEST_F(Containers, AreFoundByNameIdAndPrefix) {
  Add("abc1", "first");
  Add("abd2", "second");
  EXPECT_EQ(Found("first"), "first");
  EXPECT_EQ(Found("/second"), "second");
  EXPECT_EQ(Found(Id("abc1")), "first");
  EXPECT_EQ(Found("abd"), "second");
  EXPECT_EQ(Found("ab"), "Multiple IDs found with provided prefix: ab");
  EXPECT_EQ(Found("ABC1"), "No such container: ABC1");
  EXPECT_EQ(Found("../names"), "No such container: ../names");
  EXPECT_EQ(Found(""), "No such container: ");
}

TEST_F(Containers, AnExactNameWinsOverAPrefix) {
  Add("abc1", "first");
  Add("def2", "abc1");
  EXPECT_EQ(Found("abc1"), "abc1");
}

TEST_F(Containers, ANameIsTakenOnceAndFreeAfterRemoval) {
  const ContainerConfig first = Add("abc1", "web");
  EXPECT_EQ(Conflict("web"),
            "Conflict. The container name \"/web\" is already in use by "
            "container \"" +
                first.id +
                "\". You have to remove (or rename) that container to be able to reuse that name.");
  EXPECT_FALSE(Exists(store_.ContainerDir(Id("99"))));
  ASSERT_TRUE(RemoveContainer(store_, first).has_value());
  EXPECT_EQ(Conflict("web"), "");
}

TEST_F(Containers, ANameWhoseMakerDiedIsTakenOver) {
  ASSERT_TRUE(WriteFile(store_.NamePath("web"), Id("dead")).has_value());
  EXPECT_EQ(Found("web"), "No such container: web");
  EXPECT_EQ(Conflict("web"), "");
  EXPECT_EQ(Found("web"), "web");
}

TEST_F(Containers, ANameWhoseMakerIsAtItIsNot) {
  ASSERT_TRUE(WriteFile(store_.NamePath("web"), Id("dead")).has_value());
  const FileLock maker =
      FileLock::Acquire(store_.NamePath("web"), FileLock::Mode::kExclusive).value();
  EXPECT_THAT(Conflict("web"), HasSubstr("Conflict."));
}

TEST_F(Containers, WhatAKilledCreateLeftIsRemovedByTheNext) {
  const std::string left = store_.TmpDir() + "/container.999999999.1." + Id("77");
  const std::string half_removed = store_.TmpDir() + "/container.999999999.1.gone-" + Id("78");
  ASSERT_TRUE(MakeDirs(left + "/upper").has_value());
  const std::string living = StagingPath(store_, "living").value();
  ASSERT_TRUE(MakeDirs(half_removed + "/upper").has_value());
  ASSERT_TRUE(MakeDirs(living).has_value());
  Add("abc1", "web");
  EXPECT_FALSE(Exists(left));
  EXPECT_FALSE(Exists(half_removed));
  EXPECT_TRUE(Exists(living));
}

TEST_F(Containers, AreListedNewestFirstAndDamagedOnesHideNobody) {
  Add("a1", "old", "2024-01-01T00:00:00Z");
  Add("b2", "new", "2024-01-01T00:00:00.5Z");
  Add("c3", "broken");
  ASSERT_TRUE(WriteFile(store_.ContainerDir(Id("c3")) + "/container.json", "{").has_value());
  std::vector<std::string> names;
  const std::vector<ContainerRecord> records = ListContainers(store_).value();
  for (const ContainerRecord& record : records)
    names.push_back(record.config.name);
  EXPECT_THAT(names, ElementsAre("new", "old", "c30000000000"));
  EXPECT_THAT(Found("broken"), HasSubstr("is damaged (remove it with rm -f)"));
  ContainerConfig id_only;
  id_only.id = Id("c3");
  ASSERT_TRUE(RemoveContainer(store_, id_only).has_value());
  EXPECT_FALSE(Exists(store_.NamePath("broken")));
}

TEST_F(Containers, ARecordOfAKilledMonitorIsRepairedOnRead) {
  const ContainerConfig config = Add("abc1", "web");
  Pipe ready = MakePipe().value();
  const pid_t child = fork();
  if (child == 0) {
    const Result<RunLock> run = RunLock::Begin(store_, config.id);
    ContainerState state;
    state.state = RunState::kRunning;
    state.pid = getpid();
    state.pid_start = ProcessStartTime(getpid()).value();
    if (!run.has_value() || !WriteContainerState(store_, config.id, state).has_value()) _exit(1);
    (void)!write(ready.write.get(), "r", 1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready.read.get(), &byte, 1), 1);
  EXPECT_EQ(FindContainer(store_, "web").value().state.state, RunState::kRunning);
  const RunWatch watch = RunWatch::Open(store_, config.id).value();
  EXPECT_TRUE(watch.Running());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(watch.Running());
  EXPECT_EQ(watch.Wait().value(), 137);
  const ContainerState state = FindContainer(store_, "web").value().state;
  EXPECT_EQ(state.state, RunState::kExited);
  EXPECT_EQ(state.exit_code, 137);
  EXPECT_EQ(state.pid, 0);
  EXPECT_NE(state.finished_at, "");
  EXPECT_EQ(ToJson(ReadContainerState(store_, config.id).value()), ToJson(state));
}

TEST_F(Containers, AnExitThatWasRecordedButNotWrittenBackIsRead) {
  const ContainerConfig config = Add("abc1", "web");
  ContainerState state;
  state.state = RunState::kRunning;
  state.pid = getpid();
  state.pid_start = 1;  // this process started later: the number was used again
  {
    RunLock run = RunLock::Begin(store_, config.id).value();
    ASSERT_TRUE(WriteContainerState(store_, config.id, state).has_value());
    ASSERT_TRUE(run.RecordExit(7).has_value());
  }
  EXPECT_EQ(FindContainer(store_, "web").value().state.exit_code, 7);
}

TEST_F(Containers, WithRmTheRepairIsTheRemoval) {
  ContainerConfig config;
  config.id = Id("abc1");
  config.name = "web";
  config.auto_remove = true;
  ASSERT_TRUE(AddContainer(store_, config).has_value());
  ContainerState state;
  state.state = RunState::kRunning;
  state.pid = getpid();
  state.pid_start = 1;  // this process started later: the number was used again
  ASSERT_TRUE(WriteContainerState(store_, config.id, state).has_value());
  EXPECT_EQ(Found("web"), "No such container: web");
  EXPECT_FALSE(Exists(store_.ContainerDir(config.id)));
  EXPECT_FALSE(Exists(store_.NamePath("web")));
}

TEST_F(Containers, AWatchOutlivesTheContainer) {
  const ContainerConfig config = Add("abc1", "web");
  std::optional<RunWatch> watch;
  {
    RunLock run = RunLock::Begin(store_, config.id).value();
    watch = RunWatch::Open(store_, config.id).value();
    EXPECT_TRUE(watch->Running());
    ASSERT_TRUE(run.RecordExit(42).has_value());
    ASSERT_TRUE(RemoveContainer(store_, config).has_value());
  }
  EXPECT_EQ(watch->Wait().value(), 42);
}

}  // namespace
}  // namespace cowbell
