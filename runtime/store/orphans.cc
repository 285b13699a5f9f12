#include "runtime/store/orphans.h"

#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/store/containers.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

Status AddPinned(const Store& store, std::set<std::string>* needed) {
  const std::vector<std::string> names = TRY(ListDir(store.TmpDir()));
  for (const std::string& name : names) {
    if (name.rfind(kImageStagingPrefix, 0) != 0) continue;
    Result<std::vector<std::string>> files = ListDir(store.TmpDir() + "/" + name);
    if (!files.has_value() && files.error().errno_value() == ENOENT) continue;
    const std::vector<std::string> pins = TRY(std::move(files));
    for (const std::string& file : pins) {
      if (file.rfind(kPinPrefix, 0) == 0) needed->insert(file.substr(kPinPrefix.size()));
    }
  }
  return Ok();
}

}  // namespace

Status RemoveOrphans(const Store& store) {
  const FileLock lock = TRY(LockImages(store, FileLock::Mode::kExclusive));
  std::set<std::string> needed;
  const std::vector<ImageRecord> images = TRY(ListImageRecords(store));
  for (const ImageRecord& image : images)
    needed.insert(image.chain.begin(), image.chain.end());
  const std::vector<ContainerRecord> containers = TRY(ListContainers(store));
  for (const ContainerRecord& container : containers) {
    if (container.config.image_id.empty()) {
      return Error::FromMessage("the record of a container is damaged: its layers are not known");
    }
    needed.insert(container.config.chain.begin(), container.config.chain.end());
  }
  TRY(AddPinned(store, &needed));
  const std::vector<std::string> layers = TRY(ListDir(store.root() + "/layers"));
  for (const std::string& chain : layers) {
    if (needed.count(chain) == 0) TRY(RemoveTree(store.LayerDir(chain)));
  }
  const std::vector<std::string> blobs = TRY(ListDir(store.root() + "/blobs/sha256"));
  for (const std::string& blob : blobs) {
    if (!Exists(store.ImageDir(blob))) TRY(RemoveTree(store.BlobPath(blob)));
  }
  return Ok();
}

Status RemoveOrphansOfImage(const Store& store, const std::string& image_id) {
  if (image_id.empty() || Exists(store.ImageDir(image_id))) return Ok();
  return RemoveOrphans(store);
}

}  // namespace cowbell
