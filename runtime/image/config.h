// The config of an image (OCI image-spec v1.1, config.md), read and written as JSON.

#ifndef COWBELL_RUNTIME_IMAGE_CONFIG_H_
#define COWBELL_RUNTIME_IMAGE_CONFIG_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

// The part that a container is made from. A value.
struct ImageConfig {
  std::string user;
  std::vector<std::string> env;
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::vector<std::string> volumes;
  std::vector<std::string> exposed_ports;
  std::string stop_signal;
  bool operator==(const ImageConfig&) const = default;
};

// One step of an image's making.
struct HistoryEntry {
  std::string created;  // RFC 3339
  std::string created_by;
  std::string comment;
  bool empty_layer = false;
  std::string author;
  bool operator==(const HistoryEntry&) const = default;
};

// The whole file. An image ID is the digest of the bytes, so those that were read are stored.
struct ImageConfigFile {
  ImageConfig config;
  std::vector<std::string> diff_ids;  // "sha256:HEX", bottom first
  std::vector<HistoryEntry> history;
  std::string created;
  std::string author;
  std::string architecture;
  std::string os;
  std::string variant;
  // The bytes it was read from; what they hold beyond the members above is written again.
  std::string raw;
};

// Errors: not JSON, a member of the wrong type, a diff_id that is no digest.
Result<ImageConfigFile> ParseImageConfig(std::string_view json);
// The same value always gives the same bytes.
std::string EncodeImageConfig(const ImageConfigFile& file);

// ChainID of a layer above `parent` (hex; empty: it is the bottom one), as hex.
std::string ChainId(const std::string& parent, const std::string& diff_id);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_CONFIG_H_
