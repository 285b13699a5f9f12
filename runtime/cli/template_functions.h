// The functions of templates: Go's built-in ones and Docker's (json, join, split, lower, upper,
// title, pad, truncate). `and` and `or` are not here: their arguments are evaluated one by one.

#ifndef COWBELL_RUNTIME_CLI_TEMPLATE_FUNCTIONS_H_
#define COWBELL_RUNTIME_CLI_TEMPLATE_FUNCTIONS_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

// Includes `and` and `or`.
bool IsTemplateFunction(std::string_view name);

// REQUIRES: IsTemplateFunction(name), neither `and` nor `or`. Errors, in Go's words.
Result<nlohmann::ordered_json> CallTemplateFunction(
    const std::string& name, const std::vector<nlohmann::ordered_json>& arguments);

// Go's idea of truth: not the zero value, not empty.
bool TemplateTruth(const nlohmann::ordered_json& value);

// As an action prints it: "[a b]", "map[k:v]", null as "<no value>" at the top and "<nil>" inside.
std::string TemplateText(const nlohmann::ordered_json& value);

// One line of JSON as Go's encoder writes it; ill-formed UTF-8 becomes U+FFFD.
std::string CompactJson(const nlohmann::ordered_json& value);

// True for what stands for a Go map[string]string: an object whose values are all strings. A key
// that such a map lacks is a zero value; in other objects it is an error.
bool IsStringMap(const nlohmann::ordered_json& value);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_TEMPLATE_FUNCTIONS_H_
