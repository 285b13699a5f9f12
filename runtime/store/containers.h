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
#include "runtime/store/layout.h"

namespace cowbell {

struct BindMount {
  std::string source;  // absolute host path
  std::string target;  // absolute path in the container
  bool read_only = false;
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
  std::vector<std::string> volumes;          // of the image's config, as listed in it
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
};

struct ContainerRecord {
  ContainerConfig config;
  ContainerState state;
};

// Makes the name, the directory and the record, complete or not at all. Errors: EEXIST with the
// text of the conflict (catalogue A.1 `create`).
Status AddContainer(const Store& store, const ContainerConfig& config);

// By full ID, name (a leading '/' is allowed) or unique ID prefix. A record whose processes are
// gone without having said so is read as exited (137) and written back so. Errors: ENOENT "No such
// container: x"; "Multiple IDs found with provided prefix: x".
Result<ContainerRecord> FindContainer(const Store& store, const std::string& reference);

// Newest first.
Result<std::vector<ContainerRecord>> ListContainers(const Store& store);

Status WriteContainerState(const Store& store, const std::string& id, const ContainerState& state);
Result<ContainerState> ReadContainerState(const Store& store, const std::string& id);

// Exclusive between commands that change one container (start, rm, cp into it, …).
Result<FileLock> LockContainer(const Store& store, const std::string& id);

// Removes the record, the RW layer and the name. REQUIRES: not running; its lock is held.
Status RemoveContainer(const Store& store, const ContainerConfig& config);

std::string UpperDir(const Store& store, const std::string& id);
std::string WorkDir(const Store& store, const std::string& id);
std::string LogPath(const Store& store, const std::string& id);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_CONTAINERS_H_
