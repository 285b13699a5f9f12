#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/filter.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/inspect_document.h"
#include "runtime/cli/listing.h"
#include "runtime/cli/output.h"
#include "runtime/store/volumes.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

struct VolumeListOptions {
  bool quiet = false;
  std::string format;
  Filters filters;
};

Json LabelsOf(const VolumeRecord& volume) {
  Json labels = Json::object();
  for (const auto& [key, value] : volume.labels)
    labels[key] = value;
  return labels;
}

std::string LabelsText(const VolumeRecord& volume) {
  std::vector<std::string> labels;
  for (const auto& [key, value] : volume.labels)
    labels.push_back(key + "=" + value);
  return Join(labels, ",");
}

Json FieldsOf(const Store& store, const VolumeRecord& volume) {
  return Json{
      {"Driver", "local"},
      {"Labels", LabelsText(volume)},
      {"Mountpoint", VolumeData(store, volume.name)},
      {"Name", volume.name},
      {"Scope", "local"},
  };
}

const Json& Titles() {
  static const Json kTitles = {
      {"Driver", "DRIVER"},    {"Labels", "LABELS"}, {"Mountpoint", "MOUNTPOINT"},
      {"Name", "VOLUME NAME"}, {"Scope", "SCOPE"},
  };
  return kTitles;
}

Result<std::vector<VolumeRecord>> Select(const Store& store, const Filters& filters) {
  TRY(filters.CheckNames({"dangling", "driver", "label", "name"}));
  const std::optional<bool> dangling = TRY(BoolFilter(filters, "dangling"));
  VolumeUsers users;
  if (dangling.has_value()) users = TRY(FindVolumeUsers(store));
  const auto takes = [&](const VolumeRecord& volume) {
    if (dangling.has_value() && *dangling == (users.count(volume.name) > 0)) return false;
    if (!LabelsMatch(filters.Values("label"), volume.labels)) return false;
    const auto any = [&](const char* filter, const std::string& text) {
      const std::vector<std::string>& patterns = filters.Values(filter);
      return patterns.empty() ||
             std::any_of(patterns.begin(), patterns.end(),
                         [&](const auto& pattern) { return PatternMatches(pattern, text); });
    };
    return any("name", volume.name) && any("driver", "local");
  };
  std::vector<VolumeRecord> volumes = TRY(ListVolumes(store));
  std::erase_if(volumes, [&](const VolumeRecord& volume) { return !takes(volume); });
  return volumes;
}

Result<std::string> List(const Store& store, const VolumeListOptions& options) {
  const std::vector<VolumeRecord> volumes = TRY(Select(store, options.filters));
  Listing listing;
  listing.type_name = "*formatter.volumeContext";
  listing.header = &Titles();
  listing.table = "{{.Driver}}\t{{.Name}}";
  std::vector<Json> fields;
  fields.reserve(volumes.size());
  std::string names;
  for (const VolumeRecord& volume : volumes) {
    names += volume.name + "\n";
    fields.push_back(FieldsOf(store, volume));
    ListingRow row;
    row.fields = &fields.back();
    listing.rows.push_back(std::move(row));
  }
  if (options.quiet && options.format.empty()) return names;
  return RenderListing(listing, options.format);
}

}  // namespace

Json VolumeDocument(const Store& store, const VolumeRecord& volume) {
  return Json{
      {"CreatedAt", volume.created},
      {"Driver", "local"},
      {"Labels", volume.labels.empty() ? Json() : LabelsOf(volume)},
      {"Mountpoint", VolumeData(store, volume.name)},
      {"Name", volume.name},
      {"Options", Json()},
      {"Scope", "local"},
  };
}

int VolumeLsCommand(const CommandContext& context, const std::vector<std::string>& args) {
  VolumeListOptions options;
  FlagSet flags(context);
  options.filters.Declare(&flags);
  flags.String('\0', "format", &options.format,
               "Format output: \"table\", \"table TEMPLATE\", \"json\" or a Go template");
  flags.Bool('q', "quiet", &options.quiet, "Only display volume names");
  flags.Example("calf volume ls --filter dangling=true");
  if (const auto code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Result<std::string> list = List(store.value(), options);
  if (!list.has_value()) return ListingError(list.error());
  PrintOut(list.value());
  return 0;
}

}  // namespace cowbell
