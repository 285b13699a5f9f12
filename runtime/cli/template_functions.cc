#include "runtime/cli/template_functions.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/base/text.h"
#include "runtime/cli/template_printf.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;
using Arguments = std::vector<Json>;

Error WrongType(const Json& value, const std::string& expected) {
  return Error::FromMessage("wrong type for value; expected " + expected + "; got " +
                            TemplateTypeName(value));
}

Result<std::string> StringOf(const Json& value) {
  if (!value.is_string()) return WrongType(value, "string");
  return value.get<std::string>();
}

Result<int64_t> IntOf(const Json& value) {
  if (!value.is_number_integer()) return WrongType(value, "int");
  return value.get<int64_t>();
}

std::string MapText(const Json& object) {
  std::map<std::string, const Json*> sorted;
  for (const auto& [key, value] : object.items())
    sorted.emplace(key, &value);
  std::string out = "map[";
  for (const auto& [key, value] : sorted) {
    if (out.size() > 4) out += ' ';
    out += key + ":" + TemplateInnerText(*value);
  }
  return out + "]";
}

std::string FloatText(double value) {
  char buffer[64];
  for (int precision = 1; precision <= 17; ++precision) {
    (void)snprintf(buffer, sizeof(buffer), "%.*g", precision, value);
    if (strtod(buffer, nullptr) == value) break;
  }
  return buffer;
}

// ---- strings

template <int (*kConvert)(int)>
Result<Json> Convert(const Arguments& arguments) {
  std::string text = TRY(StringOf(arguments[0]));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x80) c = static_cast<char>(kConvert(c));
  }
  return Json(std::move(text));
}

// ASCII only, whatever the locale.
int Lower(int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }
int Upper(int c) { return c >= 'a' && c <= 'z' ? c - 32 : c; }

Result<Json> Title(const Arguments& arguments) {
  std::string text = TRY(StringOf(arguments[0]));
  bool start = true;
  for (char& c : text) {
    if (start) c = static_cast<char>(Upper(c));
    start = c == ' ' || c == '\t' || c == '\n' || c == '-' || c == '/' || c == '.';
  }
  return Json(std::move(text));
}

Result<Json> JoinStrings(const Arguments& arguments) {
  if (!arguments[0].is_array()) return WrongType(arguments[0], "[]string");
  const std::string separator = TRY(StringOf(arguments[1]));
  std::vector<std::string> parts;
  for (const Json& part : arguments[0])
    parts.push_back(TemplateText(part));
  return Json(Join(parts, separator));
}

Result<Json> SplitString(const Arguments& arguments) {
  std::string text = TRY(StringOf(arguments[0]));
  const std::string separator = TRY(StringOf(arguments[1]));
  Json parts = Json::array();
  if (separator.empty()) {
    for (const char c : text)
      parts.push_back(std::string(1, c));
    return parts;
  }
  for (size_t at = text.find(separator); at != std::string::npos; at = text.find(separator)) {
    parts.push_back(text.substr(0, at));
    text.erase(0, at + separator.size());
  }
  parts.push_back(text);
  return parts;
}

Result<Json> Pad(const Arguments& arguments) {
  const std::string text = TRY(StringOf(arguments[0]));
  const int64_t before = TRY(IntOf(arguments[1]));
  const int64_t after = TRY(IntOf(arguments[2]));
  if (text.empty()) return Json(text);
  const auto blanks = [](int64_t count) {
    constexpr int64_t kMost = 4096;
    return std::string(static_cast<size_t>(std::clamp<int64_t>(count, 0, kMost)), ' ');
  };
  return Json(blanks(before) + text + blanks(after));
}

Result<Json> Truncate(const Arguments& arguments) {
  const std::string text = TRY(StringOf(arguments[0]));
  const int64_t length = TRY(IntOf(arguments[1]));
  if (length < 0 || text.size() <= static_cast<size_t>(length)) return Json(text);
  return Json(text.substr(0, static_cast<size_t>(length)));
}

