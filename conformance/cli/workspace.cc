#include "conformance/cli/workspace.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "conformance/harness/leftovers.h"
#include "runtime/base/process.h"

namespace cowbell::conformance {
namespace {

std::string Absolute(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) != nullptr ? resolved : path;
}

// Mounts an overlay with its upper layer below `dir`, in a child with a mount namespace of its own.
// Returns the errno, 0 when it works.
int TryOverlayUpper(const std::string& dir) {
  Result<TempDir> made = TempDir::Create(dir, "cowbell-upper-");
  if (!made.has_value()) return made.error().errno_value();
  const std::string root = made.value().path();
  for (const char* name : {"/l", "/u", "/w", "/m"}) {
    const Status status = MakeDirs(root + name);
    if (!status.has_value()) return status.error().errno_value();
  }
  const std::string options =
      "lowerdir=" + root + "/l,upperdir=" + root + "/u,workdir=" + root + "/w";
  const std::string target = root + "/m";
  const pid_t pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) {
    if (unshare(CLONE_NEWNS) != 0) _exit(errno);
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) _exit(errno);
    _exit(mount("overlay", target.c_str(), "overlay", 0, options.c_str()) == 0 ? 0 : errno);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

Result<WorkDir> MakeBelow(const std::string& base, const std::string& label) {
  const std::string path = Absolute(base) + "/" + label;
  TRY(MakeDirs(path, 0755).Within("working directory"));
  return WorkDir{path, {}};
}

}  // namespace

Result<WorkDir> MakeWorkDir(const std::string& base, const std::string& label) {
  if (!base.empty()) return MakeBelow(base, label);
  std::vector<std::string> candidates;
  const char* const tmp = getenv("TMPDIR");
  if (tmp != nullptr && *tmp == '/') candidates.emplace_back(tmp);
  candidates.insert(candidates.end(), {"/tmp", "/var/tmp"});
  std::string writable;
  for (const std::string& candidate : candidates) {
    if (access(candidate.c_str(), W_OK | X_OK) != 0) continue;
    if (writable.empty()) writable = candidate;
    if (TryOverlayUpper(candidate) == 0) return MakeBelow(candidate, label);
  }
  if (writable.empty()) {
    return Error::FromMessage(
        "neither TMPDIR nor /tmp nor /var/tmp can be written; name a directory with --work-dir");
  }
  WorkDir dir = TRY(MakeBelow(writable, label));
  dir.note = geteuid() == 0
                 ? "neither TMPDIR nor /tmp nor /var/tmp can hold the upper layer of an overlay "
                   "(they lie on an overlay themselves?); subjects that need it will fail. Set "
                   "TMPDIR or --work-dir to a directory on another volume, or mount a tmpfs there"
                 : "not root: subjects that mount file systems will not work";
  return dir;
}

std::vector<std::string> RemoveWorkDir(const std::string& path) {
  std::vector<std::string> found = UnmountBelow(path);
  const std::vector<std::string> loops = DetachLoopsBelow(path);
  found.insert(found.end(), loops.begin(), loops.end());
  const Status removed = RemoveTree(path);
  if (!removed.has_value()) found.push_back(removed.error().ToString());
  return found;
}

Result<std::string> FindProbe() {
  const char* const own = getenv("COWBELL_PROBE");
  if (own != nullptr && *own != '\0') {
    if (access(own, X_OK) != 0) {
      return Error::FromErrno(errno, std::string("probe '") + own + "' of COWBELL_PROBE");
    }
    return std::string(own);
  }
  const std::string dir = TRY(ProgramDir());
  for (const char* place : {"/probe", "/../libexec/cowbell/probe"}) {
    if (access((dir + place).c_str(), X_OK) == 0) return Absolute(dir + place);
  }
  return Error::FromErrno(ENOENT, "no probe in '" + dir + "'; name it in COWBELL_PROBE");
}

Result<std::string> MakeRunDir(const std::string& out, const std::string& id, bool flat) {
  const std::string dir = flat ? out : out + "/runs/" + id;
  TRY(MakeDirs(dir).Within("run directory"));
  if (flat) return dir;
  const std::string link = out + "/latest";
  const std::string temporary = link + "." + id;
  if (symlink(("runs/" + id).c_str(), temporary.c_str()) != 0 ||
      rename(temporary.c_str(), link.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    return Error::FromErrno(error, "point '" + link + "' to 'runs/" + id + "'");
  }
  return dir;
}

Status WriteReport(const std::string& path, const std::string& text) {
  if (path == "-") return WriteAll(STDOUT_FILENO, text);
  const size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) TRY(MakeDirs(path.substr(0, slash)));
  return WriteFileAtomic(path, text).Within("report '" + path + "'");
}

}  // namespace cowbell::conformance
