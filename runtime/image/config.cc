#include "runtime/image/config.h"

#include "runtime/base/sha256.h"
#include "runtime/image/json.h"
#include "runtime/image/reference.h"

namespace cowbell {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

ImageConfig ReadConfig(const json& in) {
  ImageConfig out;
  out.user = JsonGet<std::string>(in, "User");
  out.env = JsonGet<Strings>(in, "Env");
  out.entrypoint = JsonGet<Strings>(in, "Entrypoint");
  out.cmd = JsonGet<Strings>(in, "Cmd");
  out.working_dir = JsonGet<std::string>(in, "WorkingDir");
  out.labels = JsonGet<std::map<std::string, std::string>>(in, "Labels");
  out.volumes = JsonKeys(in, "Volumes");
  out.exposed_ports = JsonKeys(in, "ExposedPorts");
  out.stop_signal = JsonGet<std::string>(in, "StopSignal");
  return out;
}

constexpr const char* kConfigMembers[] = {"User",    "Env",          "Entrypoint",
                                          "Cmd",     "WorkingDir",   "Labels",
                                          "Volumes", "ExposedPorts", "StopSignal"};

// `out`: what else is to be kept.
json WriteConfig(const ImageConfig& in, json out) {
  for (const char* member : kConfigMembers)
    out.erase(member);
  if (!in.user.empty()) out["User"] = in.user;
  if (!in.env.empty()) out["Env"] = in.env;
  if (!in.entrypoint.empty()) out["Entrypoint"] = in.entrypoint;
  if (!in.cmd.empty()) out["Cmd"] = in.cmd;
  if (!in.working_dir.empty()) out["WorkingDir"] = in.working_dir;
  if (!in.labels.empty()) out["Labels"] = in.labels;
  for (const std::string& volume : in.volumes)
    out["Volumes"][volume] = json::object();
  for (const std::string& port : in.exposed_ports)
    out["ExposedPorts"][port] = json::object();
  if (!in.stop_signal.empty()) out["StopSignal"] = in.stop_signal;
  return out;
}

}  // namespace

Result<ImageConfigFile> ParseImageConfig(std::string_view text) {
  const auto read = [&](const json& in) -> Result<ImageConfigFile> {
    if (!in.is_object()) throw std::runtime_error("no object");
    ImageConfigFile out;
    out.config = ReadConfig(JsonMember(in, "config"));
    out.diff_ids = JsonGet<Strings>(JsonMember(in, "rootfs"), "diff_ids");
    for (const std::string& diff_id : out.diff_ids) {
      if (!IsSha256Digest(diff_id)) {
        throw std::runtime_error("diff_id '" + diff_id + "' is no sha256 digest");
      }
    }
    const json& history = JsonMember(in, "history");
    if (!history.is_null() && !history.is_array()) throw std::runtime_error("history is no list");
    for (const json& entry : history) {
      out.history.push_back(
          {JsonGet<std::string>(entry, "created"), JsonGet<std::string>(entry, "created_by"),
           JsonGet<std::string>(entry, "comment"), JsonGet<bool>(entry, "empty_layer"),
           JsonGet<std::string>(entry, "author")});
    }
    out.created = JsonGet<std::string>(in, "created");
    out.author = JsonGet<std::string>(in, "author");
    out.architecture = JsonGet<std::string>(in, "architecture");
    out.os = JsonGet<std::string>(in, "os");
    out.variant = JsonGet<std::string>(in, "variant");
    out.raw = std::string(text);
    return out;
  };
  return WithJson(text, "image config", read);
}

std::string EncodeImageConfig(const ImageConfigFile& file) {
  json out = json::parse(file.raw, nullptr, /*allow_exceptions=*/false);
  if (!out.is_object()) out = json::object();
  // Docker's record of the step that made the image.
  for (const char* stale : {"author", "comment", "container", "container_config", "id", "parent"})
    out.erase(stale);
  const auto config = out.find("config");
  const bool has_config = config != out.end() && config->is_object();
  json kept = has_config ? *config : json::object();
  out["config"] = WriteConfig(file.config, std::move(kept));
  out["architecture"] = file.architecture;
  out["os"] = file.os;
  out["created"] = file.created;
  out["rootfs"] = {{"type", "layers"}, {"diff_ids", file.diff_ids}};
  if (!file.author.empty()) out["author"] = file.author;
  if (!file.variant.empty()) out["variant"] = file.variant;
  json history = json::array();
  for (const HistoryEntry& entry : file.history) {
    json item = {{"created", entry.created}, {"created_by", entry.created_by}};
    if (!entry.comment.empty()) item["comment"] = entry.comment;
    if (entry.empty_layer) item["empty_layer"] = true;
    if (!entry.author.empty()) item["author"] = entry.author;
    history.push_back(std::move(item));
  }
  out["history"] = std::move(history);
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string ChainId(const std::string& parent, const std::string& diff_id) {
  if (parent.empty()) return diff_id.substr(diff_id.find(':') + 1);
  return Sha256Hex("sha256:" + parent + " " + diff_id);
}

}  // namespace cowbell
