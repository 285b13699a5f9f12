#include "runtime/container/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/rootfs/root_path.h"
#include "runtime/sandbox/capabilities.h"

namespace cowbell {
namespace {

StartFailure ExecFailure(int code, const std::string& name, const std::string& why) {
  return {code, "exec: \"" + name + "\": " + why + ": unknown"};
}

std::string Lowered(int errno_value) {
  std::string text = strerrordesc_np(errno_value);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

bool HasVariable(const std::vector<std::string>& env, const std::string& name) {
  return std::any_of(env.begin(), env.end(),
                     [&](const std::string& entry) { return entry.rfind(name + "=", 0) == 0; });
}

std::string Variable(const std::vector<std::string>& env, const std::string& name) {
  std::string value;
  for (const std::string& entry : env) {
    if (entry.rfind(name + "=", 0) == 0) value = entry.substr(name.size() + 1);
  }
  return value;
}

// Go's os/exec.LookPath, whose texts decide between 126 and 127.
struct Program {
  std::string path;
  StartFailure failure;  // code 0: found
};

Program FindProgram(const std::string& name, const std::string& path_variable) {
  struct stat st = {};
  if (name.find('/') != std::string::npos) {
    if (stat(name.c_str(), &st) != 0) {
      const int code = errno == EACCES ? 126 : 127;
      return {"", ExecFailure(code, name, "stat " + name + ": " + Lowered(errno))};
    }
    if (S_ISDIR(st.st_mode) || access(name.c_str(), X_OK) != 0) {
      return {"", ExecFailure(126, name, "permission denied")};
    }
    return {name, {0, ""}};
  }
  for (const std::string& dir : Split(path_variable, ':')) {
    const std::string candidate = (dir.empty() ? "." : dir) + "/" + name;
    if (stat(candidate.c_str(), &st) == 0 && !S_ISDIR(st.st_mode) &&
        access(candidate.c_str(), X_OK) == 0) {
      return {candidate, {0, ""}};
    }
  }
  return {"", ExecFailure(127, name, "executable file not found in $PATH")};
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings)
    pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Missing directories of the path are made, as root, for every user.
Status EnterWorkingDir(const std::string& dir) {
  if (dir.empty() || dir == "/") return Ok();
  const UniqueFd root = TRY(Open("/", O_PATH | O_DIRECTORY));
  Result<UniqueFd> place = MakeInRoot(root.get(), dir, PathKind::kDirectory);
  struct stat st = {};
  const bool not_a_directory = place.has_value()
                                   ? fstat(place.value().get(), &st) != 0 || !S_ISDIR(st.st_mode)
                                   : place.error().errno_value() == ENOTDIR;
  if (not_a_directory) return Error::FromMessage("Cannot mkdir: " + dir + " is not a directory");
  const UniqueFd fd = TRY(std::move(place).Within("working directory '" + dir + "'"));
  if (fchdir(fd.get()) != 0) return Error::FromErrno(errno, "chdir '" + dir + "'");
  char cwd[PATH_MAX];
  if (getcwd(cwd, sizeof(cwd)) == nullptr || cwd[0] != '/') {
    return Error::FromMessage("the working directory '" + dir + "' lies outside of the container");
  }
  return Ok();
}

// The caller's pipes and terminals belong to the container's user, so that /dev/stdout can be
// opened again.
void OwnStandardStreams(const UserIdentity& user) {
  for (int fd = 0; fd <= 2; ++fd) {
    struct stat st = {};
    if (fstat(fd, &st) != 0) continue;
    const bool ours = S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(fd) == 1);
    if (ours) (void)fchown(fd, user.uid, st.st_gid);
  }
}

// Capabilities are given up in an order in which each step still has what it needs: the filter and
// the bounding set before the identity, the own sets last.
Status LimitRights(const ProcessSpec& spec, const UserIdentity& user) {
  const ProcessRights& rights = spec.rights;
  TRY(LimitBoundingSet(rights.capabilities));
  if (rights.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Error::FromErrno(errno, "set no-new-privileges");
  }
  if (!rights.seccomp.empty()) TRY(LoadSeccompFilter(rights.seccomp));
  TRY(BecomeUser(user));
  return SetCapabilities(user.uid == 0 ? rights.capabilities : 0);
}

// The other end of the report pipe is gone: so is the parent, and nobody will look after us.
bool ParentGone(int report_fd) {
  pollfd poller = {report_fd, POLLOUT, 0};
  return poll(&poller, 1, 0) == 1 && (poller.revents & POLLERR) != 0;
}

void RestoreSignals() {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// PID 1 of --init: forwards signals to the program, reaps what is orphaned, ends with the program.
[[noreturn]] void RunInit(pid_t program) {
  sigset_t all;
  sigfillset(&all);
  while (true) {
    int number = 0;
    if (sigwait(&all, &number) != 0) continue;
    if (number != SIGCHLD) {
      kill(program, number);
      continue;
    }
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != program) continue;
      _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    }
  }
}

// The command line of PID 1 is readable in the container; the client's says more than it should.
void HideCommandLine() {
  constexpr std::string_view kName = "calf-init";
  const Result<std::string> line = ReadFile("/proc/self/cmdline");
  if (!line.has_value() || line.value().size() <= kName.size()) return;
  // argv[0] is where the kernel's copy of the arguments begins.
  memset(program_invocation_name, 0, line.value().size());
  memcpy(program_invocation_name, kName.data(), kName.size());
  (void)prctl(PR_SET_NAME, kName.data(), 0, 0, 0);
}

// Returns in the child that becomes the program.
Status SplitInit() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  const pid_t program = fork();
  if (program < 0) return Error::FromErrno(errno, "fork");
  if (program == 0) return Ok();
  HideCommandLine();
  // What the container can see of PID 1 must not hold anything of the host.
  (void)close_range(0, ~0U, 0);
  RunInit(program);
}

}  // namespace

