// Results of earlier builds. There is no store of intermediate images: the history of an image that
// was built here says which step gave which layer.

#ifndef COWBELL_RUNTIME_BUILD_STEP_CACHE_H_
#define COWBELL_RUNTIME_BUILD_STEP_CACHE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/image/config.h"
#include "runtime/store/layout.h"

namespace cowbell {

// What a step left behind.
struct CachedStep {
  HistoryEntry history;
  std::string diff_id;  // of its layer; empty: it made none
};

// A value. An empty one finds nothing.
class StepCache {
 public:
  // Looks at the images that `build` made in this store from the image `base_id` ("" is scratch).
  // Histories that came with an archive or from a registry are never believed.
  static Result<StepCache> Load(const Store& store, const std::string& base_id);

  // The next step of an earlier build that went exactly as `so_far` and then did `created_by`, if
  // its layer is still there (`has_layer`). Once nothing is found, nothing will be again.
  std::optional<CachedStep> Find(const ImageConfigFile& so_far, const std::string& created_by,
                                 const std::function<bool(const std::string& diff_id)>& has_layer);

 private:
  std::vector<ImageConfigFile> images_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BUILD_STEP_CACHE_H_
