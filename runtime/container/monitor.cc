#include "runtime/container/monitor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <optional>

#include "runtime/base/process.h"
#include "runtime/base/text.h"
#include "runtime/container/etc_files.h"
#include "runtime/container/init_process.h"
#include "runtime/container/log_file.h"
#include "runtime/container/messages.h"
#include "runtime/container/terminal.h"
#include "runtime/sandbox/devices.h"
#include "runtime/store/orphans.h"
#include "runtime/store/rw_layer.h"
#include "runtime/store/volumes.h"

namespace cowbell {
namespace {

constexpr size_t kChunk = 65536;

void SetNonBlocking(int fd) { (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

// One of the container's two outputs: read here, logged, passed on to a client if there is one.
class Output {
 public:
  Output(LogStream stream, UniqueFd client) : stream_(stream), client_(std::move(client)) {
    if (client_.valid()) SetNonBlocking(client_.get());
  }

  void Connect(UniqueFd source) {
    source_ = std::move(source);
    SetNonBlocking(source_.get());
  }

  // What it waits for. A client that does not read holds the container back, as a pipe would.
  pollfd Wanted() const {
    if (!pending_.empty()) return {client_.get(), POLLOUT, 0};
    return {source_.get(), POLLIN, 0};
  }

  // False at the end of the output.
  bool Read(LogWriter& log) {
    std::array<char, kChunk> buffer;
    const ssize_t n = read(source_.get(), buffer.data(), buffer.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return errno == EINTR;
    if (n <= 0) {  // EIO: the last user of a terminal is gone
      source_.reset();
      return false;
    }
    const std::string_view bytes(buffer.data(), static_cast<size_t>(n));
    // A full disk must not stop the container: the log has a gap then.
    (void)log.Write(stream_, bytes).has_value();
    if (client_.valid()) {
      pending_.append(bytes);
      PassOn();
    }
    return true;
  }

  void PassOn() {
    while (!pending_.empty()) {
      const ssize_t n = write(client_.get(), pending_.data(), pending_.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) {
        client_.reset();
        pending_.clear();
        return;
      }
      pending_.erase(0, static_cast<size_t>(n));
    }
  }

  // After the end of the container: everything that is still in the pipe.
  void Drain(LogWriter& log) {
    while (source_.valid() && Read(log)) {
    }
    source_.reset();
  }

  // Waits until the client has taken the rest or is gone.
  void Finish() {
    while (!pending_.empty()) {
      pollfd poller = {client_.get(), POLLOUT, 0};
      (void)poll(&poller, 1, -1);
      PassOn();
    }
    client_.reset();
  }

 private:
  LogStream stream_;
  UniqueFd source_;
  UniqueFd client_;
  std::string pending_;
};

class Monitor {
 public:
  explicit Monitor(MonitorInput input)
      : in_(std::move(input)),
        lock_(std::move(in_.lock)),
        outputs_{Output(LogStream::kStdout, std::move(in_.stdout_write)),
                 Output(LogStream::kStderr, std::move(in_.stderr_write))} {}

  int Run() {
    Result<InitProcess> init = Start();
    const StartFailure failure =
        init.has_value() ? init.value().failure : EngineFailure(init.error());
    if (failure.code != 0) return Fail(failure);
    init_ = std::move(init).value();
    if (init_.terminal.valid()) {
      const UniqueFd& master = init_.terminal;
      outputs_[0].Connect(UniqueFd(fcntl(master.get(), F_DUPFD_CLOEXEC, 3)));
    }
    RecordStart();
    lock_.reset();
    SendMessage(in_.control.get(), {MessageKind::kStarted, 0, ""});
    const int code = Watch();
    return End(code);
  }

 private:
  Result<InitProcess> Start() {
    const ContainerConfig& config = in_.config;
    run_ = TRY(RunLock::Begin(in_.store, config.id));
    log_ = TRY(LogWriter::Open(LogPath(in_.store, config.id)));
    const UniqueFd root = TRY(MountForWriting(in_.store, config));
    InitSpec spec;
    CgroupLeaf leaf;
    leaf = TRY(MakeCgroupLeaf(config.id));
    if (!config.privileged) TRY(RestrictDevices(leaf));
    spec.cgroup = &leaf;
    spec.root.root_mount = root.get();
    spec.root.mount_point = in_.store.ContainerDir(config.id) + "/root";
    spec.root.make_mount_points = !Exists(InitLayerDiff(in_.store, config.chain));
    spec.root.binds = TRY(MakeEtcFiles(in_.store, config));
    for (const BindMount& bind : config.binds)
      spec.root.binds.push_back({bind.source, bind.target, bind.read_only});
    spec.root.tmpfs = config.tmpfs;
    spec.root.read_only = config.read_only_root;
    spec.root.privileged = config.privileged;
    spec.uts_name = config.hostname;
    spec.host_network = config.network == "host";
    FillProcess(spec.process);
    return config.tty ? StartOnTerminal(spec) : StartOnPipes(spec);
  }

  void FillProcess(ProcessSpec& process) {
    const ContainerConfig& config = in_.config;
    process.argv = config.entrypoint;
    process.argv.insert(process.argv.end(), config.cmd.begin(), config.cmd.end());
    process.env = config.env;
    process.user = config.user;
    process.working_dir = config.working_dir;
    process.tty = config.tty;
    process.init = config.init;
    process.die_with_parent = true;
    process.hostname = config.hostname;
    process.rights = std::move(in_.rights);
  }

  Result<InitProcess> StartOnPipes(InitSpec& spec) {
    Pipe out = TRY(MakePipe());
    Pipe err = TRY(MakePipe());
    Pipe idle;
    if (in_.config.open_stdin && !in_.stdin_read.valid()) {
      // Nobody feeds it, and it has no end: the write end stays with the monitor.
      idle = TRY(MakePipe());
      in_.stdin_read = std::move(idle.read);
      idle_stdin_ = std::move(idle.write);
    }
    spec.stdio = {in_.stdin_read.get(), out.write.get(), err.write.get()};
    Result<InitProcess> init = StartInit(spec, -1);
    in_.stdin_read.reset();
    outputs_[0].Connect(std::move(out.read));
    outputs_[1].Connect(std::move(err.read));
    return init;
  }

  Result<InitProcess> StartOnTerminal(InitSpec& spec) {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
      return Error::FromErrno(errno, "socketpair");
    }
    const UniqueFd ours(sockets[0]);
    const UniqueFd theirs(sockets[1]);
    spec.terminal_socket = theirs.get();
    return StartInit(spec, ours.get());
  }

  void RecordStart() {
    ContainerState state;
    state.state = RunState::kRunning;
    state.pid = init_.child.pid;
    state.monitor_pid = getpid();
    const Result<uint64_t> pid_start = ProcessStartTime(state.pid);
    const Result<uint64_t> monitor_start = ProcessStartTime(state.monitor_pid);
    state.pid_start = pid_start.has_value() ? pid_start.value() : 0;
    state.monitor_start = monitor_start.has_value() ? monitor_start.value() : 0;
    state.started_at = NowText();
    state_ = state;
    SaveState();
  }

  // A state that cannot be written (full disk) is told to the next reader by the run lock.
  void SaveState() { (void)WriteContainerState(in_.store, in_.config.id, state_).has_value(); }

  int Fail(StartFailure failure) {
    if (failure.code != 125) {
      failure.text =
          "failed to create task for container: unable to start container process: " + failure.text;
    }
    state_ = in_.before;
    state_.exit_code = failure.code == 125 ? 128 : failure.code;
    state_.error = failure.text;
    SaveState();
    if (run_.has_value()) (void)run_->RecordExit(state_.exit_code).has_value();
    RemoveCgroupLeaf(in_.config.id);
    if (in_.config.auto_remove) Remove();
    lock_.reset();
    run_.reset();
    SendMessage(in_.control.get(), {MessageKind::kFailed, failure.code, failure.text});
    return failure.code;
  }

  void Remove() {
    if (!RemoveContainer(in_.store, in_.config).has_value()) return;
    RemoveAnonymousVolumes(in_.store, in_.config);
  }

  // Until the init is gone; its exit code.
  int Watch() {
    while (true) {
      std::array<pollfd, 5> poller = {pollfd{init_.child.pidfd.get(), POLLIN, 0},
                                      pollfd{in_.control.get(), POLLIN, 0}, outputs_[0].Wanted(),
                                      outputs_[1].Wanted(), pollfd{TerminalInput(), POLLIN, 0}};
      if (poll(poller.data(), poller.size(), -1) < 0) continue;
      if (poller[1].revents != 0) HandleMessage();
      if (poller[2].revents != 0) Serve(outputs_[0], poller[2]);
      if (poller[3].revents != 0) Serve(outputs_[1], poller[3]);
      if (poller[4].revents != 0) TypeInto();
      if (poller[0].revents != 0) return Reap();
    }
  }

  void Serve(Output& output, const pollfd& ready) {
    if (ready.events == POLLOUT) {
      output.PassOn();
    } else {
      (void)output.Read(*log_);
    }
  }

  int TerminalInput() const { return init_.terminal.valid() ? in_.stdin_read.get() : -1; }

  void TypeInto() {
    std::array<char, 4096> buffer;
    const ssize_t n = read(in_.stdin_read.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) {
      in_.stdin_read.reset();
      return;
    }
    (void)WriteAll(init_.terminal.get(), {buffer.data(), static_cast<size_t>(n)}).has_value();
  }

  void HandleMessage() {
    const std::optional<Message> message = ReceiveMessage(in_.control.get());
    if (!message.has_value()) {
      in_.control.reset();  // the client is gone; the container goes on
      return;
    }
    if (message->kind == MessageKind::kSignal) {
      (void)syscall(SYS_pidfd_send_signal, init_.child.pidfd.get(), message->value, nullptr, 0);
    }
    if (message->kind == MessageKind::kResize && init_.terminal.valid()) {
      ResizeTerminal(init_.terminal.get(), {static_cast<uint16_t>(message->value >> 16),
                                            static_cast<uint16_t>(message->value & 0xffff)});
    }
  }

  int Reap() {
    int status = 0;
    while (waitpid(init_.child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  // Everything about the end is on disk before anybody hears of it.
  int End(int code) {
    for (Output& output : outputs_)
      output.Drain(*log_);
    (void)log_->Flush().has_value();
    state_.state = RunState::kExited;
    state_.pid = 0;
    state_.exit_code = code;
    state_.finished_at = NowText();
    SaveState();
    (void)run_->RecordExit(code).has_value();
    if (!in_.config.auto_remove || IsKeptForRestart(in_.store, in_.config.id)) {
      RemoveCgroupLeaf(in_.config.id);
    } else {
      RemoveItself();
    }
    run_.reset();
    for (Output& output : outputs_)
      output.Finish();
    if (in_.control.valid()) SendMessage(in_.control.get(), {MessageKind::kExited, code, ""});
    return 0;
  }

  void RemoveItself() {
    {
      const Result<FileLock> lock = LockContainer(in_.store, in_.config.id);
      if (lock.has_value()) Remove();
    }
    (void)RemoveOrphansOfImage(in_.store, in_.config.image_id).has_value();
  }

  MonitorInput in_;
  std::optional<FileLock> lock_;
  std::optional<RunLock> run_;
  std::optional<LogWriter> log_;
  std::array<Output, 2> outputs_;
  UniqueFd idle_stdin_;
  InitProcess init_;
  ContainerState state_;
};

// Descriptors that were open when calf was called would live as long as the container. calf's own
// are all close-on-exec, inherited ones by their nature are not.
void CloseInherited() {
  const Result<std::vector<std::string>> names = ListDir("/proc/self/fd");
  if (!names.has_value()) return;
  for (const std::string& name : names.value()) {
    const int fd = atoi(name.c_str());
    const int flags = fcntl(fd, F_GETFD);
    if (fd > 2 && flags >= 0 && (flags & FD_CLOEXEC) == 0) close(fd);
  }
}

void LeaveTheCaller() {
  setsid();
  (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  umask(022);
  (void)chdir("/");
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  CloseInherited();
  const Result<UniqueFd> null = Open("/dev/null", O_RDWR);
  for (int fd = 0; fd <= 2 && null.has_value(); ++fd)
    (void)dup2(null.value().get(), fd);
}

}  // namespace

void RunMonitor(MonitorInput input) {
  LeaveTheCaller();
  _exit(Monitor(std::move(input)).Run());
}

}  // namespace cowbell