std::vector<std::string> CompleteEnvironment(const ProcessSpec& spec, const std::string& home) {
  std::vector<std::string> env = spec.env;
  if (!spec.hostname.empty() && !HasVariable(env, "HOSTNAME")) {
    env.push_back("HOSTNAME=" + spec.hostname);
  }
  if (spec.tty && !HasVariable(env, "TERM")) env.emplace_back("TERM=xterm");
  if (!HasVariable(env, "HOME")) env.push_back("HOME=" + home);
  return env;
}

Result<ProcessRights> ResolveRights(const ContainerConfig& config) {
  ProcessRights rights;
  const uint64_t held = TRY(HeldCapabilities());
  rights.capabilities =
      TRY(ResolveCapabilities(config.cap_add, config.cap_drop, config.privileged, held));
  bool confined = !config.privileged;
  for (const std::string& option : config.security_opt) {
    if (option == "no-new-privileges" || option == "no-new-privileges=true" ||
        option == "no-new-privileges:true") {
      rights.no_new_privileges = true;
    } else if (option == "no-new-privileges=false" || option == "no-new-privileges:false") {
      rights.no_new_privileges = false;
    } else if (option == "seccomp=unconfined" || option == "seccomp:unconfined") {
      confined = false;
    } else if (option == "seccomp=builtin") {
      confined = true;
    } else if (option == "apparmor=unconfined" || option == "label=disable") {
      continue;  // neither is used
    } else {
      return Error::FromMessage("invalid --security-opt 1: \"" + Sanitize(option) +
                                "\" (calf knows no-new-privileges and seccomp=unconfined)");
    }
  }
  if (confined) rights.seccomp = TRY(SeccompFilterFor(rights.capabilities));
  return rights;
}

void ExecuteProcess(const ProcessSpec& spec, int report_fd) {
  const auto must = [&](const Status& status) {
    if (status.has_value()) return;
    const Error& error = status.error();
    ReportFailure(report_fd, {125, error.errno_value() == 0 ? error.message() : error.ToString()});
  };
  // Descriptors that calf's caller left open stay outside, and while this is still calf's own
  // image nobody in the container may look into it.
  if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) must(Error::FromErrno(errno, "close_range"));
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) must(Error::FromErrno(errno, "prctl"));
  Result<UniqueFd> root = Open("/", O_PATH | O_DIRECTORY);
  if (!root.has_value()) ReportFailure(report_fd, EngineFailure(root.error()));
  Result<UserIdentity> found = ResolveUserInRoot(root.value().get(), spec.user);
  if (!found.has_value()) ReportFailure(report_fd, EngineFailure(found.error()));
  const UserIdentity& user = found.value();
  must(EnterWorkingDir(spec.working_dir));
  OwnStandardStreams(user);
  must(LimitRights(spec, user));
  if (spec.die_with_parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
      must(Error::FromErrno(errno, "prctl PR_SET_PDEATHSIG"));
    }
    if (ParentGone(report_fd)) _exit(137);
  }
  if (spec.init) must(SplitInit());
  RestoreSignals();

  const std::vector<std::string> env = CompleteEnvironment(spec, user.home);
  const Program program = FindProgram(spec.argv[0], Variable(env, "PATH"));
  if (program.failure.code != 0) ReportFailure(report_fd, program.failure);
  std::vector<char*> argv = Pointers(spec.argv);
  std::vector<char*> envp = Pointers(env);
  execve(program.path.c_str(), argv.data(), envp.data());
  const int code = errno == ENOENT ? 127 : 126;
  ReportFailure(report_fd, ExecFailure(code, spec.argv[0], Lowered(errno)));
}

}  // namespace cowbell
