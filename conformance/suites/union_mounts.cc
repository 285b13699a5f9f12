#include "conformance/suites/union_mounts.h"

#include <algorithm>

#include "conformance/harness/scene.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

// mountinfo writes blanks, commas and the like as \OOO.
std::string Plain(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// The value of "key=" among comma-separated options; empty when it is not there.
std::string OptionOf(const std::string& options, const std::string& key) {
  for (const std::string& option : Split(options, ',')) {
    if (option.starts_with(key + "=")) return Plain(option.substr(key.size() + 1));
  }
  return {};
}

bool IsNumber(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::map<std::string, std::string> MountsWithUpper(const std::string& upper) {
  std::map<std::string, std::string> mounts;
  for (const std::string& process : Require(ListDir("/proc"))) {
    if (!IsNumber(process)) continue;
    const auto text = ReadFile("/proc/" + process + "/mountinfo");
    if (!text.has_value()) continue;  // the process has ended
    for (const std::string& line : Lines(text.value())) {
      const std::vector<std::string> fields = Split(line, ' ');
      const auto dash = std::find(fields.begin(), fields.end(), "-");
      if (fields.end() - dash < 4 || *(dash + 1) != "overlay") continue;
      const std::string& options = *(dash + 3);
      if (OptionOf(options, "upperdir") != upper) continue;
      mounts[fields[2]] = OptionOf(options, "workdir");
    }
  }
  return mounts;
}

}  // namespace cowbell::conformance
