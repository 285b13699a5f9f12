// cowbell-floor: the bare system calls that any implementation of an operation needs, as a process
// of its own, so that it is timed exactly as an engine's command is.
//
//   cowbell-floor run LOWER DIR PROGRAM…    new RW layer, namespaces, union, exec, wait, remove it
//   cowbell-floor start LOWER DIR PROGRAM…  the same over a RW layer that stays
//   cowbell-floor create DIR                the directories and one record
//   cowbell-floor rm DIR
//   cowbell-floor copy FILE DIR NAME        DIR/NAME becomes a copy of FILE, whole or not at all

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "runtime/base/file.h"

namespace cowbell {
namespace {

Error SysError(const std::string& what) { return Error::FromErrno(errno, what); }

Status MakeRwLayer(const std::string& dir) {
  for (const char* name : {"", "/upper", "/work", "/root"}) {
    if (mkdir((dir + name).c_str(), 0700) != 0) return SysError("mkdir '" + dir + name + "'");
  }
  return WriteFileAtomic(dir + "/record", "{}");
}

// The child's part, between clone3 and exec: what a container's root needs at least.
[[noreturn]] void EnterAndExec(const std::string& lower, const std::string& dir, char** argv) {
  const std::string root = dir + "/root";
  const std::string options =
      "lowerdir=" + lower + ",upperdir=" + dir + "/upper,workdir=" + dir + "/work";
  const bool ok = mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                  mount("overlay", root.c_str(), "overlay", 0, options.c_str()) == 0 &&
                  mount("proc", (root + "/proc").c_str(), "proc", 0, nullptr) == 0 &&
                  mount("tmpfs", (root + "/dev").c_str(), "tmpfs", 0, "mode=755") == 0 &&
                  chdir(root.c_str()) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
                  umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
  if (ok) execv(argv[0], argv);
  fprintf(stderr, "cowbell-floor: %s\n", strerror(errno));
  _exit(125);
}

Result<int> RunContainer(const std::string& lower, const std::string& dir, char** argv) {
  clone_args args = {};
  args.flags =
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP;
  args.exit_signal = SIGCHLD;
  const long pid = syscall(SYS_clone3, &args, sizeof(args));
  if (pid < 0) return SysError("clone3");
  if (pid == 0) EnterAndExec(lower, dir, argv);
  int raw = 0;
  while (waitpid(static_cast<pid_t>(pid), &raw, 0) < 0) {
    if (errno != EINTR) return SysError("waitpid");
  }
  return WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
}

Status CopyFile(const std::string& from, const std::string& dir, const std::string& name) {
  const UniqueFd source = TRY(Open(from, O_RDONLY | O_NOFOLLOW));
  struct stat st = {};
  if (fstat(source.get(), &st) != 0) return SysError("fstat");
  const UniqueFd parent = TRY(Open(dir, O_RDONLY | O_DIRECTORY));
  const std::string temp = name + ".tmp";
  const UniqueFd target =
      TRY(OpenAt(parent.get(), temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t n = read(source.get(), buffer.data(), buffer.size());
    if (n < 0) return SysError("read");
    if (n == 0) break;
    TRY(WriteAll(target.get(), {buffer.data(), static_cast<size_t>(n)}));
  }
  const timespec times[2] = {st.st_atim, st.st_mtim};
  if (fchown(target.get(), 0, 0) != 0 || fchmod(target.get(), st.st_mode & 07777) != 0 ||
      futimens(target.get(), times) != 0 ||
      renameat(parent.get(), temp.c_str(), parent.get(), name.c_str()) != 0) {
    return SysError("place '" + name + "'");
  }
  return Ok();
}

Result<int> Main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "run" && argc > 4) {
    TRY(MakeRwLayer(argv[3]));
    const int code = TRY(RunContainer(argv[2], argv[3], argv + 4));
    TRY(RemoveTree(argv[3]));
    return code;
  }
  if (verb == "start" && argc > 4) return RunContainer(argv[2], argv[3], argv + 4);
  if (verb == "create" && argc == 3) {
    TRY(MakeRwLayer(argv[2]));
    return 0;
  }
  if (verb == "rm" && argc == 3) {
    TRY(RemoveTree(argv[2]));
    return 0;
  }
  if (verb == "copy" && argc == 5) {
    TRY(CopyFile(argv[2], argv[3], argv[4]));
    return 0;
  }
  return Error::FromMessage("usage: cowbell-floor run|start|create|rm|copy …");
}

}  // namespace
}  // namespace cowbell

int main(int argc, char** argv) {
  cowbell::Result<int> code = cowbell::Main(argc, argv);
  if (code.has_value()) return code.value();
  fprintf(stderr, "cowbell-floor: %s\n", code.error().ToString().c_str());
  return 125;
}
