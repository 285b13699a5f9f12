// Child processes: started with posix_spawn-like care, always reaped, never waited for without a
// deadline.

#ifndef COWBELL_RUNTIME_BASE_PROCESS_H_
#define COWBELL_RUNTIME_BASE_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};
// pipe2(2) with O_CLOEXEC.
Result<Pipe> MakePipe();

// How a process ended: by exit(code) or by a signal, never one number for both.
struct ExitStatus {
  bool signalled = false;
  int value = 0;  // exit code, or signal number
  bool ok() const { return !signalled && value == 0; }
  // As a shell reports it: the code, or 128 + signal.
  int ShellCode() const { return signalled ? 128 + value : value; }
  // "exit code 3", "signal 9 (KILL)".
  std::string ToString() const;
  bool operator==(const ExitStatus&) const = default;
};

// When a process started, in clock ticks since boot (proc(5), stat field 22). With the number it
// names one process for ever, although numbers are used again. Errors: ESRCH, also for a zombie.
Result<uint64_t> ProcessStartTime(pid_t pid);

// Where a program lies: `name` itself if it holds a slash, else the first regular file of that name
// in PATH that may be executed. Errors: ENOENT.
Result<std::string> FindProgram(const std::string& name);

// The directory this program lies in (proc(5), /proc/self/exe): what belongs to it is found from
// there, in a build tree and when installed.
Result<std::string> ProgramDir();

struct SpawnOptions {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH unless it holds a slash
  // Replaces the whole environment; nullopt: inherited. "NAME=value".
  std::optional<std::vector<std::string>> env;
  std::string cwd;  // empty: inherited
  // Borrowed; -1: /dev/null. They become 0, 1 and 2 of the child.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  // Further descriptors the child keeps under the given numbers {parent's, child's}.
  std::vector<std::pair<int, int>> extra_fds;
  bool new_process_group = true;
};

// A started child. Destroying it kills the process group with SIGKILL and reaps the child.
class ChildProcess {
 public:
  // Errors: those of execve(2), told apart from anything the child does later.
  static Result<ChildProcess> Spawn(const SpawnOptions& options);
  // A child that runs `body` instead of a program and exits with what it returns. Of `options` only
  // stdin_fd, stdout_fd, stderr_fd and new_process_group count. Everything else of the parent is
  // there as fork(2) leaves it, so `body` must not touch locks that other threads may hold.
  static Result<ChildProcess> Fork(const SpawnOptions& options, const std::function<int()>& body);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  // Becomes readable when the child has ended (pidfd_open(2)).
  int pidfd() const { return pidfd_.get(); }
  Status Signal(int signal);  // to the child alone
  void KillGroup();           // SIGKILL to the whole group
  // Waits and reaps; the answer is kept for later calls. Errors: ETIMEDOUT after `timeout`.
  Result<ExitStatus> Wait(std::optional<std::chrono::milliseconds> timeout = std::nullopt);

 private:
  ChildProcess() = default;
  pid_t pid_ = -1;
  bool own_group_ = false;
  UniqueFd pidfd_;
  std::optional<ExitStatus> status_;
};

struct CommandResult {
  ExitStatus status;
  std::string out;
  std::string err;
  std::chrono::nanoseconds duration{};
};

struct CommandOptions {
  std::optional<std::vector<std::string>> env;
  std::string cwd;
  std::string input;  // written to standard input, then closed
  std::chrono::milliseconds timeout{60'000};
  uint64_t max_output = uint64_t{256} << 20;  // per stream; more is EFBIG
};

// Runs a command to its end and captures what it printed. Errors: cannot be started (errno of
// execve), ETIMEDOUT (the whole group is killed), EFBIG. A non-zero exit status is no error.
Result<CommandResult> RunCommand(const std::vector<std::string>& argv,
                                 const CommandOptions& options = {});

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BASE_PROCESS_H_
