// Containers of a store: their records, names and locks.

#ifndef COWBELL_RUNTIME_STORE_CONTAINERS_H_
#define COWBELL_RUNTIME_STORE_CONTAINERS_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/store/layout.h"

namespace cowbell {

struct BindMount {
  std::string source;  // absolute host path
  std::string target;  // absolute path in the container
  bool read_only = false;
  std::string volume;          // its name; "" for a path of the host
  bool anonymous = false;      // the volume goes with the container
  bool no_copy = false;        // the volume is not filled from the image
  bool by_mount_flag = false;  // --mount, not -v
};

// containers/ID/container.json: what `create` fixed. A value.
struct ContainerConfig {
  std::string id;                  // 64 hex digits
  std::string name;                // without the slash
  std::string created;             // RFC 3339 nano, UTC
  std::string image_id;            // hex
  std::string image_ref;           // as the user typed it
  std::vector<std::string> chain;  // ChainIDs of the layers below, bottom first
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::vector<std::string> env;
  std::string user;
  std::string working_dir;  // "" is "/"
  std::string hostname;
  std::map<std::string, std::string> labels;
  bool tty = false;
  bool open_stdin = false;
  bool auto_remove = false;  // --rm
  bool init = false;
  bool privileged = false;
  bool read_only_root = false;
  std::string network = "none";  // "none" or "host"
  std::string stop_signal;       // "" is SIGTERM
  int stop_timeout = -1;         // seconds; -1: default 10
  std::vector<std::string> cap_add, cap_drop, security_opt;
  std::vector<BindMount> binds;
  std::map<std::string, std::string> tmpfs;  // target -> options
  std::vector<std::string> volumes;          // of the image's config and of `-v PATH`
};

enum class RunState { kCreated, kRunning, kExited };

// containers/ID/state.json: written by the monitor alone while it lives.
struct ContainerState {
  RunState state = RunState::kCreated;
  pid_t pid = 0;           // of the container's init, in the host's pid namespace; 0: not running
  uint64_t pid_start = 0;  // start time of that process (proc(5), field 22): guards against reuse
  pid_t monitor_pid = 0;
  uint64_t monitor_start = 0;
  int exit_code = 0;
  std::string error;
  std::string started_at;  // "" is Go's zero time
  std::string finished_at;
  bool oom_killed = false;
  bool paused = false;  // not recorded: FindContainer asks the kernel
};

struct ContainerRecord {
  ContainerConfig config;
  ContainerState state;
};

// A path in the staging area that belongs to this process; what lies there is removed by the next
// command once this process is gone. `what` has no dots and is unique within the process.
Result<std::string> StagingPath(const Store& store, const std::string& what);

// Makes the name, the directory and the record, complete or not at all. Errors: EEXIST with the
// text of the conflict (catalogue A.1 `create`).
Status AddContainer(const Store& store, const ContainerConfig& config);

// Gives the container another name; it has the old or the new one, whatever happens meanwhile.
// Errors: EEXIST, as AddContainer.
Status RenameContainer(const Store& store, const std::string& id, const std::string& name);

// The full ID that a reference names; looks at no record. Errors: as FindContainer.
Result<std::string> ResolveContainerId(const Store& store, const std::string& reference);

Result<ContainerConfig> ReadContainerConfig(const Store& store, const std::string& id);

// By full ID, name (a leading '/' is allowed) or unique ID prefix. A record whose monitor is gone
// without having said so is brought to its end (its process is killed), read as exited (137, unless
// the monitor has recorded another code) and, if the disk is not full, written back so. Errors:
// ENOENT "No such container: x"; "Multiple IDs found with provided prefix: x".
Result<ContainerRecord> FindContainer(const Store& store, const std::string& reference);

// Newest first.
Result<std::vector<ContainerRecord>> ListContainers(const Store& store);

Status WriteContainerState(const Store& store, const std::string& id, const ContainerState& state);
Result<ContainerState> ReadContainerState(const Store& store, const std::string& id);

// Exclusive between commands that change one container (start, rm, cp into it, …).
Result<FileLock> LockContainer(const Store& store, const std::string& id);

// While somebody holds this, the end of a run does not take a container with --rm away: it is to
// be started again.
Result<FileLock> KeepForRestart(const Store& store, const std::string& id);
bool IsKeptForRestart(const Store& store, const std::string& id);

// Removes the record, the RW layer, the name and what is left of its control group. REQUIRES: not
// running; its lock is held. Only `config.id` is needed: a damaged container can be removed too.
Status RemoveContainer(const Store& store, const ContainerConfig& config);

// The run of a container, from its start until everything about its end is on disk (with --rm:
// until it is removed). The monitor holds it; the kernel lets go when the monitor dies.
//
// Never wait for it while holding LockContainer: the monitor may need that lock to end.
class RunLock {
 public:
  // The monitor's side. Makes a new file, so that those who wait for an earlier run are not misled.
  static Result<RunLock> Begin(const Store& store, const std::string& id);
  // Writes the code that waiters read. The lock stays until this object dies.
  Status RecordExit(int code);
  int fd() const { return fd_.get(); }

 private:
  explicit RunLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// A waiter's handle on the run that is going on; it outlives the container's removal.
class RunWatch {
 public:
  // Errors: ENOENT, the container was never started.
  static Result<RunWatch> Open(const Store& store, const std::string& id);
  bool Running() const;
  // Waits for the end; the exit code, 137 when the monitor died without having said one.
  Result<int> Wait() const;

 private:
  explicit RunWatch(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// LowerDirs of the chain; in an overlay with the mount points that every container needs on top of
// them (layers/CHAIN/init, made on demand by the first container of an image).
std::vector<std::string> ContainerLowerDirs(const Store& store, const ContainerConfig& config);
std::string InitLayerDiff(const Store& store, const std::vector<std::string>& chain);

std::string UpperDir(const Store& store, const std::string& id);
std::string WorkDir(const Store& store, const std::string& id);
// An empty directory, where the root is mounted.
std::string RootDir(const Store& store, const std::string& id);
std::string LogPath(const Store& store, const std::string& id);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_CONTAINERS_H_
