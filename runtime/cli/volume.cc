#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/each.h"
#include "runtime/cli/filter.h"
#include "runtime/cli/flags.h"
#include "runtime/cli/format.h"
#include "runtime/cli/output.h"
#include "runtime/rootfs/diff.h"
#include "runtime/store/volumes.h"

namespace cowbell {
namespace {

std::map<std::string, std::string> LabelMap(const std::vector<std::string>& labels) {
  std::map<std::string, std::string> map;
  for (const std::string& label : labels) {
    const size_t equals = label.find('=');
    map[label.substr(0, equals)] = equals == std::string::npos ? "" : label.substr(equals + 1);
  }
  return map;
}

struct PruneOptions {
  bool force = false;
  bool all = false;
  Filters filters;
};

struct Pruned {
  std::vector<std::string> names;
  uint64_t bytes = 0;
};

Result<Pruned> Prune(const Store& store, const PruneOptions& options) {
  TRY(options.filters.CheckNames({"all", "label"}));
  const bool all = options.all || options.filters.Has("all");
  const FileLock lock = TRY(LockVolumes(store, FileLock::Mode::kExclusive));
  const VolumeUsers users = TRY(FindVolumeUsers(store));
  const std::vector<VolumeRecord> volumes = TRY(ListVolumes(store));
  Pruned pruned;
  for (const VolumeRecord& volume : volumes) {
    if ((!all && !volume.anonymous) || users.count(volume.name) > 0) continue;
    if (!LabelsMatch(options.filters.Values("label"), volume.labels)) continue;
    const Result<uint64_t> bytes = LayerBytes(VolumeData(store, volume.name));
    TRY(RemoveVolume(store, volume.name, users));
    pruned.names.push_back(volume.name);
    pruned.bytes += bytes.has_value() ? bytes.value() : 0;
  }
  return pruned;
}

// Asks the person at the other end; anything but a yes is a no.
bool Confirmed(const PruneOptions& options) {
  if (options.force) return true;
  PrintOut(std::string("WARNING! This will remove ") + (options.all ? "all" : "anonymous") +
           " local volumes not used by at least one container.\n"
           "Are you sure you want to continue? [y/N] ");
  char answer = 0;
  return read(STDIN_FILENO, &answer, 1) == 1 && (answer == 'y' || answer == 'Y');
}

}  // namespace

int VolumeCreateCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  std::vector<std::string> labels;
  std::vector<std::string> operands;
  flags.List('\0', "label", &labels, "Set metadata for a volume");
  flags.Operands(0, 1, &operands);
  flags.Example("calf volume create --label app=web data");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  VolumeRecord volume;
  volume.anonymous = operands.empty() || operands[0].empty();
  volume.name = volume.anonymous ? RandomHex(32) : operands[0];
  volume.labels = LabelMap(labels);
  volume.created = NowText();
  Status made = CheckVolumeName(volume.name);
  if (made.has_value()) made = MakeVolume(store.value(), volume);
  if (!made.has_value()) return DaemonError(made.error());
  PrintOut(volume.name + "\n");
  return 0;
}

int VolumeRmCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  bool force = false;
  std::vector<std::string> names;
  flags.Bool('f', "force", &force, "Do not complain about volumes that do not exist");
  flags.Operands(1, -1, &names);
  flags.Example("calf volume rm data");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  const Result<FileLock> lock = LockVolumes(store.value(), FileLock::Mode::kExclusive);
  if (!lock.has_value()) return DaemonError(lock.error());
  const Result<VolumeUsers> users = FindVolumeUsers(store.value());
  if (!users.has_value()) return DaemonError(users.error());
  return ForEachContainer(names, [&](const std::string& name) -> Status {
    Status removed = RemoveVolume(store.value(), name, users.value());
    const bool missing = !removed.has_value() && removed.error().errno_value() == ENOENT;
    if (missing && force) return Ok();
    if (missing) return Error::FromMessage(removed.error().message());
    return removed;
  });
}

int VolumePruneCommand(const CommandContext& context, const std::vector<std::string>& args) {
  FlagSet flags(context);
  PruneOptions options;
  flags.Bool('a', "all", &options.all, "Remove all unused volumes, not just anonymous ones");
  flags.Bool('f', "force", &options.force, "Do not prompt for confirmation");
  options.filters.Declare(&flags, '\0');
  flags.Example("calf volume prune --filter label=test");
  if (const std::optional<int> code = flags.Parse(args)) return *code;
  const Result<Store> store = context.OpenStore();
  if (!store.has_value()) return DaemonError(store.error());
  if (!Confirmed(options)) return 0;
  const Result<Pruned> pruned = Prune(store.value(), options);
  if (!pruned.has_value()) return DaemonError(pruned.error());
  if (!pruned.value().names.empty()) {
    PrintOut("Deleted Volumes:\n" + Join(pruned.value().names, "\n") + "\n\n");
  }
  PrintOut("Total reclaimed space: " + HumanSize(pruned.value().bytes) + "\n");
  return 0;
}

}  // namespace cowbell
