#include "runtime/store/containers.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>

#include "runtime/base/process.h"
#include "runtime/base/text.h"
#include "runtime/sandbox/cgroup.h"
#include "runtime/sandbox/freezer.h"
#include "runtime/store/container_json.h"
#include "runtime/store/images.h"
#include "runtime/store/rw_layer.h"
#include "runtime/store/volumes.h"

namespace cowbell {
namespace {

constexpr char kStagingPrefix[] = "container.";  // container.PID.START.WHAT

std::string ConfigPath(const Store& store, const std::string& id) {
  return store.ContainerDir(id) + "/container.json";
}
std::string StatePath(const Store& store, const std::string& id) {
  return store.ContainerDir(id) + "/state.json";
}
std::string RestartPath(const Store& store, const std::string& id) {
  return store.ContainerDir(id) + "/restart";
}
std::string RunPath(const Store& store, const std::string& id) {
  return store.ContainerDir(id) + "/run";
}

Error NoSuchContainer(const std::string& reference) {
  return Error::FromErrno(ENOENT, "No such container: " + Sanitize(reference));
}

bool IsHex(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Whoever runs under this number and start time still lives.
bool ProcessAlive(pid_t pid, uint64_t start) {
  if (pid <= 0) return false;
  const Result<uint64_t> now = ProcessStartTime(pid);
  return now.has_value() && now.value() == start;
}

// Kills the process and returns when it is gone. The number is compared after the handle is open,
// so that it cannot mean anybody else.
void EndProcess(pid_t pid, uint64_t start) {
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid() || !ProcessAlive(pid, start)) return;
  (void)syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
  pollfd poller = {pidfd.get(), POLLIN, 0};
  while (poll(&poller, 1, -1) < 0 && errno == EINTR) {
  }
}

// Removes what killed commands left in the staging area. Best effort: what cannot be removed now is
// tried again by the next command.
void CleanStaging(const Store& store) {
  const Result<std::vector<std::string>> names = ListDir(store.TmpDir());
  if (!names.has_value()) return;
  for (const std::string& name : names.value()) {
    if (name.rfind(kStagingPrefix, 0) != 0) continue;
    const std::vector<std::string> parts = Split(name, '.');
    pid_t pid = 0;
    uint64_t start = 0;
    if (parts.size() == 4) {
      std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), pid);
      std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), start);
    }
    if (ProcessAlive(pid, start)) continue;
    (void)RemoveTree(store.TmpDir() + "/" + name).has_value();
  }
}

bool Holds(const Store& store, const std::string& name, const std::string& id) {
  const Result<std::string> holder = ReadFile(store.NamePath(name), 64);
  return holder.has_value() && holder.value() == id;
}

// A name file of `id` whose maker died before the container appeared or was renamed: taken away.
// `path` may have changed hands meanwhile; the content, the lock and the inode tell.
void RemoveStaleName(const std::string& path, const std::string& id) {
  const Result<UniqueFd> fd = Open(path, O_RDONLY | O_NOFOLLOW);
  if (!fd.has_value() || flock(fd.value().get(), LOCK_EX | LOCK_NB) != 0) return;
  const Result<std::string> holder = ReadAll(fd.value().get(), 64);
  if (!holder.has_value() || holder.value() != id) return;
  struct stat held = {};
  struct stat named = {};
  if (fstat(fd.value().get(), &held) != 0 || lstat(path.c_str(), &named) != 0) return;
  if (held.st_ino == named.st_ino && held.st_dev == named.st_dev) unlink(path.c_str());
}

// True if the container that holds a name is not there or, by its own record, has another name.
bool IsStale(const Store& store, const std::string& name, const std::string& holder) {
  if (!Exists(store.ContainerDir(holder))) return true;
  const Result<ContainerConfig> config = ReadContainerConfig(store, holder);
  return config.has_value() && config.value().name != name;
}

