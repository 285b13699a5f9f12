#include "conformance/harness/leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/base/unique_fd.h"

namespace cowbell::conformance {
namespace {

using Clock = std::chrono::steady_clock;

// The parent of a process, 0 when it is gone. The command's name may hold anything, so the fields
// are counted from the last ')'.
pid_t ParentOf(const std::string& pid) {
  const Result<std::string> stat = ReadFile("/proc/" + pid + "/stat");
  if (!stat.has_value()) return 0;
  const size_t end = stat.value().rfind(')');
  if (end == std::string::npos) return 0;
  const std::vector<std::string> fields = Split(Trim(stat.value().substr(end + 1)), ' ');
  return fields.size() > 1 ? static_cast<pid_t>(atoi(fields[1].c_str())) : 0;
}

// Octal escapes of /proc/self/mountinfo.
std::string UnescapeMountPath(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                               (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Waits for one child to end, until `deadline`. False: nothing ended in time.
bool AwaitChildSignal(Clock::time_point deadline) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  const auto left =
      std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - Clock::now()).count();
  if (left <= 0) return false;
  const timespec timeout{.tv_sec = static_cast<time_t>(left / 1'000'000'000),
                         .tv_nsec = static_cast<long>(left % 1'000'000'000)};
  return sigtimedwait(&set, nullptr, &timeout) == SIGCHLD || errno == EINTR;
}

// Reaps what has ended. False: there is no child any more.
bool ReapEnded() {
  while (true) {
    const pid_t pid = waitpid(-1, nullptr, WNOHANG | __WALL);
    if (pid == 0) return true;
    if (pid < 0 && errno != EINTR) return false;
  }
}

}  // namespace

std::vector<pid_t> DescendantsOf(pid_t ancestor) {
  std::multimap<pid_t, pid_t> children;
  const Result<std::vector<std::string>> names = ListDir("/proc");
  if (!names.has_value()) return {};
  for (const std::string& name : names.value()) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t parent = ParentOf(name);
    if (parent > 0) children.emplace(parent, static_cast<pid_t>(atoi(name.c_str())));
  }
  std::vector<pid_t> found;
  std::vector<pid_t> open = {ancestor};
  while (!open.empty()) {
    const auto [first, last] = children.equal_range(open.back());
    open.pop_back();
    for (auto it = first; it != last; ++it) {
      found.push_back(it->second);
      open.push_back(it->second);
    }
  }
  return found;
}

std::string DescribeProcess(pid_t pid) {
  const std::string dir = "/proc/" + std::to_string(pid);
  std::string command;
  if (const auto cmdline = ReadFile(dir + "/cmdline"); cmdline.has_value()) {
    command = cmdline.value();
    std::replace(command.begin(), command.end(), '\0', ' ');
  }
  if (Trim(command).empty()) {
    if (const auto comm = ReadFile(dir + "/comm"); comm.has_value()) command = comm.value();
  }
  return std::to_string(pid) + " " + Sanitize(Trim(command), 200);
}

bool AwaitChildren(std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (ReapEnded()) {
    if (!AwaitChildSignal(deadline)) return !ReapEnded();
  }
  return true;
}

bool KillDescendants(std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (ReapEnded()) {
    for (const pid_t pid : DescendantsOf(getpid()))
      kill(pid, SIGKILL);
    if (Clock::now() >= deadline) return !ReapEnded();
    AwaitChildSignal(std::min(deadline, Clock::now() + std::chrono::milliseconds(100)));
  }
  return true;
}

Result<std::vector<Mount>> ReadMounts() {
  const std::string text = TRY(ReadFile("/proc/self/mountinfo"));
  std::vector<Mount> mounts;
  for (const std::string& line : Lines(text)) {
    // ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG…] - TYPE SOURCE SUPER-OPTIONS
    const std::vector<std::string> fields = Split(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 10 || fields.end() - dash < 2) {
      return Error::FromMessage("/proc/self/mountinfo: '" + line + "'");
    }
    Mount mount{.id = fields[0], .type = dash[1], .point = UnescapeMountPath(fields[4])};
    mount.received = std::any_of(fields.begin() + 6, dash, [](const std::string& tag) {
      return tag.starts_with("master:") || tag.starts_with("propagate_from:");
    });
    mount.on_itself = mount.point != "/" && mount.point.ends_with(UnescapeMountPath(fields[3])) &&
                      fields[3] != "/";
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

bool LiesBelow(const std::string& path, const std::string& directory) {
  return path == directory || (path.size() > directory.size() && path.starts_with(directory) &&
                               path[directory.size()] == '/');
}

std::vector<std::string> UnmountBelow(const std::string& directory) {
  std::vector<std::string> done;
  const Result<std::vector<Mount>> mounts = ReadMounts();
  if (!mounts.has_value()) return {mounts.error().ToString()};
  for (auto it = mounts.value().rbegin(); it != mounts.value().rend(); ++it) {
    if (!LiesBelow(it->point, directory)) continue;
    done.push_back("mount of " + it->type + " on '" + it->point + "'");
    if (umount2(it->point.c_str(), MNT_DETACH) != 0) {
      done.back() += ", which cannot be unmounted: " + ErrnoText(errno);
    }
  }
  return done;
}

std::vector<std::string> DetachLoopsBelow(const std::string& directory) {
  std::vector<std::string> done;
  const Result<std::vector<std::string>> names = ListDir("/sys/block");
  if (!names.has_value()) return done;
  for (const std::string& name : names.value()) {
    if (!name.starts_with("loop")) continue;
    const auto backing = ReadFile("/sys/block/" + name + "/loop/backing_file");
    if (!backing.has_value()) continue;  // free
    const std::string file(Trim(backing.value()));
    if (!LiesBelow(file, directory)) continue;
    done.push_back("loop device /dev/" + name + " on '" + file + "'");
    const Result<UniqueFd> fd = Open("/dev/" + name, O_RDONLY);
    if (!fd.has_value() || ioctl(fd.value().get(), LOOP_CLR_FD, 0) != 0) {
      done.back() += ", which cannot be detached: " + ErrnoText(errno);
    }
  }
  return done;
}

std::vector<std::string> FilesBelow(const std::string& directory,
                                    const std::set<std::string>& except, size_t limit) {
  std::vector<std::string> found;
  const Result<std::vector<std::string>> names = ListDir(directory);
  if (!names.has_value()) return found;
  for (const std::string& name : names.value()) {
    if (found.size() >= limit) break;
    if (except.contains(name)) continue;
    const std::string path = directory + "/" + name;
    struct stat st = {};
    if (lstat(path.c_str(), &st) != 0) continue;
    if (!S_ISDIR(st.st_mode)) {
      found.push_back(path);
      continue;
    }
    const auto inner = FilesBelow(path, {}, limit - found.size());
    found.insert(found.end(), inner.begin(), inner.end());
  }
  return found;
}

}  // namespace cowbell::conformance
