#include "runtime/cli/ps_filter.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "runtime/base/text.h"
#include "runtime/cli/ps_row.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

// One container's answer to the filters of one name.
using Test = bool (*)(const ContainerRecord& record, const std::vector<std::string>& values);

bool AnyOf(const std::vector<std::string>& values,
           const std::function<bool(const std::string&)>& test) {
  return std::any_of(values.begin(), values.end(), test);
}

bool MatchesId(const ContainerRecord& record, const std::vector<std::string>& values) {
  return AnyOf(values, [&](const auto& value) { return PatternMatches(value, record.config.id); });
}

bool MatchesName(const ContainerRecord& record, const std::vector<std::string>& values) {
  return AnyOf(values, [&](const auto& value) {
    return PatternMatches(value, record.config.name) ||
           PatternMatches(value, "/" + record.config.name);
  });
}

bool MatchesLabel(const ContainerRecord& record, const std::vector<std::string>& values) {
  return LabelsMatch(values, record.config.labels);
}

bool MatchesStatus(const ContainerRecord& record, const std::vector<std::string>& values) {
  return AnyOf(values, [&](const auto& value) { return value == StateWord(record.state); });
}

bool MatchesExited(const ContainerRecord& record, const std::vector<std::string>& values) {
  return record.state.state == RunState::kExited && AnyOf(values, [&](const auto& value) {
           return value == std::to_string(record.state.exit_code);
         });
}

bool MatchesNetwork(const ContainerRecord& record, const std::vector<std::string>& values) {
  return AnyOf(values, [&](const auto& value) { return value == record.config.network; });
}

bool MatchesVolume(const ContainerRecord& record, const std::vector<std::string>& values) {
  return AnyOf(values, [&](const auto& value) {
    return std::any_of(
        record.config.binds.begin(), record.config.binds.end(), [&](const BindMount& bind) {
          return bind.target == value || (bind.volume.empty() ? bind.source : bind.volume) == value;
        });
  });
}

struct Row {
  const char* name;
  Test test;
};
constexpr Row kTests[] = {
    {"exited", MatchesExited}, {"id", MatchesId},           {"label", MatchesLabel},
    {"name", MatchesName},     {"network", MatchesNetwork}, {"status", MatchesStatus},
    {"volume", MatchesVolume},
};

Status CheckValues(const Filters& filters) {
  std::vector<std::string> names = {"ancestor", "before", "since"};
  for (const Row& row : kTests)
    names.emplace_back(row.name);
  TRY(filters.CheckNames(names));
  const std::vector<std::string> states = {"created", "restarting", "running", "removing",
                                           "paused",  "exited",     "dead"};
  for (const std::string& value : filters.Values("status")) {
    if (std::find(states.begin(), states.end(), value) == states.end()) {
      return Error::FromMessage("Invalid filter 'status=" + Sanitize(value) + "'");
    }
  }
  for (const std::string& value : filters.Values("exited")) {
    int code = 0;
    const char* end = value.data() + value.size();
    if (value.empty() || std::from_chars(value.data(), end, code).ptr != end) {
      return Error::FromMessage("Invalid filter 'exited=" + Sanitize(value) + "'");
    }
  }
  return Ok();
}

// The images named by `ancestor` and all that were built on them.
Result<std::set<std::string>> Descendants(const Store& store,
                                          const std::vector<std::string>& names) {
  std::set<std::string> ids;
  for (const std::string& name : names) {
    const Result<ImageRecord> image = FindImage(store, name);
    if (image.has_value()) ids.insert(image.value().id);
  }
  const std::vector<ImageRecord> images = TRY(ListImageRecords(store));
  for (size_t before = 0; before != ids.size();) {
    before = ids.size();
    for (const ImageRecord& image : images) {
      if (ids.count(image.parent) > 0) ids.insert(image.id);
    }
  }
  return ids;
}

// Where the container named last by `filter` stands in the list; nullopt without such a filter.
Result<std::optional<size_t>> PositionOf(const Store& store,
                                         const std::vector<ContainerRecord>& records,
                                         const std::vector<std::string>& values) {
  if (values.empty()) return std::optional<size_t>();
  const std::string& reference = values.back();
  const Result<std::string> id = ResolveContainerId(store, reference);
  for (size_t i = 0; id.has_value() && i < records.size(); ++i) {
    if (records[i].config.id == id.value()) return std::optional<size_t>(i);
  }
  return Error::FromMessage("no such container " + Sanitize(reference));
}

bool PassesAll(const ContainerRecord& record, const Filters& filters) {
  return std::all_of(std::begin(kTests), std::end(kTests), [&](const Row& row) {
    return !filters.Has(row.name) || row.test(record, filters.Values(row.name));
  });
}

}  // namespace

Result<std::vector<ContainerRecord>> SelectContainers(const Store& store,
                                                      std::vector<ContainerRecord> records,
                                                      const PsSelection& selection) {
  const Filters& filters = selection.filters;
  TRY(CheckValues(filters));
  const std::optional<size_t> before = TRY(PositionOf(store, records, filters.Values("before")));
  const std::optional<size_t> since = TRY(PositionOf(store, records, filters.Values("since")));
  std::set<std::string> ancestors;
  if (filters.Has("ancestor")) ancestors = TRY(Descendants(store, filters.Values("ancestor")));
  const bool all = selection.all || selection.last > 0 || filters.Has("status");
  std::vector<ContainerRecord> selected;
  for (size_t i = 0; i < records.size(); ++i) {
    ContainerRecord& record = records[i];
    if (!all && record.state.state != RunState::kRunning) continue;
    if ((before.has_value() && i <= *before) || (since.has_value() && i >= *since)) continue;
    if (filters.Has("ancestor") && ancestors.count(record.config.image_id) == 0) continue;
    if (!PassesAll(record, filters)) continue;
    if (selection.last > 0 && selected.size() == static_cast<size_t>(selection.last)) break;
    selected.push_back(std::move(record));
  }
  return selected;
}

}  // namespace cowbell
