#include "runtime/cli/flags.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "runtime/base/text.h"
#include "runtime/cli/output.h"

namespace cowbell {
namespace {

// Go's strconv.ParseBool.
Result<bool> ParseBool(const std::string& text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return Error::FromMessage("strconv.ParseBool: parsing \"" + Sanitize(text) +
                            "\": invalid syntax");
}

Result<int> ParseInt(const std::string& text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const char* begin = text.data() + (!text.empty() && text[0] == '+' ? 1 : 0);
  const auto [stop, error] = std::from_chars(begin, end, value);
  const std::string what = "strconv.ParseInt: parsing \"" + Sanitize(text) + "\": ";
  if (error == std::errc::result_out_of_range) {
    return Error::FromMessage(what + "value out of range");
  }
  if (error != std::errc() || stop != end || begin == end) {
    return Error::FromMessage(what + "invalid syntax");
  }
  return value;
}

std::string Plural(int count) {
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

}  // namespace

struct FlagSet::Walk {
  const std::vector<std::string>& args;
  size_t next = 0;  // the argument after the token in hand
};

void FlagSet::Add(char shorthand, const char* name, const char* type, Setter setter,
                  const char* help) {
  flags_.push_back({shorthand, name, type, help, std::move(setter)});
}

void FlagSet::Bool(char shorthand, const char* name, bool* target, const char* help) {
  const Setter setter = [target](const std::string& value) -> Status {
    *target = TRY(ParseBool(value));
    return Ok();
  };
  Add(shorthand, name, "", setter, help);
}

void FlagSet::String(char shorthand, const char* name, std::string* target, const char* help) {
  const Setter setter = [target](const std::string& value) -> Status {
    *target = value;
    return Ok();
  };
  Add(shorthand, name, "string", setter, help);
}

void FlagSet::OptionalString(char shorthand, const char* name, std::optional<std::string>* target,
                             const char* help) {
  const Setter setter = [target](const std::string& value) -> Status {
    *target = value;
    return Ok();
  };
  Add(shorthand, name, "string", setter, help);
}

void FlagSet::List(char shorthand, const char* name, std::vector<std::string>* target,
                   const char* help) {
  const Setter setter = [target](const std::string& value) -> Status {
    target->push_back(value);
    return Ok();
  };
  Add(shorthand, name, "list", setter, help);
}

void FlagSet::Int(char shorthand, const char* name, int* target, const char* help) {
  const Setter setter = [target](const std::string& value) -> Status {
    *target = TRY(ParseInt(value));
    return Ok();
  };
  Add(shorthand, name, "int", setter, help);
}

void FlagSet::Value(char shorthand, const char* name, const char* type, Setter setter,
                    const char* help) {
  Add(shorthand, name, type, std::move(setter), help);
}

void FlagSet::Synonym(const char* name, const char* of) {
  const Flag* flag = FindLong(of);
  if (flag == nullptr) return;
  Flag copy = *flag;
  copy.name = name;
  copy.shorthand = '\0';
  copy.hidden = true;
  flags_.push_back(std::move(copy));
}

void FlagSet::Operands(int min, int max, std::vector<std::string>* target) {
  min_operands_ = min;
  max_operands_ = max;
  operands_ = target;
}

bool FlagSet::Given(const char* name) const {
  return std::any_of(flags_.begin(), flags_.end(),
                     [&](const Flag& flag) { return flag.name == name && flag.given; });
}

FlagSet::Flag* FlagSet::FindLong(const std::string& name) {
  for (Flag& flag : flags_) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

FlagSet::Flag* FlagSet::FindShort(char shorthand) {
  for (Flag& flag : flags_) {
    if (flag.shorthand != '\0' && flag.shorthand == shorthand) return &flag;
  }
  return nullptr;
}

Status FlagSet::Set(Flag& flag, const std::string& value) {
  flag.given = true;
  const Status status = flag.setter(value);
  if (status.has_value()) return status;
  std::string name = "--" + flag.name;
  if (flag.shorthand != '\0') name = std::string("-") + flag.shorthand + ", " + name;
  return Error::FromMessage("invalid argument \"" + Sanitize(value) + "\" for \"" + name +
                            "\" flag: " + ErrorText(status.error()));
}

Status FlagSet::ParseLong(const std::string& token, Walk& walk) {
  const size_t equals = token.find('=');
  const std::string name = token.substr(2, equals == std::string::npos ? equals : equals - 2);
  if (name.empty()) return Error::FromMessage("bad flag syntax: " + Sanitize(token));
  if (name == "help") {
    help_wanted_ = true;
    return Ok();
  }
  Flag* flag = FindLong(name);
  if (flag == nullptr) return Error::FromMessage("unknown flag: --" + Sanitize(name));
  if (equals != std::string::npos) return Set(*flag, token.substr(equals + 1));
  if (flag->is_bool()) return Set(*flag, "true");
  if (walk.next == walk.args.size()) {
    return Error::FromMessage("flag needs an argument: --" + name);
  }
  return Set(*flag, walk.args[walk.next++]);
}

// A cluster of shorthands; the first that takes a value takes the rest of the token as it.
Status FlagSet::ParseShort(const std::string& token, Walk& walk) {
  for (size_t i = 1; i < token.size(); ++i) {
    Flag* flag = FindShort(token[i]);
    const std::string shorthand = Sanitize(token.substr(i, 1));
    if (flag == nullptr && token[i] == 'h') {
      help_wanted_ = true;
      return Ok();
    }
    if (flag == nullptr) {
      return Error::FromMessage("unknown shorthand flag: '" + shorthand + "' in -" +
                                Sanitize(token.substr(i)));
    }
    const std::string rest = token.substr(i + 1);
    if (rest.size() > 1 && rest[0] == '=') return Set(*flag, rest.substr(1));
    if (flag->is_bool()) {
      TRY(Set(*flag, "true"));
      continue;
    }
    if (!rest.empty()) return Set(*flag, rest);
    if (walk.next == walk.args.size()) {
      return Error::FromMessage("flag needs an argument: '" + shorthand + "' in -" +
                                token.substr(i));
    }
    return Set(*flag, walk.args[walk.next++]);
  }
  return Ok();
}

std::optional<int> FlagSet::Parse(const std::vector<std::string>& args) {
  std::vector<std::string> operands;
  Walk walk{args};
  while (walk.next < args.size()) {
    const std::string& token = args[walk.next++];
    const bool is_flag = token.size() > 1 && token[0] == '-';
    if (token == "--" || (!is_flag && stop_at_first_)) {
      if (token != "--") --walk.next;
      operands.insert(operands.end(), args.begin() + static_cast<std::ptrdiff_t>(walk.next),
                      args.end());
      break;
    }
    if (!is_flag) {
      operands.push_back(token);
      continue;
    }
    const Status status = token[1] == '-' ? ParseLong(token, walk) : ParseShort(token, walk);
    if (!status.has_value()) return UsageError(status.error().message());
    if (help_wanted_) {
      PrintOut(HelpText());
      return 0;
    }
  }
  const int count = static_cast<int>(operands.size());
  if (count < min_operands_ || (max_operands_ >= 0 && count > max_operands_)) return CountError();
  if (operands_ != nullptr) *operands_ = std::move(operands);
  return std::nullopt;
}

int FlagSet::UsageError(const std::string& text) const {
  PrintErr(text + "\n\nUsage:  " + context_.UsageLine() + "\n\nRun '" + context_.CommandPath() +
           " --help' for more information\n");
  return kExitUsageError;
}

int FlagSet::CountError() const {
  std::string demand = "requires ";
  if (max_operands_ == 0) {
    demand = "accepts no arguments";
  } else if (min_operands_ == max_operands_) {
    demand += Plural(min_operands_);
  } else if (max_operands_ < 0) {
    demand += "at least " + Plural(min_operands_);
  } else if (min_operands_ == 0) {
    demand += "at most " + Plural(max_operands_);
  } else {
    demand += "at least " + std::to_string(min_operands_) + " and at most " + Plural(max_operands_);
  }
  PrintErr("calf: '" + context_.CommandPath() + "' " + demand +
           "\n\nUsage:  " + context_.UsageLine() + "\n\nRun '" + context_.CommandPath() +
           " --help' for more information\n");
  return kExitEngineError;
}

std::string FlagSet::HelpText() const {
  std::string out = "Usage:  " + context_.UsageLine() + "\n\n" + context_.command().help + "\n";
  if (*context_.command().alias != '\0') {
    out += std::string("\nAliases:\n  calf ") + context_.command().words + ", calf " +
           context_.command().alias + "\n";
  }
  std::vector<std::pair<std::string, std::string>> rows;
  size_t width = 0;
  for (const Flag& flag : flags_) {
    if (flag.hidden) continue;
    std::string left =
        flag.shorthand != '\0' ? std::string("  -") + flag.shorthand + ", " : "      ";
    left += "--" + flag.name + (flag.is_bool() ? "" : " " + flag.type);
    width = std::max(width, left.size());
    rows.emplace_back(std::move(left), flag.help);
  }
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.first.substr(6) < b.first.substr(6); });
  if (!rows.empty()) out += "\nOptions:\n";
  for (auto& [left, help] : rows) {
    left.resize(width, ' ');
    out += left + "   " + help + "\n";
  }
  if (!example_.empty()) out += "\nExample:\n  " + example_ + "\n";
  return out;
}

}  // namespace cowbell
