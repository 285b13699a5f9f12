#include "runtime/cli/ps_row.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime/base/text.h"
#include "runtime/rootfs/diff.h"
#include "runtime/store/images.h"
#include "runtime/store/rw_layer.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

std::string Since(const std::string& time, const TimePoint& now) {
  const Result<TimePoint> then = ParseTime(time);
  return HumanDuration(then.has_value() ? now.seconds - then.value().seconds : 0);
}

std::string LabelsText(const ContainerConfig& config) {
  std::vector<std::string> labels;
  for (const auto& [key, value] : config.labels)
    labels.push_back(key + "=" + value);
  return Join(labels, ",");
}

std::string MountsText(const ContainerConfig& config, bool truncate) {
  std::vector<std::string> sources;
  for (const BindMount& bind : config.binds) {
    const std::string& source = bind.volume.empty() ? bind.source : bind.volume;
    sources.push_back(truncate ? Ellipsis(source, 15) : source);
  }
  return Join(sources, ",");
}

std::string VolumeCount(const ContainerConfig& config) {
  return std::to_string(std::count_if(config.binds.begin(), config.binds.end(),
                                      [](const BindMount& bind) { return !bind.volume.empty(); }));
}

std::string SizeText(const ContainerSize& size) {
  const std::string rw = HumanSize(size.rw);
  return size.root_fs > 0 ? rw + " (virtual " + HumanSize(size.root_fs) + ")" : rw;
}

}  // namespace

const char* StateWord(const ContainerState& state) {
  switch (state.state) {
    case RunState::kCreated:
      return "created";
    case RunState::kRunning:
      return state.paused ? "paused" : "running";
    case RunState::kExited:
      return "exited";
  }
  return "dead";
}

std::string StatusText(const ContainerState& state, const TimePoint& now) {
  switch (state.state) {
    case RunState::kCreated:
      return "Created";
    case RunState::kRunning:
      return "Up " + Since(state.started_at, now) + (state.paused ? " (Paused)" : "");
    case RunState::kExited:
      return "Exited (" + std::to_string(state.exit_code) + ") " + Since(state.finished_at, now) +
             " ago";
  }
  return "Dead";
}

std::vector<std::string> CommandLine(const ContainerConfig& config) {
  std::vector<std::string> words = config.entrypoint;
  words.insert(words.end(), config.cmd.begin(), config.cmd.end());
  return words;
}

std::string CommandText(const ContainerConfig& config) {
  std::vector<std::string> words = CommandLine(config);
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i].find(' ') != std::string::npos) words[i] = "'" + words[i] + "'";
  }
  return Join(words, " ");
}

std::string GoQuote(const std::string& text) {
  constexpr std::string_view kSpecial = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (const size_t at = kSpecial.find(c); at != std::string_view::npos) {
      out += '\\';
      out += kLetters[at];
    } else if (byte < 0x20 || byte == 0x7f) {
      char escaped[8];
      (void)snprintf(escaped, sizeof(escaped), "\\x%02x", static_cast<unsigned>(byte));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

Result<ContainerSize> SizeOf(const Store& store, const ContainerConfig& config) {
  ContainerSize size;
  size.rw = TRY(RwLayerBytes(store, config));
  const Result<ImageRecord> image = FindImage(store, "sha256:" + config.image_id);
  if (image.has_value()) {
    size.root_fs = size.rw + image.value().size;
    return size;
  }
  // An image that was removed by force: its layers are still here.
  size.root_fs = size.rw;
  for (const std::string& dir : LowerDirs(store, config.chain))
    size.root_fs += TRY(LayerBytes(dir));
  return size;
}

Json RowFields(const ContainerRecord& record, const RowContext& context) {
  const ContainerConfig& config = record.config;
  const std::string command = CommandText(config);
  const Result<TimePoint> created = ParseTime(config.created);
  const std::string state = StateWord(record.state);
  return Json{
      {"Command", GoQuote(context.truncate ? Ellipsis(command, 20) : command)},
      {"CreatedAt", created.has_value() ? GoTime(created.value()) : ""},
      {"ID", context.truncate ? ShortId(config.id) : config.id},
      {"Image", context.image},
      {"Labels", LabelsText(config)},
      {"LocalVolumes", VolumeCount(config)},
      {"Mounts", MountsText(config, context.truncate)},
      {"Names", config.name},
      {"Networks", config.network},
      {"Ports", ""},
      {"RunningFor", Since(config.created, context.now) + " ago"},
      {"Size", context.size.has_value() ? SizeText(*context.size) : "0B"},
      {"State", state},
      {"Status", StatusText(record.state, context.now)},
  };
}

const Json& RowTitles() {
  static const Json kTitles = {
      {"Command", "COMMAND"}, {"CreatedAt", "CREATED AT"}, {"ID", "CONTAINER ID"},
      {"Image", "IMAGE"},     {"Labels", "LABELS"},        {"LocalVolumes", "LOCAL VOLUMES"},
      {"Mounts", "MOUNTS"},   {"Names", "NAMES"},          {"Networks", "NETWORKS"},
      {"Ports", "PORTS"},     {"RunningFor", "CREATED"},   {"Size", "SIZE"},
      {"State", "STATE"},     {"Status", "STATUS"},
  };
  return kTitles;
}

}  // namespace cowbell
