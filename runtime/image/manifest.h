// Manifests and indexes, in Docker's and in OCI's media types (Docker image manifest v2 schema 2,
// OCI image-spec v1.1: manifest.md, image-index.md).

#ifndef COWBELL_RUNTIME_IMAGE_MANIFEST_H_
#define COWBELL_RUNTIME_IMAGE_MANIFEST_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

inline constexpr size_t kMaxManifestBytes = size_t{4} << 20;
inline constexpr size_t kMaxConfigBytes = size_t{8} << 20;

struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;
  std::string ToString() const;  // "linux/arm64/v8"
};
// Of this machine.
Platform HostPlatform();
// "linux/arm64/v8", "linux/amd64", "arm64". Errors: anything else.
Result<Platform> ParsePlatform(const std::string& text);

struct Descriptor {
  std::string media_type;
  std::string digest;  // "sha256:HEX", checked
  uint64_t size = 0;
  Platform platform;  // of an index's entries; empty: not said
  std::map<std::string, std::string> annotations;
};

// A manifest or an index, as its content says.
struct ManifestDocument {
  bool is_index = false;
  std::vector<Descriptor> entries;  // of an index
  Descriptor config;                // of a manifest
  std::vector<Descriptor> layers;   // of a manifest, bottom first
};

// Errors: not JSON, schema 1, a digest that is none, a media type that is not of an image.
Result<ManifestDocument> ParseManifest(std::string_view json);

// The entry of an index for a platform: the same variant first, then one without or with another.
// Errors: "no matching manifest for linux/s390x in the manifest list entries".
Result<Descriptor> PickPlatform(const std::vector<Descriptor>& entries, const Platform& wanted);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_MANIFEST_H_
