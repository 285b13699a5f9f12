#include "runtime/build/builder.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "runtime/base/sha256.h"
#include "runtime/base/text.h"
#include "runtime/build/config_step.h"
#include "runtime/build/step_cache.h"
#include "runtime/build/step_layer.h"
#include "runtime/container/create.h"
#include "runtime/image/manifest.h"
#include "runtime/image/reference.h"
#include "runtime/store/containers.h"

namespace cowbell {
namespace {

constexpr char kBuildLabel[] = "calf.build";

std::string ShortId(const std::string& hex) { return hex.substr(0, 12); }

// Removes a container of a step, whatever happens after it was made.
class StepContainer {
 public:
  StepContainer(const Store& store, ContainerConfig config)
      : store_(store), config_(std::move(config)) {}
  StepContainer(const StepContainer&) = delete;
  StepContainer& operator=(const StepContainer&) = delete;
  ~StepContainer() { (void)Remove().has_value(); }

  const ContainerConfig& config() const { return config_; }
  Status Remove() {
    if (std::exchange(removed_, true)) return Ok();
    const FileLock lock = TRY(LockContainer(store_, config_.id));
    return RemoveContainer(store_, config_);
  }

 private:
  const Store& store_;
  ContainerConfig config_;
  bool removed_ = false;
};

class Builder {
 public:
  Builder(const Store& store, const BuildContext& context, const BuildOptions& options,
          ImageWriter writer)
      : store_(store), context_(context), options_(options), writer_(std::move(writer)) {}

  Result<BuildOutcome> Run(const std::vector<Instruction>& instructions) {
    std::vector<Instruction> steps = instructions;
    if (!options_.labels.empty()) {
      Instruction labels{0, "LABEL", ""};
      for (const auto& [key, value] : options_.labels)
        labels.arguments +=
            (labels.arguments.empty() ? "" : " ") + Quoted(key) + "=" + Quoted(value);
      steps.push_back(std::move(labels));
    }
    for (size_t i = 0; i < steps.size(); ++i) {
      Print("Step " + std::to_string(i + 1) + "/" + std::to_string(steps.size()) + " : " +
            steps[i].Text());
      TRY(Step(steps[i]));
      if (outcome_.exit_code != 0) return outcome_;
      if (has_base_) Print(" ---> " + ShortId(CurrentId()));
    }
    if (!has_base_) return Error::FromMessage("no build stage in current context");
    if (file_.history.empty() && base_id_.empty()) {
      return Error::FromMessage("No image was generated. Is your Dockerfile empty?");
    }
    std::vector<NewTag> tags;
    for (const std::string& tag : options_.tags)
      tags.push_back({tag, ""});
    outcome_.image_id = TRY(writer_.Commit(CurrentConfig(), tags, {base_id_, true}));
    return outcome_;
  }

 private:
  using Handler = Status (Builder::*)(const Instruction&);

  static std::string Quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\' || c == '$') out += '\\';
      out += c;
    }
    return out + "\"";
  }

  void Print(const std::string& line) const { options_.print(line); }
  // As long as no step was made, the image is its base.
  std::string CurrentConfig() const {
    const bool is_base = !file_.raw.empty() && file_.history.size() == base_steps_;
    return is_base ? file_.raw : EncodeImageConfig(file_);
  }
  std::string CurrentId() const { return Sha256Hex(CurrentConfig()); }

  Status Step(const Instruction& step) {
    static const std::map<std::string, Handler> kHandlers = {
        {"FROM", &Builder::From},         {"COPY", &Builder::Copy},
        {"RUN", &Builder::RunCommand},    {"WORKDIR", &Builder::WorkDir},
        {"ARG", &Builder::Arg},           {"ENV", &Builder::Config},
        {"LABEL", &Builder::Config},      {"USER", &Builder::Config},
        {"CMD", &Builder::Config},        {"ENTRYPOINT", &Builder::Config},
        {"EXPOSE", &Builder::Config},     {"VOLUME", &Builder::Config},
        {"STOPSIGNAL", &Builder::Config}, {"MAINTAINER", &Builder::Config}};
    const auto handler = kHandlers.find(step.name);
    if (handler == kHandlers.end()) {
      return Error::FromMessage("dockerfile line " + std::to_string(step.line) + ": " + step.name +
                                " is not supported");
    }
    if (!has_base_ && step.name != "FROM" && step.name != "ARG") {
      return Error::FromMessage("no build stage in current context");
    }
    return (this->*handler->second)(step);
  }

