// The --filter flag of lists: `name=value`, several times.

#ifndef COWBELL_RUNTIME_CLI_FILTER_H_
#define COWBELL_RUNTIME_CLI_FILTER_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/cli/flags.h"

namespace cowbell {

class Filters {
 public:
  // Declares the flag. A text without `=` is a usage error.
  void Declare(FlagSet* flags, char shorthand = 'f');

  // Adds one by hand.
  void Add(const std::string& name, const std::string& value) { values_[name].push_back(value); }

  // Errors: "Invalid filter 'bad'" for one that is not in `known`.
  Status CheckNames(const std::vector<std::string>& known) const;

  bool Has(const std::string& name) const { return values_.count(name) > 0; }
  // Empty when there is none of the name.
  const std::vector<std::string>& Values(const std::string& name) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

// Every label filter, `key` or `key=value`, holds.
bool LabelsMatch(const std::vector<std::string>& filters,
                 const std::map<std::string, std::string>& labels);

// The value of a filter that is true or false, in Go's spellings. Errors: "Invalid filter
// 'dangling=x'".
Result<std::optional<bool>> BoolFilter(const Filters& filters, const std::string& name);

// `pattern` equals `text` or, as an extended regular expression, is found in it.
bool PatternMatches(const std::string& pattern, const std::string& text);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_FILTER_H_
