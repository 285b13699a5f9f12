#include "runtime/cli/template_printf.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "runtime/cli/template_functions.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

// "%-5.2f" taken apart.
struct Verb {
  bool left = false;
  bool zeros = false;
  size_t width = 0;
  int precision = -1;
  char letter = '\0';
};

Verb ParseVerb(const std::string& flags, char letter) {
  constexpr size_t kMost = 1000;
  Verb verb;
  verb.letter = letter;
  const size_t dot = flags.find('.');
  for (const char c : flags.substr(0, dot)) {
    if (c == '-') verb.left = true;
    if (c == '0' && verb.width == 0) verb.zeros = true;
    if (c >= '0' && c <= '9') {
      verb.width = std::min(kMost, verb.width * 10 + static_cast<size_t>(c - '0'));
    }
  }
  if (dot != std::string::npos) {
    verb.precision = std::clamp(atoi(flags.c_str() + dot + 1), 0, static_cast<int>(kMost));
  }
  return verb;
}

std::string Printed(const Verb& verb, const Json& value) {
  char buffer[2048];
  const bool real = value.is_number_float();
  if (verb.letter == 'd' && value.is_number_integer()) return CompactJson(value);
  if (verb.letter == 'x' && value.is_number_integer()) {
    (void)snprintf(buffer, sizeof(buffer), "%llx",
                   static_cast<unsigned long long>(value.get<int64_t>()));
    return buffer;
  }
  if (verb.letter == 'f' && real) {
    (void)snprintf(buffer, sizeof(buffer), "%.*f", verb.precision < 0 ? 6 : verb.precision,
                   value.get<double>());
    return buffer;
  }
  if (verb.letter == 'q' && value.is_string()) return CompactJson(value);
  const bool text = verb.letter == 'v' || (verb.letter == 's' && !value.is_number()) ||
                    (verb.letter == 't' && value.is_boolean());
  if (text) {
    const std::string whole = TemplateInnerText(value);
    return verb.precision < 0 ? whole : whole.substr(0, static_cast<size_t>(verb.precision));
  }
  return std::string("%!") + verb.letter + "(" + TemplateTypeName(value) + "=" +
         TemplateInnerText(value) + ")";
}

std::string FormatOne(const Verb& verb, const Json& value) {
  std::string text = Printed(verb, value);
  if (text.size() >= verb.width) return text;
  const size_t missing = verb.width - text.size();
  if (verb.left) return text.append(missing, ' ');
  const bool zeros = verb.zeros && value.is_number();
  const size_t at = zeros && text[0] == '-' ? 1 : 0;
  return text.insert(at, missing, zeros ? '0' : ' ');
}

}  // namespace

std::string FormatVerbs(const std::string& format, const std::vector<Json>& arguments) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    const size_t letter = format.find_first_not_of("-+ 0#.123456789", i + 1);
    if (letter == std::string::npos) {
      out += "%!(NOVERB)";
      break;
    }
    const Verb verb = ParseVerb(format.substr(i + 1, letter - i - 1), format[letter]);
    i = letter;
    if (verb.letter == '%') {
      out += '%';
    } else if (next >= arguments.size()) {
      out += std::string("%!") + verb.letter + "(MISSING)";
    } else {
      out += FormatOne(verb, arguments[next++]);
    }
  }
  return out;
}

std::string TemplateTypeName(const Json& value) {
  switch (value.type()) {
    case Json::value_t::string:
      return "string";
    case Json::value_t::boolean:
      return "bool";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "int";
    case Json::value_t::number_float:
      return "float64";
    case Json::value_t::array:
      return "[]interface {}";
    case Json::value_t::object:
      return "map[string]interface {}";
    default:
      return "nil";
  }
}

std::string TemplateInnerText(const Json& value) {
  if (value.is_null()) return "<nil>";
  return TemplateText(value);
}

}  // namespace cowbell
