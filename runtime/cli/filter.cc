#include "runtime/cli/filter.h"

#include <regex.h>

#include <algorithm>

#include "runtime/base/text.h"

namespace cowbell {

void Filters::Declare(FlagSet* flags) {
  flags->Value(
      'f', "filter", "filter",
      [this](const std::string& text) -> Status {
        const size_t equals = text.find('=');
        if (equals == std::string::npos) {
          return Error::FromMessage("invalid filter '" + Sanitize(text) +
                                    "' (expected name=value)");
        }
        Add(std::string(Trim(text.substr(0, equals))), text.substr(equals + 1));
        return Ok();
      },
      "Filter output based on conditions provided");
}

Status Filters::CheckNames(const std::vector<std::string>& known) const {
  for (const auto& [name, values] : values_) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Error::FromMessage("Invalid filter '" + Sanitize(name) + "'");
    }
  }
  return Ok();
}

const std::vector<std::string>& Filters::Values(const std::string& name) const {
  static const std::vector<std::string> kNone;
  const auto found = values_.find(name);
  return found == values_.end() ? kNone : found->second;
}

bool LabelsMatch(const std::vector<std::string>& filters,
                 const std::map<std::string, std::string>& labels) {
  return std::all_of(filters.begin(), filters.end(), [&](const std::string& filter) {
    const size_t equals = filter.find('=');
    const auto label = labels.find(filter.substr(0, equals));
    if (label == labels.end()) return false;
    return equals == std::string::npos || label->second == filter.substr(equals + 1);
  });
}

bool PatternMatches(const std::string& pattern, const std::string& text) {
  if (pattern == text) return true;
  regex_t compiled = {};
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool found = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return found;
}

}  // namespace cowbell
