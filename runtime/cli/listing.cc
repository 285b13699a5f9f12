#include "runtime/cli/listing.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "runtime/base/text.h"
#include "runtime/cli/output.h"
#include "runtime/cli/table.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kTable = "table";

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The title of `{{.Label "com.example.some-thing"}}` is "some thing".
Result<Json> LabelTitle(const std::vector<Json>& arguments) {
  if (arguments.size() != 1 || !arguments[0].is_string()) {
    return Error::FromMessage("wrong number of args for Label: want 1 got " +
                              std::to_string(arguments.size()));
  }
  std::string title = Split(arguments[0].get<std::string>(), '.').back();
  for (char& c : title) {
    if (c == '-' || c == '_') c = ' ';
  }
  return Json(std::move(title));
}

// A format split into its prefix and its template.
struct Plan {
  bool table = false;
  std::string text;
};

Plan MakePlan(const std::string& format, const std::string& default_table) {
  Plan plan;
  plan.table = format.empty() || format.compare(0, kTable.size(), kTable) == 0;
  plan.text = plan.table && format.size() > kTable.size() ? format.substr(kTable.size()) : format;
  if (format.empty() || format == kTable) plan.text = default_table;
  if (format == "json") plan.text = "{{json .}}";
  plan.text = std::string(Trim(plan.text));
  ReplaceAll(plan.text, "\\t", "\t");
  ReplaceAll(plan.text, "\\n", "\n");
  return plan;
}

}  // namespace

Result<std::string> RenderListing(const Listing& listing, const std::string& format) {
  const Plan plan = MakePlan(format, listing.table);
  const Template parsed = TRY(Template::Parse(plan.text).Within("template parsing error"));

  const std::map<std::string, TemplateMethod> header_methods = {{"Label", LabelTitle}};
  TemplateData data;
  data.root = listing.header;
  data.methods = &header_methods;
  data.type_name = listing.type_name;
  data.header = true;
  const std::string header = TRY(parsed.Execute(data).Within("failed to execute template"));

  std::string rows;
  data.header = false;
  for (const ListingRow& row : listing.rows) {
    data.root = row.fields;
    data.methods = &row.methods;
    rows += TRY(parsed.Execute(data).Within("failed to execute template")) + "\n";
  }
  return plan.table ? AlignColumns(header + "\n" + rows) : rows;
}

int ListingError(const Error& error) {
  for (const char* own : {"failed to execute template", "template parsing error"}) {
    if (error.message().rfind(own, 0) != 0) continue;
    PrintErr(error.message() + "\n");
    return kExitEngineError;
  }
  return DaemonError(error);
}

bool FormatMentions(const std::string& format, std::string_view field) {
  const Result<Template> parsed = Template::Parse(MakePlan(format, "").text);
  return parsed.has_value() && parsed.value().Mentions(field);
}

}  // namespace cowbell
