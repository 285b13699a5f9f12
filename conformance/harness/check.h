// One check on one subject, in a process of its own: the hidden command `cowbell check`.
//
// The process that the runner starts is the *keeper*. It enters a mount namespace of its own, so
// that nothing that a check mounts survives it, becomes the reaper of everything below it, and
// forks the *judge*, which runs the cases. When the judge has ended, whatever is left is reported
// and removed: processes, mounts, loop devices, files, containers and images under the check's
// label.

#ifndef COWBELL_CONFORMANCE_HARNESS_CHECK_H_
#define COWBELL_CONFORMANCE_HARNESS_CHECK_H_

#include <chrono>
#include <string>

#include "conformance/harness/suite.h"

namespace cowbell::conformance {

struct CheckPlan {
  std::string clause;
  std::string subject;    // name or path of the profile
  std::string fault;      // empty: none
  std::string work_dir;   // of this check; exists
  std::string run_label;  // of this check: prefix of every name
  std::string store_dir;  // a private store shared with other checks; empty: none
  std::string probe_path;
  bool private_store = false;                  // a store of the check's own
  std::chrono::milliseconds deadline{30'000};  // of one answer of the subject
  int event_fd = -1;                           // where events go; owned by the process
};

// Becomes the keeper. Returns the exit code of the process: 0 when the judge ended in order,
// whatever it found.
int RunCheck(const Suite& suite, const CheckPlan& plan);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_CHECK_H_
