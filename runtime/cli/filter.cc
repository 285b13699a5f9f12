#include "runtime/cli/filter.h"

#include <regex.h>

#include <algorithm>

#include "runtime/base/text.h"

namespace cowbell {

void Filters::Declare(FlagSet* flags, char shorthand) {
  flags->Value(
      shorthand, "filter", "filter",
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

Result<std::optional<bool>> BoolFilter(const Filters& filters, const std::string& name) {
  // As strconv.ParseBool reads them.
  const std::vector<std::string> yes = {"1", "t", "T", "true", "TRUE", "True"};
  const std::vector<std::string> no = {"0", "f", "F", "false", "FALSE", "False"};
  std::optional<bool> wanted;
  for (const std::string& value : filters.Values(name)) {
    const bool is_yes = std::find(yes.begin(), yes.end(), value) != yes.end();
    if (!is_yes && std::find(no.begin(), no.end(), value) == no.end()) {
      return Error::FromMessage("Invalid filter '" + name + "=" + Sanitize(value) + "'");
    }
    wanted = is_yes;
  }
  return wanted;
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
