#include "runtime/container/lifecycle.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include "runtime/base/process.h"
#include "runtime/container/signals.h"
#include "runtime/container/start.h"
#include "runtime/sandbox/freezer.h"
#include "runtime/store/orphans.h"
#include "runtime/store/volumes.h"

namespace cowbell {
namespace {

using Clock = std::chrono::steady_clock;

Error NotRunning(const std::string& id) {
  return Error::FromErrno(ESRCH, "Container " + id + " is not running");
}

// False: still there after the time. Negative: no limit.
bool WaitForInit(int pidfd, int seconds) {
  const Clock::time_point end = Clock::now() + std::chrono::seconds(seconds);
  while (true) {
    int left = -1;
    if (seconds >= 0) {
      left = static_cast<int>(
          std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count());
      if (left < 0) left = 0;
    }
    pollfd poller = {pidfd, POLLIN, 0};
    const int ready = poll(&poller, 1, left);
    if (ready > 0) return true;
    if (ready == 0) return false;
  }
}

// A signal that is to end the container: one that is paused goes on to take it.
void SendTo(const ContainerConfig& config, const UniqueFd& init, int signal) {
  (void)syscall(SYS_pidfd_send_signal, init.get(), signal, nullptr, 0);
  (void)ThawCgroupLeaf(config.id).has_value();
}

Result<int> StopSignal(const ContainerConfig& config) {
  if (config.stop_signal.empty()) return SIGTERM;
  return ParseSignal(config.stop_signal);
}

Status KillAndAwait(const Store& store, const ContainerRecord& record) {
  const Result<UniqueFd> init = OpenInit(record.state);
  // The handle on this run, before it can end and be removed.
  const Result<RunWatch> run = RunWatch::Open(store, record.config.id);
  if (init.has_value()) {
    SendTo(record.config, init.value(), SIGKILL);
    (void)WaitForInit(init.value().get(), -1);
  }
  if (run.has_value()) TRY(run.value().Wait());
  return Ok();
}

bool IsMissing(const Error& error) { return error.errno_value() == ENOENT; }

// The ID of its image; empty when it was gone already.
Result<std::string> RemoveRecord(const Store& store, const std::string& reference, bool force,
                                 bool volumes) {
  const std::string id = TRY(ResolveContainerId(store, reference));
  Result<ContainerRecord> found = FindContainer(store, id);
  ContainerConfig config;
  config.id = id;
  if (found.has_value()) {
    const ContainerRecord& record = found.value();
    if (record.state.state == RunState::kRunning) {
      if (!force) {
        const bool paused = record.state.paused;
        return Error::FromMessage(std::string("You cannot remove a ") +
                                  (paused ? "paused" : "running") + " container " + id +
                                  (paused ? ". Unpause and then stop" : ". Stop") +
                                  " the container before attempting removal or force remove");
      }
      TRY(KillAndAwait(store, record));
    }
    config = record.config;
  } else if (IsMissing(found.error()) || !force) {
    return std::move(found).error();
  }
  Result<FileLock> lock = LockContainer(store, id);
  if (!lock.has_value()) {
    // With --rm the monitor was faster.
    if (IsMissing(lock.error()) && force) return std::string();
    return std::move(lock).error();
  }
  // Somebody may have started it between the look and the lock.
  const Result<ContainerState> state = ReadContainerState(store, id);
  if (state.has_value() && OpenInit(state.value()).has_value()) {
    return Error::FromMessage("removal of container " + config.name +
                              ": it was started meanwhile; try again");
  }
  const Status removed = RemoveContainer(store, config);
  if (removed.has_value()) {
    if (volumes) RemoveAnonymousVolumes(store, config);
    return config.image_id;
  }
  if (IsMissing(removed.error()) && force) return std::string();
  return Error(removed.error());
}

}  // namespace

Result<UniqueFd> OpenInit(const ContainerState& state) {
  if (state.state != RunState::kRunning || state.pid <= 0) {
    return Error::FromErrno(ESRCH, "the container's process");
  }
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, state.pid, 0)));
  if (!pidfd.valid()) return Error::FromErrno(errno, "pidfd_open");
  // Opened first, compared then: the number cannot change hands in between unnoticed.
  const Result<uint64_t> start = ProcessStartTime(state.pid);
  if (!start.has_value() || start.value() != state.pid_start) {
    return Error::FromErrno(ESRCH, "the container's process");
  }
  return pidfd;
}

