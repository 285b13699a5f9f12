// The `printf` of templates: Go's verbs d, x, f, s, q, v and t with flags `-` and `0`, width and
// precision.

#ifndef COWBELL_RUNTIME_CLI_TEMPLATE_PRINTF_H_
#define COWBELL_RUNTIME_CLI_TEMPLATE_PRINTF_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace cowbell {

// A verb that does not fit its argument is shown as Go shows it: "%!d(string=x)".
std::string FormatVerbs(const std::string& format,
                        const std::vector<nlohmann::ordered_json>& arguments);

// The Go type a value would have: "int", "[]interface {}".
std::string TemplateTypeName(const nlohmann::ordered_json& value);

// As a value prints inside another one: null is "<nil>".
std::string TemplateInnerText(const nlohmann::ordered_json& value);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_TEMPLATE_PRINTF_H_
