// images/HEX/image.json as text, and the names of the files in tags/.

#ifndef COWBELL_RUNTIME_STORE_IMAGE_RECORD_H_
#define COWBELL_RUNTIME_STORE_IMAGE_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/store/images.h"

namespace cowbell {

std::string EncodeImageRecord(const ImageRecord& record);
// Errors: not JSON, a member that is missing or of another type; the text names it.
Result<ImageRecord> DecodeImageRecord(std::string_view json);

// layers/CHAIN/…: the layer's archive as it came (image/kept_archive.h).
inline constexpr char kKeptArchiveName[] = "layer.tar.zst";

// layers/CHAIN/layer.json.
struct LayerRecord {
  std::string diff_id;  // "sha256:HEX" of the uncompressed archive
  uint64_t bytes = 0;   // of the layer's files
};
std::string EncodeLayerRecord(const LayerRecord& record);
Result<LayerRecord> DecodeLayerRecord(std::string_view json);

// Where the record of an image lies.
std::string ImageRecordPath(const Store& store, const std::string& id);

// tags/NAME: three lines or more, the image's hex ID, the reference itself, then the repository
// digests. The name of the file is the reference with '/' as "%2F", or, where that would be too
// long for a file name, its beginning and its SHA-256.
struct TagFile {
  std::string id;
  std::string ref;
  std::vector<std::string> digests;
};
std::string TagFileName(const std::string& ref);
std::string EncodeTagFile(const TagFile& tag);
Result<TagFile> DecodeTagFile(std::string_view text);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_IMAGE_RECORD_H_