// ---- values

Result<Json> ToJson(const Arguments& arguments) { return Json(CompactJson(arguments[0])); }

Result<Json> Not(const Arguments& arguments) { return Json(!TemplateTruth(arguments[0])); }

Result<Json> Len(const Arguments& arguments) {
  const Json& value = arguments[0];
  if (value.is_string()) return Json(value.get_ref<const std::string&>().size());
  if (value.is_structured()) return Json(value.size());
  return Error::FromMessage("error calling len: len of type " + TemplateTypeName(value));
}

Result<Json> IndexOne(const Json& value, const Json& key) {
  if (value.is_array()) {
    if (!key.is_number_integer()) {
      return Error::FromMessage("error calling index: cannot index slice/array with type " +
                                TemplateTypeName(key));
    }
    const auto at = key.get<int64_t>();
    if (at < 0 || static_cast<uint64_t>(at) >= value.size()) {
      return Error::FromMessage("error calling index: reflect: slice index out of range");
    }
    return value[static_cast<size_t>(at)];
  }
  if (value.is_object()) {
    if (!key.is_string()) {
      return Error::FromMessage("error calling index: value has type " + TemplateTypeName(key) +
                                "; should be string");
    }
    const auto found = value.find(key.get<std::string>());
    if (found != value.end()) return *found;
    return IsStringMap(value) ? Json("") : Json(nullptr);
  }
  return Error::FromMessage(value.is_null() ? "error calling index: index of untyped nil"
                                            : "error calling index: can't index item of type " +
                                                  TemplateTypeName(value));
}

Result<Json> Index(const Arguments& arguments) {
  Json value = arguments[0];
  for (size_t i = 1; i < arguments.size(); ++i)
    value = TRY(IndexOne(value, arguments[i]));
  return value;
}

// -1, 0, 1, or why the two cannot be compared.
Result<int> Compare(const std::string& name, const Json& a, const Json& b) {
  const auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : x == y ? 0 : 1; };
  if (a.is_number() && b.is_number()) {
    if (a.is_number_float() || b.is_number_float()) return sign(a.get<double>(), b.get<double>());
    return sign(a.get<int64_t>(), b.get<int64_t>());
  }
  if (a.is_string() && b.is_string()) {
    return sign(a.get_ref<const std::string&>(), b.get_ref<const std::string&>());
  }
  const bool equality = name == "eq" || name == "ne";
  if (equality && a.is_boolean() && b.is_boolean()) return sign(a.get<bool>(), b.get<bool>());
  if (equality && (a.is_null() || b.is_null())) return a.is_null() && b.is_null() ? 0 : 1;
  if (a.is_structured() || (!equality && (a.is_boolean() || a.is_null()))) {
    return Error::FromMessage("error calling " + name + ": invalid type for comparison");
  }
  return Error::FromMessage("error calling " + name + ": incompatible types for comparison");
}

Result<Json> Equal(const Arguments& arguments) {
  for (size_t i = 1; i < arguments.size(); ++i) {
    const int order = TRY(Compare("eq", arguments[0], arguments[i]));
    if (order == 0) return Json(true);
  }
  return Json(false);
}

template <char kFirst, char kSecond, bool (*kHolds)(int)>
Result<Json> Relation(const Arguments& arguments) {
  constexpr char kName[] = {kFirst, kSecond, '\0'};
  const int order = TRY(Compare(kName, arguments[0], arguments[1]));
  return Json(kHolds(order));
}
bool NotEqual(int order) { return order != 0; }
bool Less(int order) { return order < 0; }
bool LessOrEqual(int order) { return order <= 0; }
bool Greater(int order) { return order > 0; }
bool GreaterOrEqual(int order) { return order >= 0; }

// ---- printing

// Blanks between operands when neither is a string, as fmt.Sprint does.
Result<Json> Print(const Arguments& arguments) {
  std::string out;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0 && !arguments[i].is_string() && !arguments[i - 1].is_string()) out += ' ';
    out += TemplateInnerText(arguments[i]);
  }
  return Json(std::move(out));
}

