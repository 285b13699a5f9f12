#include "runtime/build/dockerfile.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

constexpr const char* kInstructions[] = {
    "ADD",    "ARG",   "CMD",         "COPY",  "ENTRYPOINT", "ENV",
    "EXPOSE", "FROM",  "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN",    "SHELL", "STOPSIGNAL",  "USER",  "VOLUME",     "WORKDIR"};

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsNameStart(char c) { return isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsNameChar(char c) { return isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

Error LineError(int line, const std::string& text) {
  return Error::FromMessage("dockerfile parse error line " + std::to_string(line) + ": " + text);
}

// Takes the backslash off that continues a line.
bool TakeContinuation(std::string* line) {
  const size_t end = line->find_last_not_of(" \t");
  if (end == std::string::npos || (*line)[end] != '\\') return false;
  line->resize(end);
  return true;
}

bool IsComment(std::string_view line) { return !line.empty() && line[0] == '#'; }

Result<Instruction> MakeInstruction(int line, std::string_view text) {
  Instruction out;
  out.line = line;
  const size_t space = text.find_first_of(" \t");
  out.name = std::string(text.substr(0, space));
  std::transform(out.name.begin(), out.name.end(), out.name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (space != std::string_view::npos) out.arguments = std::string(Trim(text.substr(space)));
  const auto* end = std::end(kInstructions);
  if (std::find(std::begin(kInstructions), end, out.name) == end) {
    return LineError(line, "unknown instruction: " + Sanitize(out.name, 200));
  }
  if (out.arguments.empty()) {
    return LineError(line, out.name + " requires at least one argument");
  }
  if ((out.name == "RUN" || out.name == "COPY") && out.arguments.rfind("<<", 0) == 0) {
    return LineError(line, "here-documents are not supported");
  }
  return out;
}

// A position in a text that is being expanded.
struct Cursor {
  const std::string& text;
  size_t at = 0;
  bool AtEnd() const { return at >= text.size(); }
  char Get() { return text[at++]; }
};

// After "$". What stands for no name is left as it is.
Result<std::string> ExpandName(Cursor& in, const Variables& variables) {
  const auto value = [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  std::string name;
  if (in.AtEnd()) return std::string("$");
  if (in.text[in.at] != '{') {
    if (!IsNameStart(in.text[in.at])) return std::string("$");
    while (!in.AtEnd() && IsNameChar(in.text[in.at]))
      name += in.Get();
    return value(name);
  }
  ++in.at;
  while (!in.AtEnd() && IsNameChar(in.text[in.at]))
    name += in.Get();
  const size_t close = in.text.find('}', in.at);
  if (name.empty() || close == std::string::npos) {
    return Error::FromMessage("bad substitution in '" + Sanitize(in.text, 200) + "'");
  }
  const std::string modifier = in.text.substr(in.at, close - in.at);
  in.at = close + 1;
  if (modifier.empty()) return value(name);
  const std::string kind = modifier.substr(0, 2);
  if (kind != ":-" && kind != ":+") {
    return Error::FromMessage("unsupported modifier (" + Sanitize(modifier, 50) +
                              ") in substitution");
  }
  const std::string word = TRY(Expand(modifier.substr(2), variables));
  const std::string now = value(name);
  if (kind == ":+") return now.empty() ? std::string() : word;
  return now.empty() ? word : now;
}

}  // namespace

Result<std::vector<Instruction>> ParseDockerfile(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.rfind(kByteOrderMark, 0) == 0) text.remove_prefix(kByteOrderMark.size());
  std::vector<Instruction> out;
  std::string joined;
  int begin = 0;
  int number = 0;
  const auto finish = [&]() -> Status {
    const std::string_view whole = Trim(joined);
    if (!whole.empty()) out.push_back(TRY(MakeInstruction(begin, whole)));
    joined.clear();
    begin = 0;
    return Ok();
  };
  for (std::string& line : Lines(text)) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const std::string_view trimmed = Trim(line);
    // Comments and empty lines do not end a continued instruction.
    if (IsComment(trimmed) || (trimmed.empty() && begin != 0)) continue;
    if (begin == 0) begin = number;
    const bool goes_on = TakeContinuation(&line);
    joined += line;
    if (!goes_on) TRY(finish());
  }
  TRY(finish());
  if (out.empty()) return Error::FromMessage("the Dockerfile (Dockerfile) cannot be empty");
  return out;
}

std::optional<std::vector<std::string>> ParseExecForm(const std::string& arguments) {
  if (arguments.empty() || arguments[0] != '[') return std::nullopt;
  const nlohmann::json list = nlohmann::json::parse(arguments, nullptr, false);
  if (!list.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const nlohmann::json& item : list) {
    if (!item.is_string()) return std::nullopt;
    out.push_back(item.get<std::string>());
  }
  return out;
}

std::map<std::string, std::string> TakeFlags(std::string* arguments) {
  std::map<std::string, std::string> out;
  while (arguments->rfind("--", 0) == 0) {
    const size_t end = std::min(arguments->find_first_of(" \t"), arguments->size());
    const std::string flag = arguments->substr(2, end - 2);
    const size_t equals = flag.find('=');
    out[flag.substr(0, equals)] = equals == std::string::npos ? "" : flag.substr(equals + 1);
    *arguments = std::string(Trim(std::string_view(*arguments).substr(end)));
  }
  return out;
}

Result<std::string> Expand(const std::string& text, const Variables& variables) {
  std::string out;
  Cursor in{text};
  bool in_single = false;
  bool in_double = false;
  while (!in.AtEnd()) {
    const char c = in.Get();
    if (c == '\\' && !in_single && !in.AtEnd()) {
      // "\$" is a dollar sign; what else is escaped, SplitWords decides.
      if (in.text[in.at] != '$') out += c;
      out += in.Get();
      continue;
    }
    if (c == '\'' && !in_double) in_single = !in_single;
    if (c == '"' && !in_single) in_double = !in_double;
    if (c == '$' && !in_single) {
      out += TRY(ExpandName(in, variables));
    } else {
      out += c;
    }
  }
  return out;
}

Result<std::vector<std::string>> SplitWords(const std::string& text) {
  std::vector<std::string> out;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == '\0' && IsBlank(c)) {
      if (in_word) out.push_back(std::exchange(word, {}));
      in_word = false;
      continue;
    }
    in_word = true;
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      const char next = text[++i];
      // Within double quotes a backslash protects only these two.
      if (quote == '"' && next != '"' && next != '\\') word += c;
      word += next;
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    } else {
      word += c;
    }
  }
  if (quote != '\0') {
    return Error::FromMessage("unexpected end of statement while looking for matching quote in '" +
                              Sanitize(text, 200) + "'");
  }
  if (in_word) out.push_back(std::move(word));
  return out;
}

}  // namespace cowbell