  // What may be used in instructions: ARGs, over which ENV wins.
  Variables Values() const {
    Variables out = args_;
    for (const std::string& entry : file_.config.env) {
      const size_t equals = entry.find('=');
      if (equals != std::string::npos) out[entry.substr(0, equals)] = entry.substr(equals + 1);
    }
    return out;
  }
  Result<std::string> Expanded(const std::string& text) const { return Expand(text, Values()); }
  Result<std::vector<std::string>> Words(const std::string& text) const {
    return SplitWords(TRY(Expanded(text)));
  }

  // --- Base ---------------------------------------------------------------------------------

  Status From(const Instruction& step) {
    if (has_base_) {
      return Error::FromMessage("dockerfile line " + std::to_string(step.line) +
                                ": multi-stage builds are not supported");
    }
    std::string arguments = step.arguments;
    if (!TakeFlags(&arguments).empty()) {
      return Error::FromMessage("FROM: flags are not supported");
    }
    const std::vector<std::string> words = TRY(Words(arguments));
    const bool has_name = words.size() == 3 && (words[1] == "AS" || words[1] == "as");
    if (words.size() != 1 && !has_name) {
      return Error::FromMessage("dockerfile parse error line " + std::to_string(step.line) +
                                ": FROM requires either one or three arguments");
    }
    // ARGs before FROM are only for FROM.
    args_.clear();
    has_base_ = true;
    const Platform host = HostPlatform();
    file_.os = host.os;
    file_.architecture = host.architecture;
    if (words[0] != "scratch") TRY(UseBase(words[0]));
    if (!options_.no_cache) cache_ = TRY(StepCache::Load(store_, base_id_));
    return Ok();
  }

  Status UseBase(const std::string& name) {
    Result<ImageRecord> found = FindImage(store_, name);
    if (!found.has_value() && found.error().errno_value() == ENOENT) {
      TRY(options_.pull(name));
      found = FindImage(store_, name);
    }
    const ImageRecord base = TRY(std::move(found));
    base_id_ = base.id;
    const std::string raw = TRY(ReadFile(store_.BlobPath(base.id), kMaxConfigBytes));
    file_ = TRY(ParseImageConfig(raw));
    base_steps_ = file_.history.size();
    for (const std::string& diff_id : file_.diff_ids)
      TRY(writer_.AddExistingLayer(diff_id));
    return Ok();
  }

  // --- Cache --------------------------------------------------------------------------------

  // Takes the step over from an earlier build. False: it must be executed.
  Result<bool> UseCache(const std::string& created_by) {
    const std::optional<CachedStep> cached = cache_.Find(
        file_, created_by, [&](const auto& diff_id) { return writer_.HasNext(diff_id); });
    if (!cached) return false;
    if (!cached->diff_id.empty()) {
      TRY(writer_.AddExistingLayer(cached->diff_id));
      file_.diff_ids.push_back(cached->diff_id);
    }
    file_.history.push_back(cached->history);
    file_.created = cached->history.created;
    Print(" ---> Using cache");
    return true;
  }

  void Record(const std::string& created_by, bool empty_layer) {
    file_.created = NowText();
    file_.history.push_back({file_.created, created_by, "", empty_layer, ""});
  }

  // A step that changes the config alone. `change` is applied either way.
  Status Metadata(const std::string& text) {
    const std::string created_by = "/bin/sh -c #(nop)  " + text;
    if (!TRY(UseCache(created_by))) Record(created_by, true);
    return Ok();
  }

  Status RecordLayer(const std::string& created_by, const LayerFile& layer) {
    if (!layer.is_empty) {
      TRY(AddLayerFile(writer_, layer));
      file_.diff_ids.push_back(layer.diff_id);
    }
    Record(created_by, layer.is_empty);
    return Ok();
  }

  // --- Files --------------------------------------------------------------------------------

