#include "runtime/build/config_step.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

using Pair = std::pair<std::string, std::string>;
using Apply = Result<std::string> (*)(const Instruction&, const Variables&, ImageConfig*);

Result<std::vector<std::string>> Words(const Instruction& step, const Variables& variables) {
  const std::string text = TRY(Expand(step.arguments, variables));
  return SplitWords(text);
}

// "A=1 B=2", or the old form "A the rest".
Result<std::vector<Pair>> Pairs(const Instruction& step, const Variables& variables) {
  std::vector<Pair> out;
  const size_t space = step.arguments.find_first_of(" \t");
  const size_t equals = step.arguments.find('=');
  if (equals == std::string::npos || space < equals) {
    if (space == std::string::npos) {
      return Error::FromMessage("dockerfile parse error line " + std::to_string(step.line) + ": " +
                                step.name + " must have two arguments");
    }
    const std::string value(Trim(std::string_view(step.arguments).substr(space)));
    const std::string expanded = TRY(Expand(value, variables));
    out.emplace_back(step.arguments.substr(0, space), expanded);
    return out;
  }
  const std::vector<std::string> words = TRY(Words(step, variables));
  for (const std::string& word : words) {
    const size_t at = word.find('=');
    if (at == std::string::npos || at == 0) {
      return Error::FromMessage("Syntax error - can't find = in \"" + Sanitize(word, 200) +
                                "\". Must be of the form: name=value");
    }
    out.emplace_back(word.substr(0, at), word.substr(at + 1));
  }
  return out;
}

Result<std::string> Env(const Instruction& step, const Variables& variables, ImageConfig* config) {
  const std::vector<Pair> pairs = TRY(Pairs(step, variables));
  std::string text = "ENV";
  for (const auto& [name, value] : pairs) {
    std::vector<std::string>& env = config->env;
    const std::string prefix = name + "=";
    const auto old = std::find_if(env.begin(), env.end(), [&](const std::string& entry) {
      return entry.rfind(prefix, 0) == 0;
    });
    if (old != env.end()) {
      *old = prefix + value;
    } else {
      env.push_back(prefix + value);
    }
    text += " " + prefix + value;
  }
  return text;
}

Result<std::string> Label(const Instruction& step, const Variables& variables,
                          ImageConfig* config) {
  const std::vector<Pair> pairs = TRY(Pairs(step, variables));
  std::string text = "LABEL";
  for (const auto& [name, value] : pairs) {
    config->labels[name] = value;
    text += " " + name + "=" + value;
  }
  return text;
}

Result<std::string> User(const Instruction& step, const Variables& variables, ImageConfig* config) {
  config->user = TRY(Expand(step.arguments, variables));
  return "USER " + config->user;
}

std::vector<std::string> Command(const Instruction& step) {
  if (auto list = ParseExecForm(step.arguments)) return *list;
  return {"/bin/sh", "-c", step.arguments};
}

Result<std::string> Cmd(const Instruction& step, const Variables&, ImageConfig* config) {
  config->cmd = Command(step);
  return "CMD " + JsonList(config->cmd);
}

Result<std::string> Entrypoint(const Instruction& step, const Variables&, ImageConfig* config) {
  config->entrypoint = Command(step);
  return "ENTRYPOINT " + JsonList(config->entrypoint);
}

void AddSorted(const std::string& value, std::vector<std::string>* list) {
  const auto at = std::lower_bound(list->begin(), list->end(), value);
  if (at == list->end() || *at != value) list->insert(at, value);
}

Result<std::string> Expose(const Instruction& step, const Variables& variables,
                           ImageConfig* config) {
  const std::vector<std::string> words = TRY(Words(step, variables));
  for (const std::string& word : words) {
    const bool has_protocol = word.find('/') != std::string::npos;
    AddSorted(has_protocol ? word : word + "/tcp", &config->exposed_ports);
  }
  return "EXPOSE " + Join(words, " ");
}

Result<std::string> Volume(const Instruction& step, const Variables& variables,
                           ImageConfig* config) {
  std::vector<std::string> words;
  if (const auto list = ParseExecForm(step.arguments)) {
    words = *list;
  } else {
    words = TRY(Words(step, variables));
  }
  for (const std::string& word : words)
    AddSorted(word, &config->volumes);
  return "VOLUME " + JsonList(words);
}

// Relative to the working directory so far.
Result<std::string> WorkDir(const Instruction& step, const Variables& variables,
                            ImageConfig* config) {
  const std::vector<std::string> words = TRY(Words(step, variables));
  if (words.size() != 1) return Error::FromMessage("WORKDIR requires exactly one argument");
  const std::string path = words[0][0] == '/' ? words[0] : config->working_dir + "/" + words[0];
  std::vector<std::string> parts;
  for (std::string& part : Split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  config->working_dir = "/" + Join(parts, "/");
  return "WORKDIR " + config->working_dir;
}

Result<std::string> StopSignal(const Instruction& step, const Variables& variables,
                               ImageConfig* config) {
  config->stop_signal = TRY(Expand(step.arguments, variables));
  return "STOPSIGNAL " + config->stop_signal;
}

Result<std::string> Maintainer(const Instruction& step, const Variables&, ImageConfig*) {
  return "MAINTAINER " + step.arguments;
}

}  // namespace

Result<std::string> ApplyConfigInstruction(const Instruction& step, const Variables& variables,
                                           ImageConfig* config) {
  static const std::map<std::string, Apply> kInstructions = {
      {"ENV", Env},        {"LABEL", Label},           {"USER", User},
      {"CMD", Cmd},        {"ENTRYPOINT", Entrypoint}, {"EXPOSE", Expose},
      {"VOLUME", Volume},  {"STOPSIGNAL", StopSignal}, {"MAINTAINER", Maintainer},
      {"WORKDIR", WorkDir}};
  const auto found = kInstructions.find(step.name);
  if (found == kInstructions.end()) return Error::FromMessage(step.name + " is no config step");
  return found->second(step, variables, config);
}

std::string JsonList(const std::vector<std::string>& list) {
  return nlohmann::json(list).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace cowbell
