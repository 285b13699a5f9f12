#include "runtime/store/images.h"

#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/filter.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/format.h"
#include "runtime/cli/images_ref.h"
#include "runtime/cli/listing.h"
#include "runtime/cli/output.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kNone[] = "<none>";

struct ImagesOptions {
  bool all = false;
  bool quiet = false;
  bool no_trunc = false;
  bool digests = false;
  std::string format;
  Filters filters;
};

std::string TableOf(const ImagesOptions& options) {
  return std::string("{{.Repository}}\t{{.Tag}}\t") + (options.digests ? "{{.Digest}}\t" : "") +
         "{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
}

// A pattern of the reference filter: with the tag or without it, `*` within one component.
bool RefMatches(const std::string& pattern, const std::string& ref) {
  const std::string repository = TakeRefApart(ref).repository;
  return fnmatch(pattern.c_str(), ref.c_str(), FNM_PATHNAME) == 0 ||
         fnmatch(pattern.c_str(), repository.c_str(), FNM_PATHNAME) == 0;
}

class Selection {
 public:
  static Result<Selection> Create(const Store& store, const std::vector<ImageListing>& images,
                                  const ImagesOptions& options) {
    TRY(options.filters.CheckNames({"before", "dangling", "label", "reference", "since"}));
    Selection selection(options);
    selection.dangling_ = TRY(BoolFilter(options.filters, "dangling"));
    for (const std::string& name : options.filters.Values("before")) {
      const ImageRecord image = TRY(FindImage(store, name));
      selection.before_ = image.created;
    }
    for (const std::string& name : options.filters.Values("since")) {
      const ImageRecord image = TRY(FindImage(store, name));
      selection.since_ = image.created;
    }
    for (const ImageListing& listing : images)
      selection.parents_.insert(listing.image.parent);
    return selection;
  }

  bool Takes(const ImageListing& listing) const {
    const ImageRecord& image = listing.image;
    const bool untagged = listing.ref.empty();
    const bool parent = parents_.count(image.id) > 0;
    if (untagged && parent && !options_.all) return false;  // a step of a build
    if (dangling_.has_value() && *dangling_ != (untagged && !parent)) return false;
    if (!LabelsMatch(options_.filters.Values("label"), image.config.labels)) return false;
    if (before_.has_value() && image.created >= *before_) return false;
    if (since_.has_value() && image.created <= *since_) return false;
    const std::vector<std::string>& patterns = options_.filters.Values("reference");
    return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) {
             return !untagged && RefMatches(p, listing.ref);
           });
  }

 private:
  explicit Selection(const ImagesOptions& options) : options_(options) {}
  const ImagesOptions& options_;
  std::optional<bool> dangling_;
  std::optional<std::string> before_;
  std::optional<std::string> since_;
  std::set<std::string> parents_;
};

Json FieldsOf(const ImageListing& listing, const ImagesOptions& options, const TimePoint& now) {
  const ImageName name = TakeRefApart(listing.ref);
  const Result<TimePoint> created = ParseTime(listing.image.created);
  const auto or_none = [](const std::string& text) { return text.empty() ? kNone : text; };
  const std::string id = "sha256:" + listing.image.id;
  return Json{
      {"Containers", "N/A"},
      {"CreatedAt", created.has_value() ? GoTime(created.value()) : "N/A"},
      {"CreatedSince",
       created.has_value() ? HumanDuration(now.seconds - created.value().seconds) + " ago" : "N/A"},
      {"Digest", or_none(name.digest.empty() ? listing.digest : name.digest)},
      {"ID", options.no_trunc ? id : ShortId(id)},
      {"Repository", or_none(name.repository)},
      {"SharedSize", "N/A"},
      {"Size", HumanSize(listing.image.size)},
      {"Tag", or_none(name.tag)},
      {"UniqueSize", "N/A"},
      {"VirtualSize", HumanSize(listing.image.size)},
  };
}

const Json& Titles() {
  static const Json kTitles = {
      {"Containers", "CONTAINERS"},
      {"CreatedAt", "CREATED AT"},
      {"CreatedSince", "CREATED"},
      {"Digest", "DIGEST"},
      {"ID", "IMAGE ID"},
      {"Repository", "REPOSITORY"},
      {"SharedSize", "SHARED SIZE"},
      {"Size", "SIZE"},
      {"Tag", "TAG"},
      {"UniqueSize", "UNIQUE SIZE"},
      {"VirtualSize", "SIZE"},
  };
  return kTitles;
}

Result<std::string> List(const Store& store, const ImagesOptions& options) {
  const std::vector<ImageListing> images = TRY(ListImages(store));
  const Selection selection = TRY(Selection::Create(store, images, options));
  Listing listing;
  listing.type_name = "*formatter.ImageContext";
  listing.header = &Titles();
  listing.table = TableOf(options);
  std::vector<Json> fields;
  fields.reserve(images.size());
  std::string ids;
  for (const ImageListing& image : images) {
    if (!selection.Takes(image)) continue;
    fields.push_back(FieldsOf(image, options, Now()));
    ids += fields.back()["ID"].get<std::string>() + "\n";
    ListingRow row;
    row.fields = &fields.back();
    listing.rows.push_back(std::move(row));
  }
  if (options.quiet && options.format.empty()) return ids;
  return RenderListing(listing, options.format);
}

}  // namespace

int ImagesCommand(const CommandContext& context, const std::vector<std::string>& args) {
  ImagesOptions options;
  std::vector<std::string> operands;
  FlagSet flags(context);
  flags.Bool('a', "all", &options.all, "Show all images (default hides intermediate images)");
  flags.Bool('\0', "digests", &options.digests, "Show digests");
  options.filters.Declare(&flags);
  flags.String('\0', "format", &options.format,
               "Format output: \"table\", \"table TEMPLATE\", \"json\" or a Go template");
  flags.Bool('\0', "no-trunc", &options.no_trunc, "Don't truncate output");
  flags.Bool('q', "quiet", &options.quiet, "Only show image IDs");
  flags.Operands(0, 1, &operands);
  flags.Example("calf images --filter dangling=true");
  if (const auto code = flags.Parse(args)) return *code;
  for (const std::string& pattern : operands)
    options.filters.Add("reference", pattern);
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Result<std::string> list = List(store.value(), options);
  if (!list.has_value()) return ListingError(list.error());
  PrintOut(list.value());
  return 0;
}

}  // namespace cowbell
