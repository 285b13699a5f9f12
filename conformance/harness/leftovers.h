// What may be left behind by a check: found and removed by the keeper.

#ifndef COWBELL_CONFORMANCE_HARNESS_LEFTOVERS_H_
#define COWBELL_CONFORMANCE_HARNESS_LEFTOVERS_H_

#include <sys/types.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell::conformance {

// Processes ----------------------------------------------------------------------------------

// All descendants of `ancestor` but itself, from /proc.
std::vector<pid_t> DescendantsOf(pid_t ancestor);
// "4711 sleep 100".
std::string DescribeProcess(pid_t pid);
// Reaps children of this process until there is none or `limit` has passed. REQUIRES: SIGCHLD is
// blocked. Returns true when none is left.
bool AwaitChildren(std::chrono::milliseconds limit);
// Kills all descendants of this process, again and again until none is left or `limit` has passed.
bool KillDescendants(std::chrono::milliseconds limit);

// Mounts -------------------------------------------------------------------------------------

struct Mount {
  std::string id;
  std::string type;
  std::string point;
  bool received = false;   // propagated from a master
  bool on_itself = false;  // a directory bound to its own place: holds nothing but itself
};
// The mounts of this process's namespace.
Result<std::vector<Mount>> ReadMounts();
// `path` is `directory` or below it.
bool LiesBelow(const std::string& path, const std::string& directory);
// Unmounts everything below `directory` in this namespace, top first; one line for each.
std::vector<std::string> UnmountBelow(const std::string& directory);

// Loop devices -------------------------------------------------------------------------------

// Detaches loop devices whose file lies below `directory`; one line for each.
std::vector<std::string> DetachLoopsBelow(const std::string& directory);

// Files --------------------------------------------------------------------------------------

// Entries of `directory` and below that are no empty directories, at most `limit`; `except` names
// entries of `directory` itself that do not count.
std::vector<std::string> FilesBelow(const std::string& directory,
                                    const std::set<std::string>& except, size_t limit);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_LEFTOVERS_H_
