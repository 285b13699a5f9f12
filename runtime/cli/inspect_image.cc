#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/cli/format.h"
#include "runtime/cli/images_ref.h"
#include "runtime/cli/inspect_document.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

Json ListOrNull(const std::vector<std::string>& list) { return list.empty() ? Json() : Json(list); }

Json SetOrNull(const std::vector<std::string>& names) {
  Json out;
  for (const std::string& name : names)
    out[name] = Json::object();
  return out;
}

Json ConfigOf(const ImageConfig& config) {
  Json labels;
  for (const auto& [key, value] : config.labels)
    labels[key] = value;
  Json out = {
      {"User", config.user},
      {"ExposedPorts", SetOrNull(config.exposed_ports)},
      {"Env", ListOrNull(config.env)},
      {"Cmd", ListOrNull(config.cmd)},
      {"Volumes", SetOrNull(config.volumes)},
      {"WorkingDir", config.working_dir},
      {"Entrypoint", ListOrNull(config.entrypoint)},
      {"Labels", std::move(labels)},
  };
  if (!config.stop_signal.empty()) out["StopSignal"] = config.stop_signal;
  return out;
}

// A text member of the image's own config blob, which keeps more than the record does.
std::string MemberText(const Json& blob, const char* name) {
  const auto member = blob.find(name);
  return member != blob.end() && member->is_string() ? member->get<std::string>() : "";
}

// Of the last step where the image itself has none (moby, daemon/images/image_inspect.go).
std::string CommentOf(const Json& blob) {
  const std::string comment = MemberText(blob, "comment");
  const auto history = blob.find("history");
  if (!comment.empty() || history == blob.end() || !history->is_array() || history->empty()) {
    return comment;
  }
  return MemberText(history->back(), "comment");
}

Json ReadBlob(const Store& store, const std::string& id) {
  const Result<std::string> text = ReadFile(store.BlobPath(id), uint64_t{8} << 20);
  Json blob = Json::parse(text.has_value() ? text.value() : "{}", nullptr, false);
  return blob.is_object() ? blob : Json::object();
}

}  // namespace

Result<Json> ImageDocument(const Store& store, const ImageRecord& image) {
  const ImageNames names = TRY(NamesOf(store, image.id));
  const Json blob = ReadBlob(store, image.id);
  std::vector<std::string> dirs = LowerDirs(store, image.chain);
  const std::string top = dirs.empty() ? "" : dirs.front();
  if (!dirs.empty()) dirs.erase(dirs.begin());
  return Json{
      {"Id", "sha256:" + image.id},
      {"RepoTags", names.tags},
      {"RepoDigests", names.digests},
      {"Parent", image.parent.empty() ? "" : "sha256:" + image.parent},
      {"Comment", CommentOf(blob)},
      {"Created", image.created.empty() ? kZeroTime : image.created},
      {"Author", MemberText(blob, "author")},
      {"Config", ConfigOf(image.config)},
      {"Architecture", image.architecture},
      {"Os", image.os},
      {"Size", image.size},
      {"GraphDriver",
       {{"Name", StorageDriverName(store.storage().driver)},
        {"Data", {{"LowerDir", Join(dirs, ":")}, {"UpperDir", top}}}}},
      {"RootFS", {{"Type", "layers"}, {"Layers", image.diff_ids}}},
      {"Metadata", {{"LastTagTime", kZeroTime}}},
  };
}

}  // namespace cowbell
