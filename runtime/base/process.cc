#include "runtime/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "runtime/base/file.h"

namespace cowbell {
namespace {

using Clock = std::chrono::steady_clock;

Error SysError(std::string what) { return Error::FromErrno(errno, std::move(what)); }

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& s : strings)
    out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

struct ChildPlan {
  const char* program;
  char* const* argv;
  char* const* envp;
  const char* cwd;                       // nullptr: inherited
  std::vector<std::pair<int, int>> fds;  // {source, target}
  int report_fd;
  bool new_process_group;
};

// Runs between fork and exec: async-signal-safe calls only. Reports errno on the pipe.
[[noreturn]] void ExecChild(ChildPlan& plan) {
  if (plan.new_process_group) setpgid(0, 0);
  bool ok = true;
  // First above every target, so that no dup2 overwrites a source still needed.
  int top = plan.report_fd + 1;
  for (const auto& [source, target] : plan.fds)
    top = std::max({top, target + 1, source + 1});
  for (auto& [source, target] : plan.fds) {
    const int moved = fcntl(source, F_DUPFD_CLOEXEC, top);
    ok = ok && moved >= 0;
    source = moved;
  }
  const int report = fcntl(plan.report_fd, F_DUPFD_CLOEXEC, top);
  for (const auto& [source, target] : plan.fds)
    ok = ok && dup2(source, target) >= 0;
  ok = ok && (plan.cwd == nullptr || chdir(plan.cwd) == 0);
  if (ok) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    execve(plan.program, plan.argv, plan.envp);
  }
  const int error = errno;
  (void)!write(report, &error, sizeof(error));
  _exit(127);
}

}  // namespace

Result<uint64_t> ProcessStartTime(pid_t pid) {
  const std::string what = "process " + std::to_string(pid);
  const Result<std::string> stat = ReadFile("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!stat.has_value()) return Error::FromErrno(ESRCH, what);
  // The program's name stands in parentheses and may hold any byte: fields count from the last one.
  const size_t name_end = stat.value().rfind(") ");
  if (name_end == std::string::npos) return Error::FromErrno(ESRCH, what);
  std::string_view rest = std::string_view(stat.value()).substr(name_end + 2);
  if (rest.empty() || rest[0] == 'Z' || rest[0] == 'X') return Error::FromErrno(ESRCH, what);
  for (int field = 3; field < 22; ++field) {
    const size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) return Error::FromErrno(ESRCH, what);
    rest.remove_prefix(blank + 1);
  }
  uint64_t ticks = 0;
  if (std::from_chars(rest.data(), rest.data() + rest.size(), ticks).ec != std::errc()) {
    return Error::FromErrno(ESRCH, what);
  }
  return ticks;
}

Result<std::string> FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path_variable = getenv("PATH");
  std::string_view path =
      path_variable != nullptr ? path_variable : "/usr/sbin:/usr/bin:/sbin:/bin";
  while (true) {
    const size_t colon = path.find(':');
    const std::string_view dir = path.substr(0, colon);
    const std::string candidate = (dir.empty() ? "." : std::string(dir)) + "/" + name;
    struct stat st = {};
    if (access(candidate.c_str(), X_OK) == 0 && stat(candidate.c_str(), &st) == 0 &&
        S_ISREG(st.st_mode)) {
      return candidate;
    }
    if (colon == std::string_view::npos) break;
    path.remove_prefix(colon + 1);
  }
  return Error::FromErrno(ENOENT, "program '" + name + "' in PATH");
}

