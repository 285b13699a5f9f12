#include "runtime/sandbox/own_program.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {
namespace {
constexpr char kSelf[] = "/proc/self/exe";
constexpr char kPathVariable[] = "CALF_PROGRAM";

bool OnReadOnlyMount() {
  struct statvfs fs = {};
  return statvfs(kSelf, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}
}  // namespace

Result<std::string> ProgramPath() {
  std::string path(PATH_MAX, '\0');
  const ssize_t length = readlink(kSelf, path.data(), path.size());
  if (length <= 0) return Error::FromErrno(errno, "readlink '/proc/self/exe'");
  path.resize(static_cast<size_t>(length));
  const char* told = getenv(kPathVariable);
  return path == "/" && told != nullptr ? std::string(told) : path;
}

Status RunFromReadOnlyMount() {
  if (OnReadOnlyMount()) return Ok();
  const std::string context = "run calf from a read-only mount";
  const std::string path = TRY(ProgramPath());
  const UniqueFd tree(open_tree(AT_FDCWD, kSelf, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree.valid()) return Error::FromErrno(errno, context + ": open_tree");
  mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) != 0) {
    return Error::FromErrno(errno, context + ": mount_setattr");
  }
  const std::string cmdline = TRY(ReadFile("/proc/self/cmdline").Within(context));
  std::vector<std::string> arguments = Split(cmdline, '\0');
  arguments.pop_back();  // after the last NUL
  std::vector<char*> argv;
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  setenv(kPathVariable, path.c_str(), 1);
  execveat(tree.get(), "", argv.data(), environ, AT_EMPTY_PATH);
  return Error::FromErrno(errno, context + ": execveat");
}

}  // namespace cowbell