Status SignalContainer(const ContainerRecord& record, int signal) {
  const Result<UniqueFd> init = OpenInit(record.state);
  if (!init.has_value()) return NotRunning(record.config.id);
  if (syscall(SYS_pidfd_send_signal, init.value().get(), signal, nullptr, 0) != 0) {
    return NotRunning(record.config.id);
  }
  if (signal == SIGKILL || signal == TRY(StopSignal(record.config))) {
    return ThawCgroupLeaf(record.config.id);
  }
  return Ok();
}

Status StopContainer(const Store& store, const ContainerRecord& record,
                     std::optional<int> seconds) {
  const ContainerConfig& config = record.config;
  if (record.state.state != RunState::kRunning) return Ok();
  const Result<RunWatch> run = RunWatch::Open(store, config.id);
  const Result<UniqueFd> init = OpenInit(record.state);
  if (init.has_value()) {
    const int signal = TRY(StopSignal(config));
    const int limit = seconds.value_or(config.stop_timeout >= 0 ? config.stop_timeout : 10);
    SendTo(config, init.value(), signal);
    if (!WaitForInit(init.value().get(), limit)) {
      SendTo(config, init.value(), SIGKILL);
      (void)WaitForInit(init.value().get(), -1);
    }
  }
  if (run.has_value()) TRY(run.value().Wait());
  return Ok();
}

Status PauseContainer(const Store& store, const ContainerRecord& record) {
  const std::string& id = record.config.id;
  const FileLock lock = TRY(LockContainer(store, id));
  const ContainerState state = TRY(ReadContainerState(store, id));
  if (!OpenInit(state).has_value()) return NotRunning(id);
  if (IsCgroupLeafFrozen(id)) {
    return Error::FromMessage("Container " + id + " is already paused");
  }
  const Status frozen = FreezeCgroupLeaf(id);
  if (!frozen.has_value() && frozen.error().errno_value() == ESRCH) return NotRunning(id);
  return frozen;
}

Status UnpauseContainer(const Store& store, const ContainerRecord& record) {
  const std::string& id = record.config.id;
  const FileLock lock = TRY(LockContainer(store, id));
  if (!IsCgroupLeafFrozen(id)) {
    return Error::FromMessage("Container " + id + " is not paused");
  }
  return ThawCgroupLeaf(id);
}

Status RestartContainer(const Store& store, const ContainerRecord& record,
                        std::optional<int> seconds) {
  {
    const FileLock kept = TRY(KeepForRestart(store, record.config.id));
    TRY(StopContainer(store, record, seconds));
  }
  const StartOutcome outcome = TRY(StartContainer(store, record, {}));
  if (outcome.failure.code != 0) return Error::FromMessage(outcome.failure.text);
  return Ok();
}

Result<int> WaitContainer(const Store& store, const ContainerRecord& record) {
  const std::string& id = record.config.id;
  if (record.state.state != RunState::kRunning) return record.state.exit_code;
  const Result<RunWatch> run = RunWatch::Open(store, id);
  if (run.has_value()) return run.value().Wait();
  // Removed between the two looks.
  return record.state.exit_code;
}

Status RemoveContainerByReference(const Store& store, const std::string& reference, bool force,
                                  bool volumes) {
  const std::string image_id = TRY(RemoveRecord(store, reference, force, volumes));
  // The container is gone, whatever becomes of layers that nobody needs.
  (void)RemoveOrphansOfImage(store, image_id).has_value();
  return Ok();
}

}  // namespace cowbell
