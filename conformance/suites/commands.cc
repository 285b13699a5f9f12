#include "conformance/suites/commands.h"

#include <cctype>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {

std::string NewContainerName(Scene& scene, const std::string& stem) {
  std::string name = scene.UniqueName(stem);
  scene.RemoveLater("container", name);
  return name;
}

std::string NewImageRef(Scene& scene, const std::string& stem) {
  std::string ref = scene.UniqueRef(stem);
  scene.RemoveLater("image", ref);
  return ref;
}

std::vector<std::string> ContainersLabelled(Scene& scene, const std::string& label, bool all) {
  std::vector<std::string> words = {"container", "ls", "--quiet", "--no-trunc"};
  if (all) words.push_back("--all");
  words.insert(words.end(), {"--filter", "label=" + label});
  return Lines(scene.Must(words).out);
}

bool ImageExists(Scene& scene, const std::string& image) {
  return scene.Run({"image", "inspect", "--format", "{{.Id}}", image}).status.ok();
}

std::string ImageIdOf(Scene& scene, const std::string& image) {
  return TrimmedOutput(scene.Must({"image", "inspect", "--format", "{{.Id}}", image}));
}

std::string StateOf(Scene& scene, const std::string& container) {
  const std::string text =
      scene.Must({"container", "inspect", "--format", "{{json .State}}", container}).out;
  const auto state = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!state.is_object() || !state.contains("Status") || !state.contains("StartedAt")) {
    throw SceneError("container inspect: .State of '" + container + "' is no state: " + text);
  }
  return state.dump(1);
}

std::string StatusOf(Scene& scene, const std::string& container) {
  const std::string text = TrimmedOutput(
      scene.Must({"container", "inspect", "--format", "{{.State.Status}}", container}));
  std::string word;
  for (const char c : text.substr(0, text.find(' '))) {
    word.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return word;
}

::testing::Matcher<const CommandResult&> IsRefusedAs(Scene& scene, const std::string& key) {
  const auto& codes = scene.profile().rc;
  const auto it = codes.find(key);
  if (it != codes.end()) return ExitsWith(it->second);
  return ::testing::ResultOf(
      "the exit status", [](const CommandResult& result) { return result.status; },
      ::testing::AllOf(::testing::Field("signalled", &ExitStatus::signalled, false),
                       ::testing::Field("value", &ExitStatus::value, ::testing::Ne(0))));
}

ImageSpec ProbeImage(Scene& scene, std::vector<std::string> tags,
                     const std::vector<Layer>& layers) {
  ImageSpec spec;
  spec.tags = std::move(tags);
  spec.layers = {scene.ProbeLayer()};
  spec.layers.insert(spec.layers.end(), layers.begin(), layers.end());
  spec.entrypoint = {probe::kProbePath};
  spec.labels["cowbell.case"] = scene.UniqueName("image");
  return spec;
}

CommandResult LoadArchive(Scene& scene, const std::vector<ImageSpec>& images) {
  const std::string path = scene.work_dir() + "/images.tar";
  Require(WriteDockerArchive(images, path));
  return scene.Run({"load", "-i", path});
}

Tree ReadUnmanaged(Scene& scene, Actor& actor) {
  Tree tree = Require(actor.ReadTree("/"));
  for (const std::string& path : scene.profile().managed_paths) {
    const auto parent = tree.find(path.rfind('/') == 0 ? "/" : path.substr(0, path.rfind('/')));
    if (parent != tree.end()) parent->second.mtime = {};
  }
  return tree;
}

std::string HostFile(Scene& scene, const std::string& relative, const std::string& content) {
  const std::string path = scene.work_dir() + "/" + relative;
  Require(MakeDirs(path.substr(0, path.rfind('/'))));
  Require(WriteFile(path, content));
  return path;
}

Result<std::string> ReadHostFile(const std::string& path) { return ReadFile(path); }

std::string TrimmedOutput(const CommandResult& result) { return std::string(Trim(result.out)); }

}  // namespace cowbell::conformance
