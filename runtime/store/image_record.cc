#include "runtime/store/image_record.h"

#include <nlohmann/json.hpp>

#include "runtime/base/sha256.h"
#include "runtime/base/text.h"
#include "runtime/image/reference.h"

namespace cowbell {
namespace {

using nlohmann::json;

constexpr size_t kMaxFileName = 200;

ImageConfig ConfigFromJson(const json& in) {
  ImageConfig out;
  in.at("user").get_to(out.user);
  in.at("env").get_to(out.env);
  in.at("entrypoint").get_to(out.entrypoint);
  in.at("cmd").get_to(out.cmd);
  in.at("working_dir").get_to(out.working_dir);
  in.at("labels").get_to(out.labels);
  in.at("volumes").get_to(out.volumes);
  in.at("exposed_ports").get_to(out.exposed_ports);
  in.at("stop_signal").get_to(out.stop_signal);
  return out;
}

json ConfigToJson(const ImageConfig& in) {
  return {{"user", in.user},
          {"env", in.env},
          {"entrypoint", in.entrypoint},
          {"cmd", in.cmd},
          {"working_dir", in.working_dir},
          {"labels", in.labels},
          {"volumes", in.volumes},
          {"exposed_ports", in.exposed_ports},
          {"stop_signal", in.stop_signal}};
}

}  // namespace

std::string EncodeImageRecord(const ImageRecord& record) {
  const json out = {{"id", record.id},
                    {"config", ConfigToJson(record.config)},
                    {"diff_ids", record.diff_ids},
                    {"chain", record.chain},
                    {"created", record.created},
                    {"architecture", record.architecture},
                    {"os", record.os},
                    {"parent", record.parent},
                    {"is_built", record.is_built},
                    {"size", record.size}};
  // Foreign bytes that are no UTF-8 (an environment variable, say) must not make a record that
  // cannot be written.
  return out.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<ImageRecord> DecodeImageRecord(std::string_view text) {
  try {
    const json in = json::parse(text);
    ImageRecord out;
    in.at("id").get_to(out.id);
    out.config = ConfigFromJson(in.at("config"));
    in.at("diff_ids").get_to(out.diff_ids);
    in.at("chain").get_to(out.chain);
    in.at("created").get_to(out.created);
    in.at("architecture").get_to(out.architecture);
    in.at("os").get_to(out.os);
    in.at("parent").get_to(out.parent);
    out.is_built = in.value("is_built", false);
    in.at("size").get_to(out.size);
    if (!IsSha256Hex(out.id) || out.chain.size() != out.diff_ids.size()) {
      return Error::FromMessage("no image record");
    }
    for (const std::string& chain : out.chain) {
      if (!IsSha256Hex(chain)) return Error::FromMessage("no image record");
    }
    return out;
  } catch (const json::exception& e) {
    return Error::FromMessage(Sanitize(e.what(), 200));
  }
}

std::string EncodeLayerRecord(const LayerRecord& record) {
  const json out = {{"diff_id", record.diff_id}, {"size", record.bytes}};
  return out.dump() + "\n";
}

Result<LayerRecord> DecodeLayerRecord(std::string_view text) {
  try {
    const json in = json::parse(text);
    LayerRecord out;
    in.at("diff_id").get_to(out.diff_id);
    in.at("size").get_to(out.bytes);
    return out;
  } catch (const json::exception& e) {
    return Error::FromMessage(Sanitize(e.what(), 200));
  }
}

std::string ImageRecordPath(const Store& store, const std::string& id) {
  return store.ImageDir(id) + "/image.json";
}

std::string TagFileName(const std::string& ref) {
  std::string out;
  for (const char c : ref) {
    if (c == '/') {
      out += "%2F";
    } else {
      out += c;
    }
  }
  if (out.size() <= kMaxFileName) return out;
  return out.substr(0, kMaxFileName - 65) + "%" + Sha256Hex(ref);
}

std::string EncodeTagFile(const TagFile& tag) {
  std::string out = tag.id + "\n" + tag.ref + "\n";
  for (const std::string& digest : tag.digests)
    out += digest + "\n";
  return out;
}

Result<TagFile> DecodeTagFile(std::string_view text) {
  std::vector<std::string> lines = Lines(text);
  if (lines.size() < 2 || !IsSha256Hex(lines[0]) || lines[1].empty()) {
    return Error::FromMessage("no tag record");
  }
  TagFile out{lines[0], lines[1], {}};
  for (size_t i = 2; i < lines.size(); ++i) {
    if (!IsSha256Digest(lines[i])) return Error::FromMessage("no tag record");
    out.digests.push_back(lines[i]);
  }
  return out;
}

}  // namespace cowbell
