#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/inspect_document.h"
#include "runtime/cli/listing.h"
#include "runtime/cli/output.h"
#include "runtime/cli/template.h"
#include "runtime/cli/template_functions.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

struct InspectOptions {
  bool containers = true;
  bool images = true;
  bool volumes = true;
  bool size = false;
  std::string format;
};

bool IsMissing(const Error& error) { return error.errno_value() == ENOENT; }

Result<Json> FindDocument(const Store& store, const std::string& name,
                          const InspectOptions& options) {
  if (options.containers) {
    const Result<ContainerRecord> record = FindContainer(store, name);
    if (record.has_value()) return ContainerDocument(store, record.value(), options.size);
    if (!options.images || !IsMissing(record.error())) return record.error();
  }
  if (options.images) {
    const Result<ImageRecord> image = FindImage(store, name);
    if (image.has_value()) return ImageDocument(store, image.value());
    if (!options.volumes || !IsMissing(image.error())) return image.error();
  }
  const VolumeRecord volume = TRY(FindVolume(store, name));
  return VolumeDocument(store, volume);
}

// The line for an object that could not be shown.
std::string ErrorLine(const Error& error, const std::string& name, const InspectOptions& options) {
  const std::string shown = Sanitize(name);
  if (options.containers && options.images) {
    // Also a name that cannot be one of an image.
    const bool named = error.message().rfind("Multiple IDs", 0) != 0;
    if (IsMissing(error) || (error.errno_value() == 0 && named)) {
      return "Error: No such object: " + shown;
    }
  }
  const std::string text = ErrorText(error);
  if (options.volumes && !options.images) return "Error response from daemon: " + error.message();
  if (options.images && !options.containers && IsMissing(error)) {
    return "Error response from daemon: no such image: " + shown + ": " + text;
  }
  return "Error response from daemon: " + text;
}

// The elements as the format wants them: an indented array, one on one line, or a template each.
class Printer {
 public:
  static Result<Printer> Create(const std::string& format) {
    Printer printer;
    printer.compact_ = format == "json";
    if (!format.empty() && !printer.compact_) {
      Template parsed = TRY(Template::Parse(format).Within("template parsing error"));
      printer.template_ = std::move(parsed);
    }
    return printer;
  }

  Status Add(Json document) {
    if (!template_.has_value()) {
      documents_.push_back(std::move(document));
      return Ok();
    }
    lines_ += TRY(template_->Execute(document).Within("template parsing error")) + "\n";
    return Ok();
  }

  std::string Text() const {
    if (template_.has_value()) return lines_;
    const int indent = compact_ ? -1 : 4;
    return documents_.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  bool compact_ = false;
  std::optional<Template> template_;
  Json documents_ = Json::array();
  std::string lines_;
};

int Inspect(const CommandContext& context, const InspectOptions& options,
            const std::vector<std::string>& names) {
  Result<Printer> printer = Printer::Create(options.format);
  if (!printer.has_value()) return ListingError(printer.error());
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  std::string errors;
  for (const std::string& name : names) {
    Result<Json> document = FindDocument(store.value(), name, options);
    if (!document.has_value()) {
      errors += ErrorLine(document.error(), name, options) + "\n";
      continue;
    }
    const Status added = printer.value().Add(std::move(document).value());
    if (!added.has_value()) errors += added.error().message() + "\n";
  }
  PrintOut(printer.value().Text());
  PrintErr(errors);
  return errors.empty() ? 0 : kExitEngineError;
}

}  // namespace

int InspectCommand(const CommandContext& context, const std::vector<std::string>& args) {
  InspectOptions options;
  std::vector<std::string> names;
  std::string type;
  FlagSet flags(context);
  flags.String('f', "format", &options.format, "Format output: \"json\" or a Go template");
  const std::string& words = context.words();
  if (words == "inspect" || words == "container inspect") {
    flags.Bool('s', "size", &options.size, "Display total file sizes if the type is container");
  }
  if (words == "inspect") {
    flags.String('\0', "type", &type,
                 "Only inspect objects of the given type: container, image, volume");
  } else {
    type = words.substr(0, words.find(' '));
  }
  flags.Operands(1, -1, &names);
  flags.Example("calf inspect -f '{{.State.Status}}' web");
  if (const auto code = flags.Parse(args)) return *code;
  if (!type.empty() && type != "container" && type != "image" && type != "volume") {
    PrintErr("\"" + Sanitize(type) + "\" is not a valid value for --type\n");
    return kExitEngineError;
  }
  options.containers = type.empty() || type == "container";
  options.images = type.empty() || type == "image";
  options.volumes = type.empty() || type == "volume";
  return Inspect(context, options, names);
}

}  // namespace cowbell
