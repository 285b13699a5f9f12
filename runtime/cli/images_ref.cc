#include "runtime/cli/images_ref.h"

#include <set>

namespace cowbell {

ImageName TakeRefApart(const std::string& ref) {
  ImageName name;
  if (const size_t at = ref.find('@'); at != std::string::npos) {
    name.repository = ref.substr(0, at);
    name.digest = ref.substr(at + 1);
    return name;
  }
  const size_t colon = ref.rfind(':');
  const size_t slash = ref.rfind('/');
  const bool has_tag = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  name.repository = ref.substr(0, has_tag ? colon : std::string::npos);
  if (has_tag) name.tag = ref.substr(colon + 1);
  return name;
}

Result<ImageNames> NamesOf(const Store& store, const std::string& id) {
  std::set<std::string> tags;
  std::set<std::string> digests;
  const std::vector<ImageListing> listings = TRY(ListImages(store));
  for (const ImageListing& listing : listings) {
    if (listing.image.id != id || listing.ref.empty()) continue;
    const ImageName name = TakeRefApart(listing.ref);
    if (!name.tag.empty()) tags.insert(listing.ref);
    const std::string& digest = name.digest.empty() ? listing.digest : name.digest;
    if (!digest.empty()) digests.insert(name.repository + "@" + digest);
  }
  return ImageNames{{tags.begin(), tags.end()}, {digests.begin(), digests.end()}};
}

}  // namespace cowbell
