#include "runtime/cli/template_functions.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;
using Arguments = std::vector<Json>;

std::string TypeName(const Json& value) {
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

Error WrongType(const Json& value, const std::string& expected) {
  return Error::FromMessage("wrong type for value; expected " + expected + "; got " +
                            TypeName(value));
}

Result<std::string> StringOf(const Json& value) {
  if (!value.is_string()) return WrongType(value, "string");
  return value.get<std::string>();
}

Result<int64_t> IntOf(const Json& value) {
  if (!value.is_number_integer()) return WrongType(value, "int");
  return value.get<int64_t>();
}

std::string MapText(const Json& object);

std::string InnerText(const Json& value) {
  if (value.is_null()) return "<nil>";
  return TemplateText(value);
}

std::string MapText(const Json& object) {
  std::map<std::string, const Json*> sorted;
  for (const auto& [key, value] : object.items())
    sorted.emplace(key, &value);
  std::string out = "map[";
  for (const auto& [key, value] : sorted) {
    if (out.size() > 4) out += ' ';
    out += key + ":" + InnerText(*value);
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
  return Error::FromMessage("error calling len: len of type " + TypeName(value));
}

Result<Json> IndexOne(const Json& value, const Json& key) {
  if (value.is_array()) {
    if (!key.is_number_integer()) {
      return Error::FromMessage("error calling index: cannot index slice/array with type " +
                                TypeName(key));
    }
    const auto at = key.get<int64_t>();
    if (at < 0 || static_cast<uint64_t>(at) >= value.size()) {
      return Error::FromMessage("error calling index: reflect: slice index out of range");
    }
    return value[static_cast<size_t>(at)];
  }
  if (value.is_object()) {
    if (!key.is_string()) {
      return Error::FromMessage("error calling index: value has type " + TypeName(key) +
                                "; should be string");
    }
    const auto found = value.find(key.get<std::string>());
    if (found != value.end()) return *found;
    return IsStringMap(value) ? Json("") : Json(nullptr);
  }
  return Error::FromMessage(value.is_null() ? "error calling index: index of untyped nil"
                                            : "error calling index: can't index item of type " +
                                                  TypeName(value));
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
    out += InnerText(arguments[i]);
  }
  return Json(std::move(out));
}

Result<Json> Println(const Arguments& arguments) {
  std::vector<std::string> parts;
  for (const Json& argument : arguments)
    parts.push_back(InnerText(argument));
  return Json(Join(parts, " ") + "\n");
}

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
    const std::string whole = InnerText(value);
    return verb.precision < 0 ? whole : whole.substr(0, static_cast<size_t>(verb.precision));
  }
  return std::string("%!") + verb.letter + "(" + TypeName(value) + "=" + InnerText(value) + ")";
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

Result<Json> Printf(const Arguments& arguments) {
  const std::string format = TRY(StringOf(arguments[0]));
  std::string out;
  size_t next = 1;
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
  return Json(std::move(out));
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
        out += InnerText(element);
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