Result<Json> Println(const Arguments& arguments) {
  std::vector<std::string> parts;
  for (const Json& argument : arguments)
    parts.push_back(TemplateInnerText(argument));
  return Json(Join(parts, " ") + "\n");
}

Result<Json> Printf(const Arguments& arguments) {
  const std::string format = TRY(StringOf(arguments[0]));
  return Json(FormatVerbs(format, {arguments.begin() + 1, arguments.end()}));
}

struct Function {
  const char* name;
  size_t least;
  size_t most;
  Result<Json> (*call)(const Arguments&);
};
constexpr size_t kAny = 1000;

constexpr Function kFunctions[] = {
    {"eq", 2, kAny, Equal},
    {"ge", 2, 2, Relation<'g', 'e', GreaterOrEqual>},
    {"gt", 2, 2, Relation<'g', 't', Greater>},
    {"index", 1, kAny, Index},
    {"join", 2, 2, JoinStrings},
    {"json", 1, 1, ToJson},
    {"le", 2, 2, Relation<'l', 'e', LessOrEqual>},
    {"len", 1, 1, Len},
    {"lower", 1, 1, Convert<Lower>},
    {"lt", 2, 2, Relation<'l', 't', Less>},
    {"ne", 2, 2, Relation<'n', 'e', NotEqual>},
    {"not", 1, 1, Not},
    {"pad", 3, 3, Pad},
    {"print", 0, kAny, Print},
    {"printf", 1, kAny, Printf},
    {"println", 0, kAny, Println},
    {"split", 2, 2, SplitString},
    {"title", 1, 1, Title},
    {"truncate", 2, 2, Truncate},
    {"upper", 1, 1, Convert<Upper>},
};

const Function* FindFunction(std::string_view name) {
  for (const Function& function : kFunctions) {
    if (name == function.name) return &function;
  }
  return nullptr;
}

}  // namespace

bool IsTemplateFunction(std::string_view name) {
  return name == "and" || name == "or" || FindFunction(name) != nullptr;
}

Result<Json> CallTemplateFunction(const std::string& name, const Arguments& arguments) {
  const Function* function = FindFunction(name);
  if (function == nullptr) return Error::FromMessage("function \"" + name + "\" not defined");
  if (arguments.size() < function->least || arguments.size() > function->most) {
    const std::string least = std::to_string(function->least);
    return Error::FromMessage("wrong number of args for " + name + ": want " +
                              (function->most == kAny ? "at least " + least : least) + " got " +
                              std::to_string(arguments.size()));
  }
  return function->call(arguments);
}

bool TemplateTruth(const Json& value) {
  switch (value.type()) {
    case Json::value_t::string:
      return !value.get_ref<const std::string&>().empty();
    case Json::value_t::boolean:
      return value.get<bool>();
    case Json::value_t::array:
    case Json::value_t::object:
      return !value.empty();
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return value.get<int64_t>() != 0;
    case Json::value_t::number_float:
      return value.get<double>() != 0;
    default:
      return false;
  }
}

std::string TemplateText(const Json& value) {
  switch (value.type()) {
    case Json::value_t::string:
      return value.get<std::string>();
    case Json::value_t::number_float:
      return FloatText(value.get<double>());
    case Json::value_t::null:
      return "<no value>";
    case Json::value_t::object:
      return MapText(value);
    case Json::value_t::array: {
      std::string out = "[";
      for (const Json& element : value) {
        if (out.size() > 1) out += ' ';
        out += TemplateInnerText(element);
      }
      return out + "]";
    }
    default:
      return CompactJson(value);
  }
}

std::string CompactJson(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool IsStringMap(const Json& value) {
  return value.is_object() && std::all_of(value.begin(), value.end(),
                                          [](const Json& element) { return element.is_string(); });
}

}  // namespace cowbell