  Status Copy(const Instruction& step) {
    std::string arguments = step.arguments;
    const std::map<std::string, std::string> flags = TakeFlags(&arguments);
    CopyStep copy;
    for (const auto& [name, value] : flags) {
      if (name == "chown") {
        const std::string owner = TRY(Expanded(value));
        TRY(ParseOwner(owner, &copy));
      } else if (name == "chmod") {
        TRY(ParseMode(value, &copy));
      } else {
        return Error::FromMessage("COPY: the flag --" + Sanitize(name, 100) + " is not supported");
      }
    }
    std::vector<std::string> words;
    if (const auto list = ParseExecForm(arguments)) {
      for (const std::string& word : *list)
        words.push_back(TRY(Expanded(word)));
    } else {
      words = TRY(Words(arguments));
    }
    if (words.size() < 2) {
      return Error::FromMessage(
          "dockerfile parse error line " + std::to_string(step.line) +
          ": COPY requires at least two arguments, but only one was provided");
    }
    copy.destination = words.back();
    words.pop_back();
    copy.working_dir = file_.config.working_dir;
    Sha256 hash;
    for (const std::string& word : words) {
      std::vector<ContextSource> found = TRY(context_.Find(word));
      for (ContextSource& source : found) {
        // Where a file goes depends on its name, where a directory goes does not.
        hash.Update(source.entry.IsDir() ? "d " : "f " + source.path + " ");
        hash.Update(TRY(context_.Hash(source)));
        copy.sources.push_back(std::move(source));
      }
    }
    if (copy.destination.empty()) return Error::FromMessage("COPY: the destination is empty");
    for (const ContextSource& source : copy.sources) {
      if (source.entry.IsDir() && copy.has_mode) {
        return Error::FromMessage("COPY: --chmod is not supported for directories");
      }
    }
    if (copy.sources.size() > 1 && copy.destination.back() != '/') {
      return Error::FromMessage(
          "When using COPY with more than one source file, the destination must be a directory and "
          "end with a /");
    }
    std::string shown_flags;
    for (const auto& [name, value] : flags)
      shown_flags += "--" + name + "=" + value + " ";
    const std::string created_by = "/bin/sh -c #(nop) COPY " + shown_flags +
                                   "multi:" + hash.HexDigest() + " in " + copy.destination + " ";
    if (TRY(UseCache(created_by))) return Ok();
    const LayerFile layer = TRY(MakeCopyLayer(writer_, context_, copy));
    return RecordLayer(created_by, layer);
  }