// Takes the name for `id`. The result holds the lock that tells others that the maker lives.
Result<UniqueFd> TakeName(const Store& store, const std::string& name, const std::string& id) {
  const std::string draft = TRY(StagingPath(store, "name-" + id));
  UniqueFd fd = TRY(Open(draft, O_RDWR | O_CREAT | O_EXCL, 0600));
  Status status = WriteAll(fd.get(), id);
  if (status.has_value() && flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    status = Error::FromErrno(errno, "lock '" + draft + "'");
  }
  const std::string path = store.NamePath(name);
  for (int attempt = 0; status.has_value(); ++attempt) {
    if (link(draft.c_str(), path.c_str()) == 0) break;
    if (errno != EEXIST) {
      status = Error::FromErrno(errno, "link '" + path + "'");
      break;
    }
    const Result<std::string> holder = ReadFile(path, 64);
    const bool stale = holder.has_value() && IsStale(store, name, holder.value());
    if (stale && attempt < 100) {
      RemoveStaleName(path, holder.value());
      continue;
    }
    const std::string who = holder.has_value() ? holder.value() : "unknown";
    status = Error::FromErrno(
        EEXIST, "Conflict. The container name \"/" + name + "\" is already in use by container \"" +
                    who +
                    "\". You have to remove (or rename) that container to be able to reuse "
                    "that name.");
  }
  unlink(draft.c_str());
  if (!status.has_value()) return std::move(status).error();
  return fd;
}

Status FillStaging(const Store& store, const std::string& dir, const ContainerConfig& config) {
  for (const char* part : {"", "/upper", "/work", "/root"}) {
    const std::string path = dir + part;
    if (mkdir(path.c_str(), 0700) != 0) return Error::FromErrno(errno, "mkdir '" + path + "'");
  }
  TRY(FillRwLayer(store, config, dir + "/upper"));
  TRY(WriteFile(dir + "/container.json", ToJson(config), 0600));
  return WriteFile(dir + "/state.json", ToJson(ContainerState()), 0600);
}

std::string PaddedTime(const std::string& time) {
  // "…:24.9Z" sorts after "…:24Z": fractions are brought to nine digits.
  const size_t dot = time.find('.');
  std::string out = time.substr(0, dot);
  if (!out.empty() && out.back() == 'Z') out.pop_back();
  std::string fraction = dot == std::string::npos ? "" : time.substr(dot + 1);
  if (!fraction.empty() && fraction.back() == 'Z') fraction.pop_back();
  fraction.resize(9, '0');
  return out + "." + fraction;
}

Error Damaged(const std::string& id, const Error& error) {
  if (error.errno_value() == ENOENT && error.message().rfind("No such container", 0) == 0) {
    return error;
  }
  return Error::FromErrno(EINVAL, "the record of container " + id +
                                      " is damaged (remove it with rm -f): " + error.ToString());
}

// The names that lead to a container: the one of its config, as a rule. `config` may be older than
// a renaming, or know no name.
Result<std::vector<std::string>> NamesOf(const Store& store, const ContainerConfig& config) {
  if (!config.name.empty() && Holds(store, config.name, config.id)) {
    return std::vector<std::string>{config.name};
  }
  std::vector<std::string> names = TRY(ListDir(store.root() + "/names"));
  std::erase_if(names, [&](const std::string& name) { return !Holds(store, name, config.id); });
  return names;
}

std::string NameIn(const std::string& reference) {
  return reference.substr(!reference.empty() && reference[0] == '/' ? 1 : 0);
}

// False for a name that a renaming is about to give or has just taken away.
bool IsNameOf(const Store& store, const std::string& reference, const ContainerConfig& config) {
  if (config.id.rfind(reference, 0) == 0) return true;
  const std::string name = NameIn(reference);
  return name == config.name || config.id.rfind(name, 0) == 0 || !Holds(store, name, config.id);
}

