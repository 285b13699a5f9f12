#include "conformance/suites/changes.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

constexpr size_t kPathAt = 2;  // behind letter and blank

bool BeginsChange(const std::string& line) {
  return line.size() > kPathAt && (line[0] == 'A' || line[0] == 'C' || line[0] == 'D') &&
         line[1] == ' ' && line[kPathAt] == '/';
}

std::vector<std::string> Without(std::vector<std::string> changes,
                                 const std::vector<std::string>& paths) {
  std::erase_if(changes, [&](const std::string& line) {
    return std::find(paths.begin(), paths.end(), line.substr(kPathAt)) != paths.end();
  });
  return changes;
}

}  // namespace

std::vector<std::string> ChangesOf(Scene& scene, const Container& container) {
  const CommandResult result = scene.Run({"container", "diff", container.name()});
  EXPECT_THAT(result, ExitsWith(0));
  std::vector<std::string> changes;
  for (const std::string& line : Lines(result.out)) {
    if (BeginsChange(line)) {
      changes.push_back(line);
    } else if (!changes.empty()) {
      changes.back() += "\n" + line;
    } else {
      throw SceneError("`diff` begins with '" + Sanitize(line, 200) + "', which is no change");
    }
  }
  std::sort(changes.begin(), changes.end());
  return changes;
}

std::vector<std::string> OwnChangesOf(Scene& scene, const Container& container) {
  const auto& choices = scene.profile().choices;
  const auto own = choices.find("diff.own");
  if (own == choices.end()) return ChangesOf(scene, container);
  return Without(ChangesOf(scene, container), Split(own->second, ','));
}

std::vector<std::string> ChangesAt(Scene& scene, const Container& container,
                                   const std::string& path) {
  std::vector<std::string> changes = ChangesOf(scene, container);
  std::erase_if(changes, [&](const std::string& line) {
    const std::string changed = line.substr(kPathAt);
    return changed != path && !changed.starts_with(path + "/");
  });
  return changes;
}

std::vector<std::string> ChangesBelow(Scene& scene, const Container& container,
                                      const std::string& path) {
  return Without(ChangesAt(scene, container, path), {path});
}

}  // namespace cowbell::conformance
