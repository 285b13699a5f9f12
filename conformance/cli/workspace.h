// Where a run works and where its results lie.

#ifndef COWBELL_CONFORMANCE_CLI_WORKSPACE_H_
#define COWBELL_CONFORMANCE_CLI_WORKSPACE_H_

#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/result.h"

namespace cowbell::conformance {

struct WorkDir {
  std::string path;
  std::string note;  // something the user should know; may be empty
};

// Makes the working directory `<base>/<label>`: `base` as given, else the first of TMPDIR, /tmp and
// /var/tmp that can hold the upper layer of an overlay. Errors: none can be written.
Result<WorkDir> MakeWorkDir(const std::string& base, const std::string& label);

// Unmounts what is mounted below and removes the directory. One line for each thing that should not
// have been there or that cannot be removed.
std::vector<std::string> RemoveWorkDir(const std::string& path);

// The static probe: COWBELL_PROBE, else beside this program. Errors: ENOENT.
Result<std::string> FindProbe();

// `out`/runs/`id`, made; `out`/latest points to it. With `flat`: `out` itself.
Result<std::string> MakeRunDir(const std::string& out, const std::string& id, bool flat);

// Writes a report as a whole, or says what is wrong. "-" is standard output.
Status WriteReport(const std::string& path, const std::string& text);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_CLI_WORKSPACE_H_