// Waits for a renaming to end; a name that a killed one left is taken away.
Status DropStaleName(const Store& store, const std::string& reference, const std::string& id) {
  const FileLock lock = TRY(LockContainer(store, id));
  const ContainerConfig config = TRY(ReadContainerConfig(store, id));
  if (IsNameOf(store, reference, config)) return Ok();
  RemoveStaleName(store.NamePath(NameIn(reference)), id);
  return Ok();
}

// Reads a state; one that claims to run although its monitor is gone is brought to its end: nobody
// would read the process's output or see its exit. With --rm the container goes as its monitor
// would have made it go.
Result<ContainerState> RepairedState(const Store& store, const ContainerConfig& config) {
  ContainerState state = TRY(ReadContainerState(store, config.id));
  if (state.state != RunState::kRunning) return state;
  if (const Result<RunWatch> run = RunWatch::Open(store, config.id);
      run.has_value() && run.value().Running()) {
    state.paused = IsCgroupLeafFrozen(config.id);
    return state;
  }
  const FileLock lock = TRY(LockContainer(store, config.id));
  // The monitor may have ended the run after the first look, or somebody have begun another.
  state = TRY(ReadContainerState(store, config.id));
  if (state.state != RunState::kRunning) return state;
  const Result<RunWatch> run = RunWatch::Open(store, config.id);
  if (run.has_value() && run.value().Running()) return state;
  (void)ThawCgroupLeaf(config.id).has_value();
  EndProcess(state.pid, state.pid_start);
  if (config.auto_remove) {
    TRY(RemoveContainer(store, config));
    RemoveAnonymousVolumes(store, config);
    return NoSuchContainer(config.id);
  }
  state.state = RunState::kExited;
  state.pid = 0;
  // The monitor may have come as far as to record it.
  state.exit_code = run.has_value() ? TRY(run.value().Wait()) : 137;
  state.finished_at = NowText();
  // On a full disk the next reader finds the same out; what has to be removed must be readable.
  (void)WriteContainerState(store, config.id, state).has_value();
  RemoveCgroupLeaf(config.id);
  return state;
}

}  // namespace

Result<std::string> StagingPath(const Store& store, const std::string& what) {
  const uint64_t start = TRY(ProcessStartTime(getpid()));
  return store.TmpDir() + "/" + kStagingPrefix + std::to_string(getpid()) + "." +
         std::to_string(start) + "." + what;
}

Status AddContainer(const Store& store, const ContainerConfig& config) {
  CleanStaging(store);
  const UniqueFd name = TRY(TakeName(store, config.name, config.id));
  const std::string staging = TRY(StagingPath(store, config.id));
  Status status = FillStaging(store, staging, config);
  if (status.has_value() && rename(staging.c_str(), store.ContainerDir(config.id).c_str()) != 0) {
    status = Error::FromErrno(errno, "rename '" + staging + "'");
  }
  if (!status.has_value()) {
    unlink(store.NamePath(config.name).c_str());
    (void)RemoveTree(staging).has_value();
  }
  return std::move(status).Within("make container '" + config.name + "'");
}

Status RenameContainer(const Store& store, const std::string& id, const std::string& name) {
  const FileLock lock = TRY(LockContainer(store, id));
  ContainerConfig config = TRY(ReadContainerConfig(store, id));
  const std::string old = std::exchange(config.name, name);
  UniqueFd taken = TRY(TakeName(store, name, id));
  // The record decides: a name that it does not bear is nobody's.
  const Status written = WriteFileAtomic(ConfigPath(store, id), ToJson(config), 0600);
  taken.reset();
  RemoveStaleName(store.NamePath(written.has_value() ? old : name), id);
  return written;
}

