#include "runtime/container/volumes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/rootfs/copy.h"
#include "runtime/store/rw_layer.h"
#include "runtime/store/volumes.h"

namespace cowbell {
namespace {

// The image's directory in the place of a volume; an invalid one where the image has nothing.
Result<Entry> ImageDirectory(int root, const BindMount& mount) {
  Result<UniqueFd> place = OpenInRoot(root, mount.target, O_PATH);
  if (!place.has_value() && place.error().errno_value() == ENOENT) return Entry();
  UniqueFd fd = TRY(std::move(place));
  Entry entry = TRY(EntryOf(std::move(fd)));
  if (!entry.IsDir()) return Error::FromMessage("source " + mount.target + " is not directory");
  return entry;
}

Status FillVolume(const Store& store, int root, const BindMount& mount) {
  const Entry source = TRY(ImageDirectory(root, mount));
  if (!source.fd.valid() || mount.no_copy) return Ok();
  const std::string dir = VolumeDir(store, mount.volume);
  const FileLock lock = TRY(FileLock::Acquire(dir + "/lock", FileLock::Mode::kExclusive));
  const std::string filling = dir + "/filling";
  const std::vector<std::string> present = TRY(ListDir(VolumeData(store, mount.volume)));
  if (!present.empty() && !Exists(filling)) return Ok();
  TRY(WriteFile(filling, ""));
  const UniqueFd target = TRY(Open(dir, O_RDONLY | O_DIRECTORY));
  CopyOptions options;
  options.keep_owner = true;
  options.shown_target = mount.target;
  TRY(TreeCopier(std::move(options)).CopyAs(source, target.get(), "_data"));
  if (unlink(filling.c_str()) != 0) return Error::FromErrno(errno, "unlink '" + filling + "'");
  return Ok();
}

}  // namespace

bool UsesVolumes(const ContainerConfig& config) {
  return std::any_of(config.binds.begin(), config.binds.end(),
                     [](const BindMount& mount) { return !mount.volume.empty(); });
}

Status MakeVolumes(const Store& store, ContainerConfig& config) {
  for (BindMount& mount : config.binds) {
    if (mount.volume.empty()) continue;
    TRY(MakeVolume(store, {mount.volume, NowText(), {}, mount.anonymous}));
    mount.source = VolumeData(store, mount.volume);
  }
  return Ok();
}

Status FillVolumes(const Store& store, const ContainerConfig& config) {
  if (!UsesVolumes(config)) return Ok();
  const UniqueFd root = TRY(MountForReading(store, config));
  for (const BindMount& mount : config.binds) {
    if (mount.volume.empty()) continue;
    TRY(FillVolume(store, root.get(), mount).Within("fill volume '" + mount.volume + "'"));
  }
  return Ok();
}

}  // namespace cowbell
