// Keeps containers from reaching the calf executable on the host.
//
// Between clone and exec the process in the container is calf itself, and a program or script of an
// image that names /proc/self/exe would be given the host's file to run, open and later overwrite
// (CVE-2019-5736). The commands that enter containers therefore run calf from a read-only mount of
// its file that is attached nowhere.

#ifndef COWBELL_RUNTIME_SANDBOX_OWN_PROGRAM_H_
#define COWBELL_RUNTIME_SANDBOX_OWN_PROGRAM_H_

#include <string>

#include "runtime/base/result.h"

namespace cowbell {

// Executes this program again with the same arguments from such a mount; returns only when that is
// already so. Call it before anything is changed.
Status RunFromReadOnlyMount();

// Where the program lies on the host, also after the above.
Result<std::string> ProgramPath();

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_SANDBOX_OWN_PROGRAM_H_
