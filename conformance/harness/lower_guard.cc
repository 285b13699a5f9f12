#include "conformance/harness/lower_guard.h"

#include <cerrno>

#include "runtime/base/file.h"

namespace cowbell::conformance {

Status LowerGuard::Watch(Container& container) {
  const Result<std::vector<std::string>> dirs = container.LowerDirs();
  if (!dirs.has_value()) {
    if (dirs.error().errno_value() == ENOTSUP) return Ok();
    return Error(dirs.error()).Within("lower directories of '" + container.name() + "'");
  }
  for (const std::string& dir : dirs.value()) {
    if (before_.contains(dir)) continue;
    Tree tree = TRY(ReadTree(dir).Within("lower directory before the case"));
    before_.emplace(dir, std::move(tree));
  }
  return Ok();
}

Result<std::string> LowerGuard::Differences() const {
  std::string all;
  for (const auto& [dir, before] : before_) {
    if (!Exists(dir)) continue;
    const Tree after = TRY(ReadTree(dir).Within("lower directory after the case"));
    const std::string difference = DiffTrees(before, after);
    if (!difference.empty()) all += dir + ":\n" + difference + "\n";
  }
  return all;
}

}  // namespace cowbell::conformance