Result<std::string> ProgramDir() {
  std::string path(PATH_MAX, '\0');
  const ssize_t n = readlink("/proc/self/exe", path.data(), path.size());
  if (n <= 0) return SysError("readlink '/proc/self/exe'");
  path.resize(static_cast<size_t>(n));
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<Pipe> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return SysError("pipe2");
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::string ExitStatus::ToString() const {
  if (!signalled) return "exit code " + std::to_string(value);
  const char* name = sigabbrev_np(value);
  return "signal " + std::to_string(value) + " (" + (name != nullptr ? name : "?") + ")";
}

Result<ChildProcess> ChildProcess::Spawn(const SpawnOptions& options) {
  if (options.argv.empty()) return Error::FromErrno(EINVAL, "spawn: empty argument list");
  // Before the fork, so that the child allocates nothing.
  const std::string program = TRY(FindProgram(options.argv[0]));
  const UniqueFd null = TRY(Open("/dev/null", O_RDWR));
  const std::vector<char*> argv = Pointers(options.argv);
  std::vector<char*> envp;
  if (options.env) envp = Pointers(*options.env);
  Pipe report = TRY(MakePipe());
  ChildPlan plan{.program = program.c_str(),
                 .argv = argv.data(),
                 .envp = options.env ? envp.data() : environ,
                 .cwd = options.cwd.empty() ? nullptr : options.cwd.c_str(),
                 .fds = {},
                 .report_fd = report.write.get(),
                 .new_process_group = options.new_process_group};
  const int standard[] = {options.stdin_fd, options.stdout_fd, options.stderr_fd};
  for (int target = 0; target < 3; ++target) {
    plan.fds.emplace_back(standard[target] >= 0 ? standard[target] : null.get(), target);
  }
  for (const auto& fd : options.extra_fds)
    plan.fds.push_back(fd);

  const pid_t pid = fork();
  if (pid < 0) return SysError("fork");
  if (pid == 0) ExecChild(plan);
  ChildProcess child;
  child.pid_ = pid;
  child.own_group_ = options.new_process_group;
  child.pidfd_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  report.write.reset();
  int error = 0;
  ssize_t n = 0;
  do {
    n = read(report.read.get(), &error, sizeof(error));
  } while (n < 0 && errno == EINTR);
  if (n > 0) return Error::FromErrno(error, "execute '" + program + "'");
  if (!child.pidfd_.valid()) return SysError("pidfd_open");
  return child;
}

Result<ChildProcess> ChildProcess::Fork(const SpawnOptions& options,
                                        const std::function<int()>& body) {
  const UniqueFd null = TRY(Open("/dev/null", O_RDWR));
  const int standard[] = {options.stdin_fd, options.stdout_fd, options.stderr_fd};
  const pid_t pid = fork();
  if (pid < 0) return SysError("fork");
  if (pid == 0) {
    if (options.new_process_group) setpgid(0, 0);
    int moved[3];
    for (int i = 0; i < 3; ++i)
      moved[i] = fcntl(standard[i] >= 0 ? standard[i] : null.get(), F_DUPFD_CLOEXEC, 3);
    for (int i = 0; i < 3; ++i) {
      if (moved[i] < 0 || dup2(moved[i], i) < 0) _exit(127);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    _exit(body());
  }
  ChildProcess child;
  child.pid_ = pid;
  child.own_group_ = options.new_process_group;
  child.pidfd_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!child.pidfd_.valid()) return SysError("pidfd_open");
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      own_group_(other.own_group_),
      pidfd_(std::move(other.pidfd_)),
      status_(other.status_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(own_group_, other.own_group_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(status_, other.status_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0 || status_) return;
  const int saved_errno = errno;
  KillGroup();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  errno = saved_errno;
}

Status ChildProcess::Signal(int signal) {
  if (status_) return Error::FromErrno(ESRCH, "signal a process that has ended");
  if (kill(pid_, signal) != 0) return SysError("kill " + std::to_string(pid_));
  return Ok();
}

void ChildProcess::KillGroup() {
  if (pid_ < 0 || status_) return;
  kill(own_group_ ? -pid_ : pid_, SIGKILL);
  if (own_group_) kill(pid_, SIGKILL);  // in case setpgid has not run yet
}

Result<ExitStatus> ChildProcess::Wait(std::optional<std::chrono::milliseconds> timeout) {
  if (status_) return *status_;
  if (timeout) {
    const auto deadline = Clock::now() + *timeout;
    while (true) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      pollfd p{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
      const int n = poll(&p, 1, static_cast<int>(std::clamp<int64_t>(left, 0, 1 << 30)));
      if (n > 0) break;
      if (n == 0) return Error::FromErrno(ETIMEDOUT, "wait for process " + std::to_string(pid_));
      if (errno != EINTR) return SysError("poll");
    }
  }
  int raw = 0;
  while (waitpid(pid_, &raw, 0) < 0) {
    if (errno != EINTR) return SysError("waitpid " + std::to_string(pid_));
  }
  status_ =
      WIFSIGNALED(raw) ? ExitStatus{true, WTERMSIG(raw)} : ExitStatus{false, WEXITSTATUS(raw)};
  return *status_;
}

Result<CommandResult> RunCommand(const std::vector<std::string>& argv,
                                 const CommandOptions& options) {
  const auto start = Clock::now();
  const auto deadline = start + options.timeout;
  Pipe in = TRY(MakePipe());
  Pipe out = TRY(MakePipe());
  Pipe err = TRY(MakePipe());
  SpawnOptions spawn{.argv = argv, .env = options.env, .cwd = options.cwd, .extra_fds = {}};
  spawn.stdin_fd = in.read.get();
  spawn.stdout_fd = out.write.get();
  spawn.stderr_fd = err.write.get();
  ChildProcess child = TRY(ChildProcess::Spawn(spawn));
  in.read.reset();
  out.write.reset();
  err.write.reset();
  fcntl(in.write.get(), F_SETFL, O_NONBLOCK);

  CommandResult result;
  std::string_view input = options.input;
  if (input.empty()) in.write.reset();
  UniqueFd* outputs[] = {&out.read, &err.read};
  std::string* texts[] = {&result.out, &result.err};
  // A closed pipe must be an EPIPE here, whatever the program did with the signal.
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction old = {};
  sigaction(SIGPIPE, &ignore, &old);
  auto pump = [&]() -> Status {
    while (out.read.valid() || err.read.valid()) {
      pollfd fds[3] = {
          {out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}, {in.write.get(), POLLOUT, 0}};
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return Error::FromErrno(ETIMEDOUT, "command '" + argv[0] + "'");
      const int n = poll(fds, 3, static_cast<int>(std::min<int64_t>(left, 1 << 30)));
      if (n < 0 && errno != EINTR) return SysError("poll");
      if (n <= 0) continue;
      for (int i = 0; i < 2; ++i) {
        if (fds[i].revents == 0) continue;
        char buffer[65536];
        const ssize_t got = read(fds[i].fd, buffer, sizeof(buffer));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
          outputs[i]->reset();
          continue;
        }
        texts[i]->append(buffer, static_cast<size_t>(got));
        if (texts[i]->size() > options.max_output) {
          return Error::FromErrno(EFBIG, "output of '" + argv[0] + "'");
        }
      }
      if (fds[2].revents != 0) {
        const ssize_t put = write(in.write.get(), input.data(), input.size());
        if (put > 0) input.remove_prefix(static_cast<size_t>(put));
        if (input.empty() || (put < 0 && errno != EAGAIN && errno != EINTR)) in.write.reset();
      }
    }
    return Ok();
  };
  const Status pumped = pump();
  sigaction(SIGPIPE, &old, nullptr);
  if (!pumped.has_value()) return Error(pumped.error());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  result.status = TRY(
      child.Wait(std::max(left, std::chrono::milliseconds(1))).Within("command '" + argv[0] + "'"));
  result.duration = Clock::now() - start;
  return result;
}

}  // namespace cowbell
