#include "runtime/container/init_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/container/terminal.h"
#include "runtime/sandbox/namespaces.h"

namespace cowbell {
namespace {

Status ConnectStreams(const std::array<int, 3>& stdio) {
  for (int target = 0; target <= 2; ++target) {
    const int source = stdio[static_cast<size_t>(target)];
    if (source >= 0) {
      if (dup2(source, target) < 0) return Error::FromErrno(errno, "dup2");
      continue;
    }
    const UniqueFd null = TRY(Open("/dev/null", O_RDWR));
    if (dup2(null.get(), target) < 0) return Error::FromErrno(errno, "dup2");
  }
  return Ok();
}

Status SetUp(const InitSpec& spec) {
  if (sethostname(spec.uts_name.data(), spec.uts_name.size()) != 0) {
    return Error::FromErrno(errno, "sethostname '" + spec.uts_name + "'");
  }
  if (!spec.host_network) TRY(BringUpLoopback());
  TRY(EnterRoot(spec.root));
  if (spec.terminal_socket >= 0) return BecomeTerminalSession(spec.terminal_socket, true);
  TRY(ConnectStreams(spec.stdio));
  setsid();
  return Ok();
}

[[noreturn]] void ChildMain(const InitSpec& spec, int gate_fd, int report_fd) {
  char byte = 0;
  // Devices of cgroup v1: the parent opens the gate when this process is in its group.
  if (gate_fd >= 0 && read(gate_fd, &byte, 1) != 1) _exit(125);
  if (const Status status = SetUp(spec); !status.has_value()) {
    ReportFailure(report_fd, EngineFailure(status.error()));
  }
  ExecuteProcess(spec.process, report_fd);
}

bool InV1Group(const InitSpec& spec) {
  return spec.cgroup != nullptr && spec.cgroup->kind == CgroupKind::kDevicesV1;
}

}  // namespace

Result<InitProcess> StartInit(const InitSpec& spec, int terminal_master_socket) {
  Pipe report = TRY(MakePipe());
  Pipe gate;
  if (InV1Group(spec)) gate = TRY(MakePipe());
  const bool unified = spec.cgroup != nullptr && !InV1Group(spec);
  InitProcess init;
  init.child =
      TRY(CloneProcess(NamespaceFlags(spec.host_network), unified ? spec.cgroup->dir.get() : -1)
              .Within("make the container's namespaces"));
  if (init.child.pid == 0) {
    report.read.reset();
    gate.write.reset();
    ChildMain(spec, gate.read.get(), report.write.get());
  }
  report.write.reset();
  if (InV1Group(spec)) {
    const Status entered = EnterCgroupLeaf(*spec.cgroup, init.child.pid);
    if (entered.has_value()) (void)WriteAll(gate.write.get(), "g").has_value();
    gate.write.reset();
    if (!entered.has_value()) init.failure = EngineFailure(entered.error());
  }
  Result<StartFailure> failure = ReadFailure(report.read.get());
  if (init.failure.code == 0) {
    init.failure = failure.has_value() ? failure.value() : EngineFailure(failure.error());
  }
  if (init.failure.code == 0 && spec.terminal_socket >= 0) {
    Result<UniqueFd> terminal = ReceiveTerminal(terminal_master_socket);
    if (terminal.has_value()) {
      init.terminal = std::move(terminal).value();
    } else {
      init.failure = EngineFailure(terminal.error());
      kill(init.child.pid, SIGKILL);
    }
  }
  if (init.failure.code != 0) {
    while (waitpid(init.child.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return init;
}

}  // namespace cowbell