  static Status ParseOwner(const std::string& text, CopyStep* copy) {
    const size_t colon = text.find(':');
    const auto number = [](const std::string& digits, uint32_t* out) {
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), *out);
      return error == std::errc() && end == digits.data() + digits.size();
    };
    const bool good = number(text.substr(0, colon), &copy->uid) &&
                      (colon == std::string::npos || number(text.substr(colon + 1), &copy->gid));
    if (!good) {
      return Error::FromMessage("COPY: --chown=" + Sanitize(text, 100) +
                                ": only numbers are supported");
    }
    if (colon == std::string::npos) copy->gid = copy->uid;
    return Ok();
  }

  static Status ParseMode(const std::string& text, CopyStep* copy) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), copy->mode, 8);
    if (error != std::errc() || end != text.data() + text.size() || copy->mode > 07777) {
      return Error::FromMessage("COPY: invalid --chmod=" + Sanitize(text, 100));
    }
    copy->has_mode = true;
    return Ok();
  }

  Status WorkDir(const Instruction& step) {
    const std::string text = TRY(ApplyConfigInstruction(step, Values(), &file_.config));
    const std::string created_by = "/bin/sh -c #(nop) " + text;
    if (TRY(UseCache(created_by))) return Ok();
    const LayerFile layer = TRY(MakeDirectoryLayer(writer_, file_.config.working_dir));
    return RecordLayer(created_by, layer);
  }

  // --- RUN ----------------------------------------------------------------------------------

  Status RunCommand(const Instruction& step) {
    if (step.arguments.rfind("--", 0) == 0) {
      return Error::FromMessage("RUN: flags are not supported");
    }
    std::vector<std::string> argv = {"/bin/sh", "-c", step.arguments};
    if (const auto list = ParseExecForm(step.arguments)) argv = *list;
    if (argv.empty()) return Error::FromMessage("RUN: an empty list");
    const std::string shown = Join(argv, " ");
    // Whatever the command can see besides the files belongs to what the cache compares.
    std::vector<std::string> env = file_.config.env;
    std::string arguments;
    for (const auto& [name, value] : args_) {
      env.push_back(name + "=" + value);
      arguments += name + "=" + value + " ";
    }
    std::string created_by = ParseExecForm(step.arguments) ? JsonList(argv) : shown;
    if (!args_.empty())
      created_by = "|" + std::to_string(args_.size()) + " " + arguments + created_by;
    if (TRY(UseCache(created_by))) return Ok();
    TRY(writer_.PublishLayers());

    ImageRecord image;
    image.id = CurrentId();
    image.config = file_.config;
    image.diff_ids = file_.diff_ids;
    image.chain = writer_.Chain();
    image.os = file_.os;
    image.architecture = file_.architecture;
    image.config.entrypoint.clear();
    image.config.volumes.clear();
    CreateOptions create;
    create.image = ShortId(image.id);
    create.command = argv;
    create.env = env;
    create.labels = {{kBuildLabel, writer_.staging()}};
    const ContainerConfig config = TRY(MakeContainerConfig(create, image));
    TRY(AddContainer(store_, config));
    StepContainer container(store_, config);
    Print(" ---> Running in " + ShortId(config.id));
    const int code = TRY(options_.start(config.id));
    // The monitor has ended when everything about the run is on disk and unmounted.
    if (const Result<RunWatch> watch = RunWatch::Open(store_, config.id); watch.has_value()) {
      TRY(watch.value().Wait());
    }
    if (code != 0) {
      outcome_.exit_code = code;
      outcome_.failed_text =
          "The command '" + shown + "' returned a non-zero code: " + std::to_string(code);
      return container.Remove();
    }
    const LayerFile layer = TRY(MakeContainerLayer(store_, writer_, config));
    TRY(container.Remove());
    Print("Removing intermediate container " + ShortId(config.id));
    return RecordLayer(created_by, layer);
  }

  // --- Config -------------------------------------------------------------------------------

  Status Config(const Instruction& step) {
    const std::string text = TRY(ApplyConfigInstruction(step, Values(), &file_.config));
    // The base's CMD was meant for the base's ENTRYPOINT.
    if (step.name == "ENTRYPOINT" && !has_own_cmd_) file_.config.cmd.clear();
    has_own_cmd_ = has_own_cmd_ || step.name == "CMD";
    return Metadata(text);
  }

  Status Arg(const Instruction& step) {
    const std::vector<std::string> words = TRY(Words(step.arguments));
    for (const std::string& word : words) {
      const size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      const auto given = options_.build_args.find(name);
      if (given != options_.build_args.end()) {
        args_[name] = given->second;
      } else if (equals != std::string::npos) {
        args_[name] = word.substr(equals + 1);
      }
    }
    return has_base_ ? Metadata("ARG " + step.arguments) : Ok();
  }

  const Store& store_;
  const BuildContext& context_;
  const BuildOptions& options_;
  ImageWriter writer_;
  bool has_base_ = false;
  bool has_own_cmd_ = false;
  std::string base_id_;    // empty: scratch
  size_t base_steps_ = 0;  // in the history of the base
  ImageConfigFile file_;   // of the image so far
  Variables args_;
  StepCache cache_;
  BuildOutcome outcome_;
};

// Containers of builds that were killed: their staging directory is gone.
Status RemoveLeftContainers(const Store& store) {
  const std::vector<ContainerRecord> containers = TRY(ListContainers(store));
  for (const ContainerRecord& container : containers) {
    const auto label = container.config.labels.find(kBuildLabel);
    const bool is_left = label != container.config.labels.end() && !Exists(label->second) &&
                         label->second.rfind(store.TmpDir() + "/", 0) == 0;
    if (!is_left || container.state.state == RunState::kRunning) continue;
    TRY(StepContainer(store, container.config).Remove());
  }
  return Ok();
}

}  // namespace

Result<BuildOutcome> BuildImage(const Store& store, const BuildContext& context,
                                const std::vector<Instruction>& instructions,
                                const BuildOptions& options) {
  ImageWriter writer = TRY(ImageWriter::Begin(store));
  // Another container's damaged record must not stop a build.
  (void)RemoveLeftContainers(store).has_value();
  return Builder(store, context, options, std::move(writer)).Run(instructions);
}

}  // namespace cowbell
