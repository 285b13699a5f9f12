#include "runtime/sandbox/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/sandbox/freezer.h"

namespace cowbell {
namespace {

struct Hierarchy {
  const char* path;
  long magic;
  CgroupKind kind;
};
// In the order of preference.
constexpr Hierarchy kHierarchies[] = {
    {"/sys/fs/cgroup", CGROUP2_SUPER_MAGIC, CgroupKind::kUnified},
    {"/sys/fs/cgroup/unified", CGROUP2_SUPER_MAGIC, CgroupKind::kUnified},
    {"/sys/fs/cgroup/devices", CGROUP_SUPER_MAGIC, CgroupKind::kDevicesV1},
};

bool OnlyV1() {
  const char* forced = getenv("CALF_CGROUP");
  return forced != nullptr && strcmp(forced, "v1") == 0;
}

bool Usable(const Hierarchy& h) {
  struct statfs fs = {};
  return statfs(h.path, &fs) == 0 && static_cast<long>(fs.f_type) == h.magic;
}

std::string LeafPath(const Hierarchy& h, const std::string& id) {
  return std::string(h.path) + "/calf-" + id;
}

Result<CgroupLeaf> OpenLeaf(const Hierarchy& h, const std::string& id) {
  CgroupLeaf leaf{h.kind, LeafPath(h, id), UniqueFd()};
  leaf.dir = TRY(Open(leaf.path, O_RDONLY | O_DIRECTORY));
  return leaf;
}

void KillMembers(const std::string& path) {
  // cgroup.kill exists since Linux 5.14; the list of processes is the way on older ones and on v1.
  if (WriteFile(path + "/cgroup.kill", "1").has_value()) return;
  const Result<std::string> members = ReadFile(path + "/cgroup.procs");
  if (!members.has_value()) return;
  for (const std::string& pid : Lines(members.value())) {
    if (const int number = atoi(pid.c_str()); number > 1) kill(number, SIGKILL);
  }
}

}  // namespace

Result<CgroupLeaf> MakeCgroupLeaf(const std::string& id) {
  for (const Hierarchy& h : kHierarchies) {
    if (OnlyV1() && h.kind != CgroupKind::kDevicesV1) continue;
    if (!Usable(h)) continue;
    const std::string path = LeafPath(h, id);
    if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
      return Error::FromErrno(errno, "make the control group '" + path + "'");
    }
    return OpenLeaf(h, id);
  }
  return Error::FromErrno(ENOENT,
                          "no control group hierarchy is mounted below /sys/fs/cgroup, and devices "
                          "cannot be filtered without one (mount cgroup2 there)");
}

Result<CgroupLeaf> OpenCgroupLeaf(const std::string& id) {
  for (const Hierarchy& h : kHierarchies) {
    if (Exists(LeafPath(h, id))) return OpenLeaf(h, id);
  }
  return Error::FromErrno(ENOENT, "the control group of container " + id);
}

Status EnterCgroupLeaf(const CgroupLeaf& leaf, pid_t pid) {
  return WriteFile(leaf.path + "/cgroup.procs", std::to_string(pid))
      .Within("enter the control group");
}

void RemoveCgroupLeaf(const std::string& id) {
  for (const Hierarchy& h : kHierarchies) {
    const std::string path = LeafPath(h, id);
    if (rmdir(path.c_str()) == 0 || errno != EBUSY) continue;
    // Frozen processes of v1 do not die.
    (void)ThawCgroupLeaf(id).has_value();
    KillMembers(path);
    // Dying processes leave the group a moment after the signal.
    for (int i = 0; i < 200 && rmdir(path.c_str()) != 0 && errno == EBUSY; ++i)
      usleep(1000);
  }
  RemoveFreezer(id);
}

}  // namespace cowbell
