#include "runtime/build/step_cache.h"

#include <algorithm>

#include "runtime/base/file.h"
#include "runtime/image/manifest.h"
#include "runtime/store/images.h"

namespace cowbell {
namespace {

template <typename T>
bool StartsWith(const std::vector<T>& whole, const std::vector<T>& head) {
  return whole.size() >= head.size() && std::equal(head.begin(), head.end(), whole.begin());
}

}  // namespace

Result<StepCache> StepCache::Load(const Store& store, const std::string& base_id) {
  StepCache out;
  const std::vector<ImageRecord> records = TRY(ListImageRecords(store));
  for (const ImageRecord& record : records) {
    if (!record.is_built || record.parent != base_id) continue;
    const Result<std::string> raw = ReadFile(store.BlobPath(record.id), kMaxConfigBytes);
    if (!raw.has_value()) continue;
    Result<ImageConfigFile> file = ParseImageConfig(raw.value());
    if (file.has_value()) out.images_.push_back(std::move(file).value());
  }
  return out;
}

std::optional<CachedStep> StepCache::Find(
    const ImageConfigFile& so_far, const std::string& created_by,
    const std::function<bool(const std::string& diff_id)>& has_layer) {
  const size_t step = so_far.history.size();
  const size_t layer = so_far.diff_ids.size();
  for (const ImageConfigFile& image : images_) {
    if (image.history.size() <= step || !StartsWith(image.history, so_far.history) ||
        !StartsWith(image.diff_ids, so_far.diff_ids)) {
      continue;
    }
    const HistoryEntry& entry = image.history[step];
    if (entry.created_by != created_by) continue;
    if (entry.empty_layer) return CachedStep{entry, ""};
    if (image.diff_ids.size() > layer && has_layer(image.diff_ids[layer])) {
      return CachedStep{entry, image.diff_ids[layer]};
    }
  }
  images_.clear();
  return std::nullopt;
}

}  // namespace cowbell
