#include "conformance/cli/selection.h"

#include <fnmatch.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <set>

#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

bool GlobMatches(const std::string& glob, std::string_view id) {
  return fnmatch(Upper(glob).c_str(), std::string(id).c_str(), 0) == 0;
}

// Every filter must name something that exists: a typing error must not select nothing in silence.
template <typename Matches>
Status EachMatches(std::span<const Clause> clauses, const std::vector<std::string>& filters,
                   const char* what, Matches matches) {
  for (const std::string& filter : filters) {
    if (std::none_of(clauses.begin(), clauses.end(),
                     [&](const Clause& clause) { return matches(filter, clause); })) {
      return Error::FromMessage(std::string("no clause has the ") + what + " '" + filter +
                                "'; see `cowbell list`");
    }
  }
  return Ok();
}

}  // namespace

void AddSelectionOptions(CLI::App& command, Selection& selection) {
  command.add_option("--clause", selection.clauses, "Clause id or glob: COW-058, 'LAY-0*'")
      ->type_name("GLOB");
  command
      .add_option("--area", selection.areas, "Area: LAY, COW, ISO, RWL, DIF, IMG, BLD, LIF, CPY")
      ->type_name("AREA");
  command.add_option("--level", selection.levels, "Level: must, should, may")->type_name("LEVEL");
}

std::vector<std::string> SplitNames(const std::vector<std::string>& values) {
  std::vector<std::string> names;
  for (const std::string& value : values) {
    for (const std::string& part : Split(value, ',')) {
      const std::string name(Trim(part));
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

Result<std::vector<const Clause*>> Select(std::span<const Clause> clauses,
                                          const Selection& selection) {
  const auto by_id = [](const std::string& glob, const Clause& clause) {
    return GlobMatches(glob, clause.id);
  };
  const auto by_area = [](const std::string& area, const Clause& clause) {
    return Upper(area) == AreaOf(clause);
  };
  const auto by_level = [](const std::string& level, const Clause& clause) {
    return Upper(level) == ToString(clause.level);
  };
  const std::vector<std::string> ids = SplitNames(selection.clauses);
  const std::vector<std::string> areas = SplitNames(selection.areas);
  const std::vector<std::string> levels = SplitNames(selection.levels);
  TRY(EachMatches(clauses, ids, "id", by_id));
  TRY(EachMatches(clauses, areas, "area", by_area));
  TRY(EachMatches(clauses, levels, "level", by_level));
  std::vector<const Clause*> selected;
  const auto any = [](const std::vector<std::string>& filters, const Clause& clause, auto matches) {
    return filters.empty() || std::any_of(filters.begin(), filters.end(), [&](const auto& filter) {
             return matches(filter, clause);
           });
  };
  for (const Clause& clause : clauses) {
    if (any(ids, clause, by_id) && any(areas, clause, by_area) && any(levels, clause, by_level)) {
      selected.push_back(&clause);
    }
  }
  if (selected.empty()) {
    return Error::FromMessage("no clause fulfils all of --clause, --area and --level");
  }
  return selected;
}

}  // namespace cowbell::conformance
