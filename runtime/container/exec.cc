#include "runtime/container/exec.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/container/clone.h"
#include "runtime/container/lifecycle.h"
#include "runtime/container/process.h"
#include "runtime/container/relay.h"
#include "runtime/container/terminal.h"
#include "runtime/sandbox/cgroup.h"
#include "runtime/sandbox/namespaces.h"

namespace cowbell {
namespace {

// Everything the children need, opened before the host goes out of their sight.
struct Plan {
  UniqueFd init;
  CgroupLeaf leaf;
  bool has_leaf = false;
  bool host_network = false;
  bool detach = false;
  ProcessSpec process;
  Pipe report, in, out, err;
  UniqueFd terminal_here, terminal_there;
};

Result<Plan> MakePlan(const ContainerRecord& record, const ExecOptions& options) {
  const ContainerConfig& config = record.config;
  Plan plan;
  Result<UniqueFd> init = OpenInit(record.state);
  if (!init.has_value()) return Error::FromMessage("Container " + config.id + " is not running");
  plan.init = std::move(init).value();
  if (Result<CgroupLeaf> leaf = OpenCgroupLeaf(config.id); leaf.has_value()) {
    plan.leaf = std::move(leaf).value();
    plan.has_leaf = true;
  } else if (!config.privileged) {
    return std::move(leaf).error();
  }
  plan.host_network = config.network == "host";
  plan.detach = options.detach;
  ContainerConfig rights = config;
  rights.privileged = rights.privileged || options.privileged;
  plan.process.rights = TRY(ResolveRights(rights));
  plan.process.argv = options.argv;
  plan.process.env = config.env;
  for (const std::string& entry : options.env) {
    const std::string name = entry.substr(0, entry.find('=') + 1);
    std::erase_if(plan.process.env,
                  [&](const std::string& old) { return old.rfind(name, 0) == 0; });
    plan.process.env.push_back(entry);
  }
  plan.process.user = options.user.value_or(config.user);
  plan.process.working_dir = options.working_dir.value_or(config.working_dir);
  plan.process.tty = options.tty;
  plan.process.hostname = config.hostname;
  plan.report = TRY(MakePipe());
  if (options.tty) {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
      return Error::FromErrno(errno, "socketpair");
    }
    plan.terminal_here.reset(sockets[0]);
    plan.terminal_there.reset(sockets[1]);
  } else if (!options.detach) {
    plan.out = TRY(MakePipe());
    plan.err = TRY(MakePipe());
    if (options.interactive) plan.in = TRY(MakePipe());
  }
  return plan;
}

Status ConnectStreams(const Plan& plan) {
  if (plan.terminal_there.valid()) return BecomeTerminalSession(plan.terminal_there.get(), false);
  setsid();
  const std::array<int, 3> sources = {plan.in.read.get(), plan.out.write.get(),
                                      plan.err.write.get()};
  for (int target = 0; target <= 2; ++target) {
    UniqueFd null;
    int source = sources[static_cast<size_t>(target)];
    if (source < 0) {
      null = TRY(Open("/dev/null", O_RDWR));
      source = null.get();
    }
    if (dup2(source, target) < 0) return Error::FromErrno(errno, "dup2");
  }
  return Ok();
}

// The process between the client and the program: it enters the namespaces, makes the program's
// process as its child (only children are born into a pid namespace), and waits for it.
[[noreturn]] void Enter(Plan& plan) {
  const auto must = [&](const Status& status) {
    if (!status.has_value()) {
      ReportFailure(plan.report.write.get(), EngineFailure(status.error()));
    }
  };
  // Nobody inside may look into a process that still holds descriptors of the host.
  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (plan.detach) setsid();
  if (plan.has_leaf && plan.leaf.kind == CgroupKind::kDevicesV1) {
    must(EnterCgroupLeaf(plan.leaf, getpid()));
  }
  must(JoinNamespaces(plan.init.get(), NamespaceFlags(plan.host_network)));
  const bool unified = plan.has_leaf && plan.leaf.kind == CgroupKind::kUnified;
  Result<ClonedChild> child = CloneProcess(0, unified ? plan.leaf.dir.get() : -1);
  if (!child.has_value()) {
    ReportFailure(plan.report.write.get(), EngineFailure(child.error()));
  }
  if (child.value().pid == 0) {
    must(ConnectStreams(plan));
    ExecuteProcess(plan.process, plan.report.write.get());
  }
  // From here on it only waits: no descriptor of the client's or the host's stays open.
  (void)close_range(0, ~0U, 0);
  int status = 0;
  while (waitpid(child.value().pid, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

void CloseChildEnds(Plan& plan) {
  plan.report.write.reset();
  plan.in.read.reset();
  plan.out.write.reset();
  plan.err.write.reset();
  plan.terminal_there.reset();
}

}  // namespace

Result<ExecOutcome> ExecInContainer(const ContainerRecord& record, const ExecOptions& options) {
  Plan plan = TRY(MakePlan(record, options));
  ClonedChild helper = TRY(CloneProcess(0, -1));
  if (helper.pid == 0) {
    plan.report.read.reset();
    plan.in.write.reset();
    Enter(plan);
  }
  CloseChildEnds(plan);
  ExecOutcome outcome;
  outcome.failure = TRY(ReadFailure(plan.report.read.get()));
  if (outcome.failure.code != 0 && outcome.failure.code != 125) {
    outcome.failure.text =
        "OCI runtime exec failed: exec failed: unable to start container process: " +
        outcome.failure.text;
  }
  if (options.detach && outcome.failure.code == 0) return outcome;
  if (outcome.failure.code == 0) {
    RelayEnds ends;
    ends.process = helper.pidfd.get();
    ends.from_out = std::move(plan.out.read);
    ends.from_err = std::move(plan.err.read);
    ends.to_in = std::move(plan.in.write);
    if (options.tty) {
      const UniqueFd master = TRY(ReceiveTerminal(plan.terminal_here.get()));
      ends.tty = true;
      ends.from_out.reset(fcntl(master.get(), F_DUPFD_CLOEXEC, 3));
      if (options.interactive) ends.to_in.reset(fcntl(master.get(), F_DUPFD_CLOEXEC, 3));
    }
    RelayUntilExit(std::move(ends));
  }
  int status = 0;
  while (waitpid(helper.pid, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return outcome;
}

}  // namespace cowbell
