#include "runtime/build/commit.h"

#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/text.h"
#include "runtime/build/config_change.h"
#include "runtime/container/layers_view.h"
#include "runtime/image/manifest.h"
#include "runtime/sandbox/freezer.h"
#include "runtime/store/image_record.h"
#include "runtime/store/image_writer.h"
#include "runtime/store/layer_file.h"
#include "runtime/store/rw_layer.h"

namespace cowbell {
namespace {

// All processes of a container stand still while this lives. They go on by the hand of a child that
// waits for this process to let go or to die, so that no way of dying leaves a container paused.
class Standstill {
 public:
  static Result<Standstill> Begin(const std::string& container_id) {
    Pipe pipe = TRY(MakePipe());
    SpawnOptions options;
    options.stderr_fd = STDERR_FILENO;
    ChildProcess child = TRY(ChildProcess::Fork(options, [&] {
      pipe.write.reset();
      char byte = 0;
      while (read(pipe.read.get(), &byte, 1) < 0 && errno == EINTR) {
      }
      return ThawCgroupLeaf(container_id).has_value() ? 0 : 1;
    }));
    Standstill out(std::move(pipe.write), std::move(child));
    const Status frozen = FreezeCgroupLeaf(container_id);
    // A container that has just ended stands still by itself.
    if (!frozen.has_value() && frozen.error().errno_value() != ESRCH) return frozen.error();
    return out;
  }
  Standstill(Standstill&&) noexcept = default;
  Standstill& operator=(Standstill&&) = delete;
  ~Standstill() {
    if (!release_.valid()) return;
    release_.reset();
    (void)child_.Wait().has_value();
  }

 private:
  Standstill(UniqueFd release, ChildProcess child)
      : release_(std::move(release)), child_(std::move(child)) {}
  UniqueFd release_;
  ChildProcess child_;
};

// The image the container was made from, or what its layers say when that has been removed.
Result<ImageConfigFile> BaseOf(const Store& store, const ContainerConfig& config) {
  const Result<std::string> raw = ReadFile(store.BlobPath(config.image_id), kMaxConfigBytes);
  if (raw.has_value()) return ParseImageConfig(raw.value());
  ImageConfigFile out;
  const Platform host = HostPlatform();
  out.os = host.os;
  out.architecture = host.architecture;
  for (const std::string& chain : config.chain) {
    const std::string text = TRY(ReadFile(store.LayerDir(chain) + "/layer.json", 4096));
    const LayerRecord layer = TRY(DecodeLayerRecord(text));
    out.diff_ids.push_back(layer.diff_id);
    out.history.push_back({config.created, "", "", false, ""});
  }
  return out;
}

void UseContainersConfig(const ContainerConfig& container, ImageConfig* config) {
  config->user = container.user;
  config->env = container.env;
  config->entrypoint = container.entrypoint;
  config->cmd = container.cmd;
  config->working_dir = container.working_dir;
  config->labels = container.labels;
  config->volumes = container.volumes;
  config->stop_signal = container.stop_signal;
}

Result<LayerFile> ReadChanges(const Store& store, const LayersView& view, bool pause,
                              const ImageWriter& writer) {
  const ContainerConfig& config = view.record().config;
  std::optional<Standstill> standstill;
  const bool running = view.record().state.state == RunState::kRunning;
  // A container that the user has paused stays so.
  if (running && pause && !IsCgroupLeafFrozen(config.id)) {
    standstill.emplace(TRY(Standstill::Begin(config.id)));
  }
  const std::vector<Change> changes = TRY(DiffRwLayer(store, config, view.fd(), DiffFor::kLayer));
  return MakeLayerFile(writer, view.fd(), changes);
}

}  // namespace

Result<std::string> CommitContainer(const Store& store, const std::string& reference,
                                    const CommitOptions& options) {
  const LayersView view = TRY(LayersView::Open(store, reference));
  const ContainerConfig& config = view.record().config;
  ImageConfigFile file = TRY(BaseOf(store, config));
  UseContainersConfig(config, &file.config);
  TRY(ApplyConfigChanges(options.changes, &file.config));
  ImageWriter writer = TRY(ImageWriter::Begin(store));
  for (const std::string& diff_id : file.diff_ids)
    TRY(writer.AddExistingLayer(diff_id));
  const LayerFile layer = TRY(ReadChanges(store, view, options.pause, writer));
  if (!layer.is_empty) {
    TRY(AddLayerFile(writer, layer));
    file.diff_ids.push_back(layer.diff_id);
  }
  file.created = NowText();
  file.author = options.author;
  file.history.push_back(
      {file.created, Join(config.cmd, " "), options.comment, layer.is_empty, options.author});
  std::vector<NewTag> tags;
  if (!options.tag.empty()) tags.push_back({options.tag, ""});
  const bool has_image = Exists(store.ImageDir(config.image_id));
  return writer.Commit(EncodeImageConfig(file), tags, {has_image ? config.image_id : "", false});
}

}  // namespace cowbell
