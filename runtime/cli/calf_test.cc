// calf as its users call it, end to end: needs root and a real file system, uses a store of its
// own.

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/cli/calf_fixture.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr char kHint[] = "\n\nRun 'calf run --help' for more information\n";
constexpr char kTask[] =
    "calf: Error response from daemon: failed to create task for container: unable to start "
    "container process: exec: ";

TEST_F(Calf, ExitCodesAreThoseOfTheProcess) {
  for (const int code : {0, 1, 42, 125, 127, 137, 255}) {
    const CommandResult result =
        Run({"run", "--rm", "base", "sh", "-c", "exit " + std::to_string(code)});
    EXPECT_EQ(result.status.value, code);
    EXPECT_EQ(result.err, "");
  }
  EXPECT_EQ(Code({"run", "--rm", "base", "sh", "-c", "exit 300"}), 44);
}

TEST_F(Calf, StartFailuresHaveDockersTextsAndCodes) {
  const struct {
    std::vector<std::string> args;
    int code;
    std::string err;
  } kCases[] = {
      {{"nosuch"},
       127,
       kTask + std::string("\"nosuch\": executable file not found in $PATH: unknown")},
      {{"./nosuch"},
       127,
       kTask + std::string("\"./nosuch\": stat ./nosuch: no such file or directory: unknown")},
      {{"/etc"}, 126, kTask + std::string("\"/etc\": permission denied: unknown")},
      {{"/input.txt"}, 126, kTask + std::string("\"/input.txt\": permission denied: unknown")},
      {{"--", "true"},
       127,
       kTask + std::string("\"--\": executable file not found in $PATH: unknown")},
  };
  for (const auto& c : kCases) {
    std::vector<std::string> args = {"run", "--rm", "base"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const CommandResult result = Run(args);
    EXPECT_EQ(result.status.value, c.code);
    EXPECT_EQ(result.err, c.err + kHint);
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(Calf, EngineErrorsOfRunHaveDockersTexts) {
  const std::string daemon = "calf: Error response from daemon: ";
  const struct {
    std::vector<std::string> flags;
    std::string err;
  } kCases[] = {
      {{"-u", "nosuch"}, daemon + "unable to find user nosuch: no matching entries in passwd file"},
      {{"-w", "rel"},
       daemon + "the working directory 'rel' is invalid, it needs to be an absolute path"},
      {{"-w", "/input.txt"}, daemon + "Cannot mkdir: /input.txt is not a directory"},
      {{"--cap-add", "BOGUS"}, daemon + "invalid CapAdd: unknown capability: \"CAP_BOGUS\""},
      {{"--restart", "always"},
       "calf: conflicting options: cannot specify both --restart and --rm"},
      {{"--mount", "type=bogus,dst=/x"},
       daemon + "invalid mount config for type \"bogus\": mount type unknown"},
      {{"--mount", "color=red"},
       "invalid argument \"color=red\" for \"--mount\" flag: unexpected key 'color' in "
       "'color=red'"},
      {{"-m", "20m"}, "calf: --memory is not supported by this version of calf"},
  };
  for (const auto& c : kCases) {
    std::vector<std::string> args = {"run", "--rm"};
    args.insert(args.end(), c.flags.begin(), c.flags.end());
    args.insert(args.end(), {"base", "true"});
    const CommandResult result = Run(args);
    EXPECT_EQ(result.status.value, 125);
    EXPECT_THAT(result.err, StartsWith(c.err));
    EXPECT_EQ(result.out, "");
  }
  const CommandResult never = Run({"run", "--pull", "never", "x", "true"});
  EXPECT_EQ(never.status.value, 125);
  EXPECT_EQ(never.err, daemon + "No such image: x:latest" + kHint);
  EXPECT_EQ(Run({"run", "base"}).err, daemon + "No command specified" + kHint);
  EXPECT_THAT(Run({"run", "--rm", "-v", "/dev/null:/etc", "base", "true"}).err,
              HasSubstr("not a directory"));
}

TEST_F(Calf, EveryByteOfBothStreamsArrives) {
  const CommandResult result =
      Run({"run", "--name", "web", "base", "sh", "-c", "echo a; printf b; printf e >&2"});
  EXPECT_EQ(result.out, "a\nb");
  EXPECT_EQ(result.err, "e");
  const CommandResult logs = Run({"logs", "web"});
  EXPECT_EQ(logs.out, "a\nb");
  EXPECT_EQ(logs.err, "e");
  const CommandResult bulk = Run({"run", "--rm", "base", "head", "-c", "3000000", "/dev/zero"});
  EXPECT_EQ(bulk.out, std::string(3000000, '\0'));
}

TEST_F(Calf, StdinIsForwardedOnlyWhenAsked) {
  std::string bytes;
  for (int i = 0; i < 300000; ++i)
    bytes += static_cast<char>(i * 7);
  EXPECT_EQ(Run({"run", "--rm", "-i", "base", "cat"}, bytes).out, bytes);
  EXPECT_EQ(Run({"run", "--rm", "base", "cat"}, bytes).out, "");
  EXPECT_EQ(Run({"run", "--rm", "-it", "base", "cat"}, "x").err, "the input device is not a TTY\n");
  EXPECT_EQ(Run({"run", "--rm", "-it", "base", "cat"}, "x").status.value, 1);
}

TEST_F(Calf, ATerminalMergesTheStreams) {
  EXPECT_EQ(Run({"run", "--rm", "-t", "base", "sh", "-c", "echo o; echo e >&2; tty"}).out,
            "o\r\ne\r\n/dev/pts/0\r\n");
}

TEST_F(Calf, ASecondStartGoesOnWithTheSameLayer) {
  EXPECT_EQ(Run({"run", "--name", "web", "-e", "A=1", "-u", "1000", "-w", "/srv", "base", "sh",
                 "-c", "echo \"$A $(id -u) $(pwd)\" >> /tmp/log; wc -l < /tmp/log"})
                .out,
            "1\n");
  EXPECT_EQ(Out({"start", "-a", "web"}), "2\n");
  EXPECT_EQ(Out({"start", "-a", "web"}), "3\n");
  EXPECT_EQ(Out({"logs", "web"}), "1\n2\n3\n");
  EXPECT_EQ(Out({"logs", "--tail", "1", "web"}), "3\n");
  EXPECT_EQ(ReadFile(UpperDir(store_, IdOf("web")) + "/tmp/log").value(),
            "1 1000 /srv\n1 1000 /srv\n1 1000 /srv\n");
  // Nothing but what the container wrote is in its layer.
  EXPECT_THAT(ListDir(UpperDir(store_, IdOf("web"))).value(), ElementsAre("tmp"));
}

TEST_F(Calf, ALostLayerIsNeverReplacedByAnEmptyOne) {
  ASSERT_EQ(Code({"create", "--name", "web", "base", "true"}), 0);
  const std::string upper = UpperDir(store_, IdOf("web"));
  ASSERT_EQ(rename(upper.c_str(), (upper + ".away").c_str()), 0);
  const CommandResult result = Run({"start", "web"});
  EXPECT_EQ(result.status.value, 1);
  EXPECT_THAT(result.err, HasSubstr("the RW layer of container"));
  EXPECT_FALSE(Exists(upper));
}

TEST_F(Calf, CreateMakesButDoesNotRun) {
  const CommandResult result = Run({"create", "--name", "web", "base", "touch", "/ran"});
  EXPECT_THAT(result.out, MatchesRegex("[0-9a-f]{64}\n"));
  EXPECT_EQ(State("web").state, RunState::kCreated);
  EXPECT_FALSE(Exists(UpperDir(store_, IdOf("web")) + "/ran"));
}

TEST_F(Calf, AContainerThatCannotStartExistsAndSaysWhy) {
  EXPECT_EQ(Code({"run", "--name", "web", "base", "nosuch"}), 127);
  EXPECT_EQ(State("web").state, RunState::kCreated);
  EXPECT_EQ(State("web").exit_code, 127);
  EXPECT_EQ(Out({"wait", "web"}), "127\n");
  const CommandResult again = Run({"start", "web"});
  EXPECT_EQ(again.status.value, 1);
  EXPECT_THAT(again.err, HasSubstr("executable file not found in $PATH"));
  EXPECT_THAT(again.err, HasSubstr("Error: failed to start containers: web\n"));
  EXPECT_EQ(Out({"rm", "web"}), "web\n");
}

TEST_F(Calf, NamesAreUnique) {
  ASSERT_EQ(Code({"create", "--name", "web", "base", "true"}), 0);
  const std::string conflict =
      "Error response from daemon: Conflict. The container name \"/web\" is already in use by "
      "container \"" +
      IdOf("web") +
      "\". You have to remove (or rename) that container to be able to reuse that name.";
  const CommandResult create = Run({"create", "--name", "web", "base", "true"});
  EXPECT_EQ(create.status.value, 1);
  EXPECT_EQ(create.err, conflict + "\n");
  const CommandResult run = Run({"run", "--name", "web", "base", "true"});
  EXPECT_EQ(run.status.value, 125);
  EXPECT_EQ(run.err, "calf: " + conflict + kHint);
}

TEST_F(Calf, TheCidFileIsThereExactlyWhenTheContainerIs) {
  const std::string path = dir_.path() + "/cid";
  EXPECT_EQ(Code({"run", "--cidfile", path, "base"}), 125);
  EXPECT_FALSE(Exists(path));
  const CommandResult created = Run({"create", "--cidfile", path, "--name", "web", "base", "true"});
  EXPECT_EQ(ReadFile(path).value() + "\n", created.out);
  const CommandResult again = Run({"run", "--cidfile", path, "base", "true"});
  EXPECT_EQ(again.status.value, 125);
  EXPECT_THAT(again.err, StartsWith("calf: container ID file found, make sure the other container "
                                    "isn't running or delete "));
}

TEST_F(Calf, StopKillAndWait) {
  Start("trap", "trap 'exit 42' TERM; echo up; while :; do sleep 0.01; done");
  AwaitLog("trap", "up");
  EXPECT_EQ(Out({"stop", "trap"}), "trap\n");
  EXPECT_EQ(Out({"wait", "trap"}), "42\n");
  EXPECT_EQ(Out({"stop", "trap"}), "trap\n");
  EXPECT_EQ(State("trap").exit_code, 42);

  Start("deaf", "sleep 1000");
  const std::string prefix = IdOf("deaf").substr(0, 12);
  EXPECT_EQ(Out({"start", "deaf"}), "deaf\n");  // running: nothing to do
  EXPECT_EQ(Out({"stop", "-t", "0", prefix}), prefix + "\n");
  EXPECT_EQ(Out({"wait", "deaf", "trap"}), "137\n42\n");

  const CommandResult kill = Run({"kill", "deaf"});
  EXPECT_EQ(kill.status.value, 1);
  EXPECT_EQ(kill.err, "Error response from daemon: Cannot kill container: deaf: Container " +
                          IdOf("deaf") + " is not running\n");
  EXPECT_EQ(Run({"kill", "-s", "NOPE", "deaf"}).err,
            "Error response from daemon: Invalid signal: NOPE\n");
  EXPECT_EQ(Run({"kill", "x"}).err,
            "Error response from daemon: Cannot kill container: x: No such container: x\n");
}

TEST_F(Calf, RmRefusesWhatRunsUnlessForced) {
  Start("web", "sleep 1000");
  const pid_t pid = State("web").pid;
  const CommandResult refused = Run({"rm", "web"});
  EXPECT_EQ(refused.status.value, 1);
  EXPECT_EQ(refused.err, "Error response from daemon: You cannot remove a running container " +
                             IdOf("web") +
                             ". Stop the container before attempting removal or force remove\n");
  EXPECT_EQ(State("web").pid, pid);
  EXPECT_EQ(Out({"rm", "-f", "web"}), "web\n");
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(Run({"rm", "web"}).err, "Error response from daemon: No such container: web\n");
  EXPECT_EQ(Code({"rm", "web"}), 1);
  EXPECT_EQ(Code({"rm", "-f", "web"}), 0);
}

// True if nothing is appended to a file that a running container appends to all the time.
bool StandsStill(const std::string& path) {
  const std::string before = ReadFile(path).value();
  usleep(50'000);
  return ReadFile(path).value() == before;
}

// A loop that appends to /tmp/n, in a background process of the container.
constexpr char kCount[] = "(while :; do echo x >> /tmp/n; done) & ";

TEST_F(Calf, PauseStopsEveryProcessAndUnpauseLetsThemGoOn) {
  Start("web", kCount + std::string("trap 'exit 3' TERM; while :; do sleep 0.01; done"));
  const std::string daemon = "Error response from daemon: ";
  const std::string id = IdOf("web");
  const pid_t pid = State("web").pid;
  const std::string count = UpperDir(store_, id) + "/tmp/n";
  while (!Exists(count) || StandsStill(count)) {
  }
  EXPECT_EQ(Run({"unpause", "web"}).err, daemon + "Container " + id + " is not paused\n");
  EXPECT_EQ(Out({"pause", id.substr(0, 12)}), id.substr(0, 12) + "\n");
  EXPECT_TRUE(State("web").paused);
  EXPECT_TRUE(StandsStill(count));
  EXPECT_EQ(Out({"inspect", "-f", "{{.State.Status}} {{.State.Running}} {{.State.Paused}}", "web"}),
            "paused true true\n");
  EXPECT_THAT(Out({"ps", "--filter", "status=paused", "--format", "{{.Names}} {{.Status}}"}),
              MatchesRegex("web Up .* \\(Paused\\)\n"));
  EXPECT_EQ(Run({"pause", "web"}).err, daemon + "Container " + id + " is already paused\n");
  EXPECT_EQ(Run({"start", "web"}).err, daemon +
                                           "cannot start a paused container, try unpause instead\n"
                                           "Error: failed to start containers: web\n");
  EXPECT_EQ(Run({"exec", "web", "true"}).err,
            daemon + "Container web is paused, unpause the container before exec\n");
  EXPECT_EQ(
      Run({"rm", "web"}).err,
      daemon + "You cannot remove a paused container " + id +
          ". Unpause and then stop the container before attempting removal or force remove\n");
  EXPECT_TRUE(State("web").paused);
  EXPECT_EQ(Out({"unpause", "web"}), "web\n");
  EXPECT_FALSE(StandsStill(count));
  EXPECT_EQ(State("web").pid, pid);
  EXPECT_EQ(Out({"pause", "web"}), "web\n");
  EXPECT_EQ(Out({"stop", "web"}), "web\n");
  EXPECT_EQ(State("web").exit_code, 3);
  EXPECT_EQ(Run({"pause", "web"}).err, daemon + "Container " + id + " is not running\n");
  EXPECT_EQ(Run({"pause", "x"}).err, daemon + "No such container: x\n");
}

TEST_F(Calf, APausedContainerCanBeEndedInEveryWay) {
  for (const std::vector<std::string>& end : std::vector<std::vector<std::string>>{
           {"kill"}, {"stop", "-t", "0"}, {"restart", "-t", "0"}, {"rm", "-f"}}) {
    Start("web", "sleep 1000");
    ASSERT_EQ(Out({"pause", "web"}), "web\n");
    std::vector<std::string> words = end;
    words.emplace_back("web");
    EXPECT_EQ(Out(words), "web\n");
    (void)Run({"rm", "-f", "web"});
  }
}

TEST_F(Calf, PauseByTheV1Freezer) {
  if (!Exists("/sys/fs/cgroup/devices/devices.allow")) GTEST_SKIP() << "no v1 devices controller";
  if (!Exists("/sys/fs/cgroup/freezer")) GTEST_SKIP() << "no v1 freezer";
  setenv("CALF_CGROUP", "v1", 1);
  Start("web", kCount + std::string("sleep 1000"));
  unsetenv("CALF_CGROUP");
  const std::string count = UpperDir(store_, IdOf("web")) + "/tmp/n";
  while (!Exists(count) || StandsStill(count)) {
  }
  EXPECT_EQ(Out({"pause", "web"}), "web\n");
  EXPECT_TRUE(State("web").paused);
  EXPECT_TRUE(StandsStill(count));
  EXPECT_EQ(Out({"unpause", "web"}), "web\n");
  EXPECT_FALSE(State("web").paused);
  EXPECT_EQ(Out({"pause", "web"}), "web\n");
  const std::string group = "/sys/fs/cgroup/freezer/calf-" + IdOf("web");
  EXPECT_TRUE(Exists(group));
  EXPECT_EQ(Out({"rm", "-f", "web"}), "web\n");
  EXPECT_FALSE(Exists(group));
}

TEST_F(Calf, RestartKeepsTheLayerAndTheContainer) {
  ASSERT_EQ(Code({"create", "--rm", "--name", "web", "base", "sh", "-c",
                  "echo x >> /tmp/log; echo up; sleep 1000"}),
            0);
  const std::string id = IdOf("web");
  EXPECT_EQ(Out({"restart", "web"}), "web\n");
  AwaitLog("web", "up");
  const pid_t pid = State("web").pid;
  EXPECT_EQ(Out({"restart", "-t", "0", "web"}), "web\n");
  AwaitLog("web", "up\nup");
  EXPECT_EQ(IdOf("web"), id);
  EXPECT_NE(State("web").pid, pid);
  EXPECT_EQ(Out({"exec", "web", "wc", "-l", "/tmp/log"}), "2 /tmp/log\n");
  EXPECT_EQ(Out({"kill", "web"}), "web\n");
  EXPECT_EQ(Run({"restart", "web"}).err, "Error response from daemon: No such container: web\n");
}

TEST_F(Calf, RenameChangesTheNameAlone) {
  Start("web", "sleep 1000", {"--rm"});
  ASSERT_EQ(Code({"create", "--name", "db", "base", "true"}), 0);
  const std::string id = IdOf("web");
  EXPECT_EQ(Out({"rename", "web", "www"}), "");
  EXPECT_EQ(IdOf("www"), id);
  EXPECT_EQ(Run({"rename", "web", "x1"}).err,
            "Error response from daemon: No such container: web\n"
            "Error: failed to rename container named web\n");
  const std::string daemon = "Error response from daemon: ";
  const std::string failed = "Error: failed to rename container named www\n";
  const std::string allocating = daemon + "Error when allocating new name: ";
  EXPECT_EQ(
      Run({"rename", "www", "db"}).err,
      allocating + "Conflict. The container name \"/db\" is already in use by container \"" +
          IdOf("db") +
          "\". You have to remove (or rename) that container to be able to reuse that name.\n" +
          failed);
  EXPECT_EQ(Run({"rename", "www", "x y"}).err,
            allocating +
                "Invalid container name (x y), only [a-zA-Z0-9][a-zA-Z0-9_.-] are "
                "allowed\n" +
                failed);
  EXPECT_EQ(Run({"rename", "www", "www"}).err,
            daemon + "Renaming a container with the same name as its current name\n" + failed);
  EXPECT_EQ(Run({"rename", "www", ""}).err, "Error: Neither old nor new names may be empty\n");
  EXPECT_EQ(Code({"rename", "www", ""}), 1);
  EXPECT_EQ(IdOf("www"), id);
  EXPECT_EQ(Out({"kill", "www"}), "www\n");
}

TEST_F(Calf, ExecReturnsTheStatusOfItsProcess) {
  Start("web", "sleep 1000", {"-e", "A=1"});
  EXPECT_EQ(Code({"exec", "web", "sh", "-c", "exit 7"}), 7);
  EXPECT_EQ(Code({"exec", "web", "sh", "-c", "kill -9 $$"}), 137);
  EXPECT_EQ(Run({"exec", "-i", "web", "cat"}, "in").out, "in");
  EXPECT_EQ(Run({"exec", "web", "cat"}, "in").out, "");
  EXPECT_EQ(Out({"exec", "-u", "alice", "-w", "/srv", "-e", "B=2", "web", "sh", "-c",
                 "echo $A $B $(id -u) $(pwd) $HOME; grep CapEff /proc/self/status"}),
            "1 2 1000 /srv /home/alice\nCapEff:\t0000000000000000\n");
  EXPECT_EQ(Out({"exec", "-t", "web", "tty"}), "/dev/pts/0\r\n");
  EXPECT_EQ(Out({"exec", "-d", "web", "sh", "-c", "touch /done"}), "");
  const CommandResult missing = Run({"exec", "web", "nosuch"});
  EXPECT_EQ(missing.status.value, 127);
  EXPECT_EQ(missing.out, "");
  EXPECT_THAT(missing.err, HasSubstr("exec: \"nosuch\": executable file not found in $PATH"));
  EXPECT_EQ(Code({"exec", "web", "/etc"}), 126);
  EXPECT_EQ(State("web").state, RunState::kRunning);
  ASSERT_EQ(Code({"kill", "web"}), 0);
  const CommandResult stopped = Run({"exec", "web", "true"});
  EXPECT_EQ(stopped.status.value, 1);
  EXPECT_EQ(stopped.err,
            "Error response from daemon: Container " + IdOf("web") + " is not running\n");
}

TEST_F(Calf, TheContainerOutlivesItsClient) {
  SpawnOptions options;
  options.argv = Argv({"run", "--rm", "--name", "web", "base", "sleep", "1000"});
  ChildProcess client = ChildProcess::Spawn(options).value();
  for (int i = 0; i < 500; ++i) {
    const Result<ContainerRecord> record = FindContainer(store_, "web");
    if (record.has_value() && record.value().state.state == RunState::kRunning) break;
    usleep(10'000);
  }
  ASSERT_TRUE(client.Signal(SIGKILL).has_value());
  ASSERT_TRUE(client.Wait().has_value());
  EXPECT_EQ(State("web").state, RunState::kRunning);
  EXPECT_EQ(Out({"kill", "web"}), "web\n");
  EXPECT_EQ(Run({"wait", "web"}).err, "Error response from daemon: No such container: web\n");
}

TEST_F(Calf, TheDeathOfTheMonitorIsNoticed) {
  Start("web", "sleep 1000");
  const ContainerState state = State("web");
  const RunWatch watch = RunWatch::Open(store_, IdOf("web")).value();
  ASSERT_EQ(kill(state.monitor_pid, SIGKILL), 0);
  EXPECT_EQ(watch.Wait().value(), 137);
  EXPECT_EQ(Out({"wait", "web"}), "137\n");
  EXPECT_EQ(State("web").state, RunState::kExited);
  EXPECT_EQ(Out({"start", "web"}), "web\n");
  EXPECT_EQ(Out({"rm", "-f", "web"}), "web\n");
}

TEST_F(Calf, SignalsOfTheClientReachTheProcess) {
  Pipe out = MakePipe().value();
  SpawnOptions options;
  options.argv = Argv({"run", "--rm", "base", "sh", "-c",
                       "trap 'exit 21' TERM; echo up; while :; do sleep 0.01; done"});
  options.stdout_fd = out.write.get();
  ChildProcess client = ChildProcess::Spawn(options).value();
  out.write.reset();
  char up[4] = {};
  ASSERT_EQ(read(out.read.get(), up, 3), 3);
  ASSERT_TRUE(client.Signal(SIGTERM).has_value());
  EXPECT_EQ(client.Wait().value(), (ExitStatus{false, 21}));
}

TEST_F(Calf, TheSandboxIsDockers) {
  EXPECT_EQ(
      Out({"run", "--rm", "base", "grep", "-E", "^(Cap|NoNewPrivs|Seccomp:)", "/proc/self/status"}),
      "CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\n"
      "CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t2\n");
  EXPECT_EQ(Out({"run", "--rm", "--security-opt", "no-new-privileges", "--security-opt",
                 "seccomp=unconfined", "base", "grep", "-E", "^(NoNewPrivs|Seccomp:)",
                 "/proc/self/status"}),
            "NoNewPrivs:\t1\nSeccomp:\t0\n");
  EXPECT_EQ(Out({"run", "--rm", "base", "ls", "/sys/class/net"}), "lo\n");
  // A block device may be made, not opened.
  const CommandResult device =
      Run({"run", "--rm", "base", "sh", "-c", "mknod /tmp/d b 7 0 && cat /tmp/d"});
  EXPECT_THAT(device.err, HasSubstr("Operation not permitted"));
  EXPECT_EQ(Out({"run", "--rm", "base", "sh", "-c",
                 "cat /proc/keys /proc/timer_list; ls /sys/firmware; "
                 "touch /proc/sys/x /sys/x 2>/dev/null || echo no"}),
            "no\n");
  EXPECT_EQ(
      Out({"run", "--rm", "-h", "box", "base", "sh", "-c", "echo $HOSTNAME; cat /etc/hostname"}),
      "box\nbox\n");
}

TEST_F(Calf, NoDescriptorOfTheCallerReachesTheContainer) {
  const UniqueFd leaked(open("/", O_RDONLY | O_DIRECTORY));  // without O_CLOEXEC, on purpose
  EXPECT_EQ(Out({"run", "--rm", "base", "sh", "-c", "ls /proc/1/fd; true"}), "0\n1\n2\n");
}

TEST_F(Calf, BindsAndTmpfs) {
  const std::string host = dir_.path() + "/host";
  ASSERT_TRUE(MakeDirs(host).has_value());
  const CommandResult result =
      Run({"run", "--rm", "--read-only", "--tmpfs", "/t:size=1m", "-v", host + ":/m/sub", "-v",
           host + ":/r:ro", "base", "sh", "-c",
           "touch /m/sub/f && touch /t/x && ls /r; touch /r/g || touch /h || echo refused"});
  EXPECT_EQ(result.out, "f\nrefused\n");
  EXPECT_THAT(result.err, HasSubstr("Read-only file system"));
}

TEST_F(Calf, OldMountApiAndTheV1DevicesController) {
  setenv("CALF_OVERLAY_API", "old", 1);
  EXPECT_EQ(Out({"run", "--rm", "base", "cat", "/input.txt"}), "image\n");
  unsetenv("CALF_OVERLAY_API");
  if (!Exists("/sys/fs/cgroup/devices/devices.allow")) GTEST_SKIP() << "no v1 devices controller";
  setenv("CALF_CGROUP", "v1", 1);
  const CommandResult device =
      Run({"run", "--rm", "base", "sh", "-c", "mknod /tmp/d b 7 0 && cat /tmp/d"});
  unsetenv("CALF_CGROUP");
  EXPECT_THAT(device.err, HasSubstr("Operation not permitted"));
}

}  // namespace
}  // namespace cowbell