Result<std::string> ResolveContainerId(const Store& store, const std::string& reference) {
  const std::string name = NameIn(reference);
  if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..") {
    return NoSuchContainer(reference);
  }
  if (name.size() == 64 && IsHex(name) && Exists(store.ContainerDir(name))) return name;
  if (const Result<std::string> id = ReadFile(store.NamePath(name), 64);
      id.has_value() && IsHex(id.value()) && Exists(store.ContainerDir(id.value()))) {
    return id.value();
  }
  if (!IsHex(name)) return NoSuchContainer(reference);
  std::optional<std::string> found;
  const std::vector<std::string> ids = TRY(ListDir(store.root() + "/containers"));
  for (auto it = std::lower_bound(ids.begin(), ids.end(), name);
       it != ids.end() && it->rfind(name, 0) == 0; ++it) {
    if (found.has_value()) {
      return Error::FromErrno(ENOTUNIQ, "Multiple IDs found with provided prefix: " + name);
    }
    found = *it;
  }
  if (!found.has_value()) return NoSuchContainer(reference);
  return *found;
}

Result<ContainerConfig> ReadContainerConfig(const Store& store, const std::string& id) {
  const Result<std::string> text = ReadFile(ConfigPath(store, id), uint64_t{64} << 20);
  if (!text.has_value()) {
    if (!Exists(store.ContainerDir(id))) return NoSuchContainer(id);
    return Error(text.error());
  }
  ContainerConfig config = TRY(ParseContainerConfig(text.value()));
  if (config.id != id) return Error::FromErrno(EINVAL, "container.json names another container");
  return config;
}

Result<ContainerRecord> FindContainer(const Store& store, const std::string& reference) {
  const std::string id = TRY(ResolveContainerId(store, reference));
  Result<ContainerConfig> config = ReadContainerConfig(store, id);
  if (!config.has_value()) return Damaged(id, config.error());
  if (!IsNameOf(store, reference, config.value())) {
    TRY(DropStaleName(store, reference, id));
    return FindContainer(store, reference);
  }
  Result<ContainerState> state = RepairedState(store, config.value());
  if (!state.has_value()) {
    if (!Exists(store.ContainerDir(id))) return NoSuchContainer(reference);
    return Damaged(id, state.error());
  }
  return ContainerRecord{std::move(config).value(), std::move(state).value()};
}

Result<std::vector<ContainerRecord>> ListContainers(const Store& store) {
  CleanStaging(store);
  const std::vector<std::string> ids = TRY(ListDir(store.root() + "/containers"));
  std::vector<ContainerRecord> records;
  for (const std::string& id : ids) {
    Result<ContainerRecord> record = FindContainer(store, id);
    if (record.has_value()) {
      records.push_back(std::move(record).value());
      continue;
    }
    if (record.error().errno_value() == ENOENT) continue;  // removed meanwhile
    // A damaged record is shown as such and hides nobody else.
    ContainerRecord damaged;
    damaged.config.id = id;
    damaged.config.name = id.substr(0, 12);
    damaged.state.state = RunState::kExited;
    damaged.state.error = record.error().message();
    records.push_back(std::move(damaged));
  }
  std::stable_sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
    return PaddedTime(a.config.created) > PaddedTime(b.config.created);
  });
  return records;
}

Status WriteContainerState(const Store& store, const std::string& id, const ContainerState& state) {
  return WriteFileAtomic(StatePath(store, id), ToJson(state), 0600);
}

Result<ContainerState> ReadContainerState(const Store& store, const std::string& id) {
  const Result<std::string> text = ReadFile(StatePath(store, id), uint64_t{1} << 20);
  if (!text.has_value()) {
    if (!Exists(store.ContainerDir(id))) return NoSuchContainer(id);
    return Error(text.error());
  }
  return ParseContainerState(text.value());
}

Result<FileLock> LockContainer(const Store& store, const std::string& id) {
  Result<FileLock> lock =
      FileLock::Acquire(store.ContainerDir(id) + "/lock", FileLock::Mode::kExclusive);
  // While this waited, the holder may have removed the container.
  if (!Exists(store.ContainerDir(id))) return NoSuchContainer(id);
  return lock;
}

