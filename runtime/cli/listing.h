// Lists of objects (ps, images, …) as Docker's --format prints them: the default table, `table …`,
// `json` and plain templates.

#ifndef COWBELL_RUNTIME_CLI_LISTING_H_
#define COWBELL_RUNTIME_CLI_LISTING_H_

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/cli/template.h"

namespace cowbell {

struct ListingRow {
  const nlohmann::ordered_json* fields = nullptr;  // an object; borrowed
  std::map<std::string, TemplateMethod> methods;   // fields with arguments
};

struct Listing {
  std::string type_name;                           // "*formatter.ContainerContext", for messages
  const nlohmann::ordered_json* header = nullptr;  // field -> column title; borrowed
  std::string table;                               // the template of the default table
  std::vector<ListingRow> rows;
};

// `format`: "" or "table" (the default table), "table TEMPLATE", "json", or a template.
// The template is tried on the header first, so that an unknown field is an error also when there
// are no rows. Errors: "template parsing error: …", "failed to execute template: …".
Result<std::string> RenderListing(const Listing& listing, const std::string& format);

// Says on standard error why a list could not be made. A template's error is the client's own and
// stands without the engine's prefix. Returns 1.
int ListingError(const Error& error);

// Whether rendering with `format` shows `field`. False for templates that cannot be parsed.
bool FormatMentions(const std::string& format, std::string_view field);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_LISTING_H_
