#include "runtime/container/start.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "runtime/base/process.h"
#include "runtime/base/text.h"
#include "runtime/container/messages.h"
#include "runtime/container/monitor.h"
#include "runtime/rootfs/mount_points.h"
#include "runtime/sandbox/freezer.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

constexpr size_t kMaxLayers = 500;

// A start never goes on with less than what was there: an empty RW layer in the place of a lost one
// would be silent loss of data.
Status CheckLayers(const Store& store, const ContainerConfig& config) {
  if (!Exists(UpperDir(store, config.id))) {
    return Error::FromErrno(ENOENT, "the RW layer of container " + config.id + " is missing ('" +
                                        UpperDir(store, config.id) + "')");
  }
  for (const std::string& dir : LowerDirs(store, config.chain)) {
    if (!Exists(dir)) {
      return Error::FromErrno(ENOENT, "a layer of image " + config.image_ref + " is missing ('" +
                                          dir + "'); pull or load the image again");
    }
  }
  return Ok();
}

struct ClientEnds {
  UniqueFd control, stdin_read, stdout_write, stderr_write;
};

Status Connect(const ContainerConfig& config, const AttachOptions& attach, StartedContainer& client,
               ClientEnds& monitor) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    return Error::FromErrno(errno, "socketpair");
  }
  client.control.reset(sockets[0]);
  monitor.control.reset(sockets[1]);
  if (attach.output) {
    Pipe out = TRY(MakePipe());
    client.stdout_read = std::move(out.read);
    monitor.stdout_write = std::move(out.write);
    if (!config.tty) {
      Pipe err = TRY(MakePipe());
      client.stderr_read = std::move(err.read);
      monitor.stderr_write = std::move(err.write);
    }
  }
  if (attach.input && config.open_stdin) {
    Pipe in = TRY(MakePipe());
    client.stdin_write = std::move(in.write);
    monitor.stdin_read = std::move(in.read);
  }
  client.tty = config.tty;
  client.sig_proxy = attach.sig_proxy;
  return Ok();
}

}  // namespace

// With 500 layers there is no room for one more, and among whole trees there is none at all: the
// mount points go into the RW layer then.
Status EnsureMountPoints(const Store& store, const ContainerConfig& config) {
  if (store.storage().driver == StorageDriver::kVfs) return Ok();
  const std::string target = InitLayerDiff(store, config.chain);
  if (config.chain.size() >= kMaxLayers || Exists(target)) return Ok();
  const std::string staging = TRY(StagingPath(store, "init-" + config.id));
  return BuildInitLayer(LowerDirs(store, config.chain), staging, target);
}

Result<StartOutcome> StartContainer(const Store& store, const ContainerRecord& record,
                                    const AttachOptions& attach) {
  const ContainerConfig& config = record.config;
  StartOutcome outcome;
  FileLock lock = TRY(LockContainer(store, config.id));
  const ContainerState state = TRY(ReadContainerState(store, config.id));
  if (state.state == RunState::kRunning) {
    if (IsCgroupLeafFrozen(config.id)) {
      return Error::FromMessage("cannot start a paused container, try unpause instead");
    }
    outcome.already_running = true;
    return outcome;
  }
  ProcessRights rights = TRY(ResolveRights(config));
  TRY(CheckLayers(store, config));
  TRY(EnsureMountPoints(store, config));
  ClientEnds ends;
  TRY(Connect(config, attach, outcome.started, ends));
  const pid_t monitor = fork();
  if (monitor < 0) return Error::FromErrno(errno, "fork the monitor");
  if (monitor == 0) {
    outcome.started = StartedContainer();
    RunMonitor({store, config, state, std::move(rights), std::move(lock), std::move(ends.control),
                std::move(ends.stdin_read), std::move(ends.stdout_write),
                std::move(ends.stderr_write)});
  }
  ends = ClientEnds();
  outcome.started.monitor = monitor;
  const std::optional<Message> reply = ReceiveMessage(outcome.started.control.get());
  if (!reply.has_value()) {
    outcome.failure = {125, "the monitor of container " + config.id + " died during its start"};
  } else if (reply->kind == MessageKind::kFailed) {
    outcome.failure = {reply->value, reply->text};
  }
  if (outcome.failure.code != 0) {
    while (waitpid(monitor, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return outcome;
}

}  // namespace cowbell
