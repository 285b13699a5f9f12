#include "runtime/sandbox/freezer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/sandbox/cgroup.h"

namespace cowbell {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLimit{10};

// The v1 hierarchy has a group of its own per container; it is made by the first freeze.
std::string FreezerPath(const std::string& id) { return "/sys/fs/cgroup/freezer/calf-" + id; }

std::string ReadText(const std::string& path) {
  const Result<std::string> text = ReadFile(path);
  return text.has_value() ? std::string(Trim(text.value())) : "";
}

bool HasLine(const std::string& text, const std::string& line) {
  const std::vector<std::string> lines = Lines(text);
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

Error NoProcess(const std::string& path) {
  return Error::FromErrno(ESRCH, "the control group '" + path + "' has no process");
}

// The kernel announces by POLLPRI that cgroup.events has changed since it was read last.
Status FreezeUnified(const CgroupLeaf& leaf) {
  const UniqueFd events = TRY(OpenAt(leaf.dir.get(), "cgroup.events", O_RDONLY));
  TRY(WriteFile(leaf.path + "/cgroup.freeze", "1"));
  const Clock::time_point end = Clock::now() + kLimit;
  while (true) {
    if (lseek(events.get(), 0, SEEK_SET) != 0) return Error::FromErrno(errno, "lseek");
    const std::string text = TRY(ReadAll(events.get()));
    if (HasLine(text, "populated 0")) return NoProcess(leaf.path);
    if (HasLine(text, "frozen 1")) return Ok();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return Error::FromErrno(ETIMEDOUT, "freeze '" + leaf.path + "'");
    pollfd poller = {events.get(), POLLPRI, 0};
    (void)poll(&poller, 1, static_cast<int>(left.count()));
  }
}

// Brings every process of the container's group into its freezer. Who is forked by one that is
// there is there too, so this ends.
Status EnterFreezer(const CgroupLeaf& leaf, const std::string& freezer) {
  while (true) {
    const std::vector<std::string> here = Lines(TRY(ReadFile(freezer + "/cgroup.procs")));
    const std::set<std::string> inside(here.begin(), here.end());
    bool moved = false;
    for (const std::string& pid : Lines(TRY(ReadFile(leaf.path + "/cgroup.procs")))) {
      if (inside.count(pid) > 0) continue;
      moved = true;
      const Status entered = WriteFile(freezer + "/cgroup.procs", pid);
      if (!entered.has_value() && entered.error().errno_value() != ESRCH) return entered.error();
    }
    if (!moved) return inside.empty() ? Status(NoProcess(leaf.path)) : Ok();
  }
}

Status FreezeV1(const CgroupLeaf& leaf, const std::string& id) {
  const std::string freezer = FreezerPath(id);
  if (mkdir(freezer.c_str(), 0755) != 0 && errno != EEXIST) {
    return Error::FromErrno(errno, "make the control group '" + freezer + "'");
  }
  const Clock::time_point end = Clock::now() + kLimit;
  TRY(EnterFreezer(leaf, freezer));
  while (true) {
    // Written again each time: a process that was being forked may have been missed.
    TRY(WriteFile(freezer + "/freezer.state", "FROZEN"));
    if (ReadText(freezer + "/freezer.state") == "FROZEN") return Ok();
    if (Clock::now() > end) return Error::FromErrno(ETIMEDOUT, "freeze '" + freezer + "'");
    usleep(1000);
  }
}

}  // namespace

Status FreezeCgroupLeaf(const std::string& id) {
  const CgroupLeaf leaf = TRY(OpenCgroupLeaf(id));
  Status frozen = leaf.kind == CgroupKind::kUnified ? FreezeUnified(leaf) : FreezeV1(leaf, id);
  if (!frozen.has_value()) (void)ThawCgroupLeaf(id).has_value();
  return frozen;
}

Status ThawCgroupLeaf(const std::string& id) {
  if (!IsCgroupLeafFrozen(id)) return Ok();
  const CgroupLeaf leaf = TRY(OpenCgroupLeaf(id));
  if (leaf.kind == CgroupKind::kUnified) return WriteFile(leaf.path + "/cgroup.freeze", "0");
  return WriteFile(FreezerPath(id) + "/freezer.state", "THAWED");
}

bool IsCgroupLeafFrozen(const std::string& id) {
  const Result<CgroupLeaf> leaf = OpenCgroupLeaf(id);
  if (!leaf.has_value()) return false;
  if (leaf.value().kind == CgroupKind::kUnified) {
    return ReadText(leaf.value().path + "/cgroup.freeze") == "1";
  }
  const std::string state = ReadText(FreezerPath(id) + "/freezer.state");
  return state == "FROZEN" || state == "FREEZING";
}

void RemoveFreezer(const std::string& id) {
  const std::string path = FreezerPath(id);
  // Dying processes leave the group a moment after the signal.
  for (int i = 0; i < 200 && rmdir(path.c_str()) != 0 && errno == EBUSY; ++i)
    usleep(1000);
}

}  // namespace cowbell