Result<FileLock> KeepForRestart(const Store& store, const std::string& id) {
  return FileLock::Acquire(RestartPath(store, id), FileLock::Mode::kExclusive);
}

bool IsKeptForRestart(const Store& store, const std::string& id) {
  const std::string path = RestartPath(store, id);
  return Exists(path) && !FileLock::Acquire(path, FileLock::Mode::kShared, true).has_value();
}

Status RemoveContainer(const Store& store, const ContainerConfig& config) {
  const std::string gone = TRY(StagingPath(store, "gone-" + config.id));
  RemoveCgroupLeaf(config.id);
  const std::vector<std::string> names = TRY(NamesOf(store, config));
  // One rename makes it gone; from here on only space is to be freed.
  if (rename(store.ContainerDir(config.id).c_str(), gone.c_str()) != 0) {
    if (errno == ENOENT) return NoSuchContainer(config.id);
    return Error::FromErrno(errno, "rename '" + store.ContainerDir(config.id) + "'");
  }
  for (const std::string& name : names)
    unlink(store.NamePath(name).c_str());
  return RemoveTree(gone);
}

Result<RunLock> RunLock::Begin(const Store& store, const std::string& id) {
  const std::string path = RunPath(store, id);
  const std::string draft = path + ".new";
  unlink(draft.c_str());
  UniqueFd fd = TRY(Open(draft, O_RDWR | O_CREAT | O_EXCL, 0600));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error::FromErrno(errno, "lock '" + draft + "'");
  }
  // Room for the exit code, so that it can be recorded when the disk is full by then. Without it
  // where the file system cannot.
  (void)fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, 16);
  if (rename(draft.c_str(), path.c_str()) != 0) {
    return Error::FromErrno(errno, "rename '" + draft + "'");
  }
  return RunLock(std::move(fd));
}

Status RunLock::RecordExit(int code) { return WriteAll(fd_.get(), std::to_string(code)); }

Result<RunWatch> RunWatch::Open(const Store& store, const std::string& id) {
  UniqueFd fd = TRY(cowbell::Open(RunPath(store, id), O_RDONLY));
  return RunWatch(std::move(fd));
}

bool RunWatch::Running() const {
  if (flock(fd_.get(), LOCK_SH | LOCK_NB) != 0) return true;
  flock(fd_.get(), LOCK_UN);
  return false;
}

Result<int> RunWatch::Wait() const {
  while (flock(fd_.get(), LOCK_SH) != 0) {
    if (errno != EINTR) return Error::FromErrno(errno, "wait for the end of a container");
  }
  flock(fd_.get(), LOCK_UN);
  char text[16] = {};
  const ssize_t size = pread(fd_.get(), text, sizeof(text) - 1, 0);
  int code = 137;
  if (size > 0) std::from_chars(text, text + size, code);
  return code;
}

std::string UpperDir(const Store& store, const std::string& id) {
  return store.ContainerDir(id) + "/upper";
}
std::string WorkDir(const Store& store, const std::string& id) {
  return store.ContainerDir(id) + "/work";
}
std::string RootDir(const Store& store, const std::string& id) {
  return store.ContainerDir(id) + "/root";
}
std::string LogPath(const Store& store, const std::string& id) {
  return store.ContainerDir(id) + "/log.json";
}

std::string InitLayerDiff(const Store& store, const std::vector<std::string>& chain) {
  return chain.empty() ? store.root() + "/init" : store.LayerDir(chain.back()) + "/init";
}

std::vector<std::string> ContainerLowerDirs(const Store& store, const ContainerConfig& config) {
  std::vector<std::string> dirs = LowerDirs(store, config.chain);
  const std::string init = InitLayerDiff(store, config.chain);
  if (store.storage().driver != StorageDriver::kVfs && Exists(init))
    dirs.insert(dirs.begin(), init);
  return dirs;
}

}  // namespace cowbell
