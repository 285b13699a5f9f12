#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/listing.h"
#include "runtime/cli/output.h"
#include "runtime/cli/ps_filter.h"
#include "runtime/cli/ps_row.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kTable[] =
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";

struct PsOptions {
  PsSelection selection;
  bool quiet = false;
  bool size = false;
  bool no_trunc = false;
  bool latest = false;
  std::string format;
};

// The name an image was asked for by, or its ID when that name means another image by now.
class ImageNames {
 public:
  explicit ImageNames(const Store& store) : store_(store) {}
  std::string Shown(const ContainerConfig& config, bool truncate) {
    const std::string id = "sha256:" + config.image_id;
    if (config.image_ref.empty()) return truncate ? ShortId(id) : id;
    auto known = ids_.find(config.image_ref);
    if (known == ids_.end()) {
      const Result<ImageRecord> image = FindImage(store_, config.image_ref);
      known = ids_.emplace(config.image_ref, image.has_value() ? image.value().id : "").first;
    }
    if (known->second == config.image_id) return config.image_ref;
    return truncate ? ShortId(id) : id;
  }

 private:
  const Store& store_;
  std::map<std::string, std::string> ids_;  // reference -> image
};

Result<Json> LabelOf(const ContainerConfig& config, const std::vector<Json>& arguments) {
  if (arguments.size() != 1 || !arguments[0].is_string()) {
    return Error::FromMessage("wrong number of args for Label: want 1 got " +
                              std::to_string(arguments.size()));
  }
  const auto label = config.labels.find(arguments[0].get<std::string>());
  return Json(label == config.labels.end() ? "" : label->second);
}

std::string ShortList(const std::vector<ContainerRecord>& records, bool no_trunc) {
  std::string out;
  for (const ContainerRecord& record : records)
    out += (no_trunc ? record.config.id : ShortId(record.config.id)) + "\n";
  return out;
}

Result<std::string> List(const Store& store, const PsOptions& options) {
  std::vector<ContainerRecord> all = TRY(ListContainers(store));
  const std::vector<ContainerRecord> records =
      TRY(SelectContainers(store, std::move(all), options.selection));
  if (options.quiet && options.format.empty()) return ShortList(records, options.no_trunc);

  Listing listing;
  listing.type_name = "*formatter.ContainerContext";
  listing.header = &RowTitles();
  listing.table = std::string(kTable) + (options.size ? "\t{{.Size}}" : "");
  const bool with_size = options.size || FormatMentions(options.format, "Size");
  ImageNames images(store);
  std::vector<Json> fields;
  fields.reserve(records.size());
  for (const ContainerRecord& record : records) {
    RowContext context;
    context.now = Now();
    context.truncate = !options.no_trunc;
    context.image = images.Shown(record.config, context.truncate);
    if (with_size) {
      Result<ContainerSize> size = SizeOf(store, record.config);
      if (!size.has_value() && !Exists(store.ContainerDir(record.config.id))) continue;
      context.size = TRY(std::move(size));
    }
    fields.push_back(RowFields(record, context));
    ListingRow row;
    row.fields = &fields.back();
    row.methods["Label"] = [&record](const std::vector<Json>& arguments) {
      return LabelOf(record.config, arguments);
    };
    listing.rows.push_back(std::move(row));
  }
  return RenderListing(listing, options.format);
}

}  // namespace

int PsCommand(const CommandContext& context, const std::vector<std::string>& args) {
  PsOptions options;
  FlagSet flags(context);
  flags.Bool('a', "all", &options.selection.all,
             "Show all containers (default shows just running)");
  options.selection.filters.Declare(&flags);
  flags.String('\0', "format", &options.format,
               "Format output: \"table\", \"table TEMPLATE\", \"json\" or a Go template");
  flags.Int('n', "last", &options.selection.last,
            "Show n last created containers (includes all states)");
  flags.Bool('l', "latest", &options.latest,
             "Show the latest created container (includes all states)");
  flags.Bool('\0', "no-trunc", &options.no_trunc, "Don't truncate output");
  flags.Bool('q', "quiet", &options.quiet, "Only display container IDs");
  flags.Bool('s', "size", &options.size, "Display total file sizes");
  flags.Example("calf ps -a --filter status=exited --format '{{.Names}}: {{.Status}}'");
  if (const auto code = flags.Parse(args)) return *code;
  if (options.latest) options.selection.last = 1;

  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Result<std::string> list = List(store.value(), options);
  if (list.has_value()) {
    PrintOut(list.value());
    return 0;
  }
  return ListingError(list.error());
}

}  // namespace cowbell
