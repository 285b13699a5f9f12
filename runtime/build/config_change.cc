#include "runtime/build/config_change.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "runtime/base/text.h"
#include "runtime/build/config_step.h"
#include "runtime/build/dockerfile.h"

namespace cowbell {
namespace {

constexpr std::array<std::string_view, 9> kValid = {
    "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"};

Variables EnvironmentOf(const ImageConfig& config) {
  Variables out;
  for (const std::string& entry : config.env) {
    const size_t equals = entry.find('=');
    if (equals != std::string::npos) out[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return out;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

Status ApplyConfigChanges(const std::vector<std::string>& changes, ImageConfig* config) {
  if (changes.empty()) return Ok();
  const std::vector<Instruction> steps = TRY(ParseDockerfile(Join(changes, "\n")));
  for (const Instruction& step : steps) {
    if (std::find(kValid.begin(), kValid.end(), step.name) != kValid.end()) continue;
    return Error::FromMessage(Lower(step.name) + " is not a valid change command");
  }
  bool has_cmd = false;
  for (const Instruction& step : steps) {
    TRY(ApplyConfigInstruction(step, EnvironmentOf(*config), config));
    // The command was meant for the entry point that was there before.
    if (step.name == "ENTRYPOINT" && !has_cmd) config->cmd.clear();
    has_cmd = has_cmd || step.name == "CMD";
  }
  return Ok();
}

}  // namespace cowbell
