// Layers and configs that nobody needs any more.

#ifndef COWBELL_RUNTIME_STORE_ORPHANS_H_
#define COWBELL_RUNTIME_STORE_ORPHANS_H_

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/store/layout.h"

namespace cowbell {

// A directory of the staging area that belongs to a writer of images, and in it: a layer that the
// writer has published and still needs.
inline constexpr std::string_view kImageStagingPrefix = "image.";
inline constexpr std::string_view kPinPrefix = "pin.";

// Removes what neither an image nor a container nor a writer of images needs. Takes LockImages.
Status RemoveOrphans(const Store& store);

// After the removal of a container of `image_id`: if its image went before it (`rmi -f`), it may
// have been the last that needed the layers. REQUIRES: LockImages is not held by this process.
Status RemoveOrphansOfImage(const Store& store, const std::string& image_id);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_ORPHANS_H_
