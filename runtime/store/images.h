// Images and layers of a store, as every command reads them. How they get there is in
// image_writer.h.

#ifndef COWBELL_RUNTIME_STORE_IMAGES_H_
#define COWBELL_RUNTIME_STORE_IMAGES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/result.h"
#include "runtime/image/config.h"
#include "runtime/store/layout.h"

namespace cowbell {

// One record, images/HEX/image.json.
struct ImageRecord {
  std::string id;  // hex, without "sha256:"
  ImageConfig config;
  std::vector<std::string> diff_ids;  // "sha256:HEX", bottom first
  std::vector<std::string> chain;     // ChainID hex of every layer, bottom first
  std::string created;                // RFC 3339, as in the config; may be empty
  std::string architecture;
  std::string os;
  std::string parent;     // hex, the base; only images that `build` made, and not from scratch
  bool is_built = false;  // by `build`, in this store: its history is ours, not an archive's word
  uint64_t size = 0;      // bytes of all layers' files
};

// "alpine" -> "alpine:latest"; "127.0.0.1:5000/a/b:1"; "x@sha256:…". Docker's reference grammar.
// Errors: "invalid reference format" and its kin, in Docker's words (catalogue A.4).
Result<std::string> NormalizeRef(const std::string& ref);

// The store-wide lock on which images and layers there are. Whoever makes something that needs an
// image (a container, a tag, another image) holds it shared from the look at the image until its
// own record is written; whoever removes an image holds it exclusive. Never held across anything
// slow, and not twice in one process (flock(2) would wait for itself).
Result<FileLock> LockImages(const Store& store, FileLock::Mode mode);

// By reference, full or shortened ID (with or without "sha256:"). A name wins over an ID's prefix.
// Errors: ENOENT with the text "No such image: x:latest"; "Multiple IDs found with provided prefix:
// x"; those of NormalizeRef.
Result<ImageRecord> FindImage(const Store& store, const std::string& ref_or_id);

// What `images` lists: one entry per tag, and one with an empty ref for an image without tags. An
// image that is known by digest alone has the ref "x@sha256:…".
struct ImageListing {
  std::string ref;     // "localhost/x:1"; empty: <none>
  std::string digest;  // repository digest "sha256:…"; empty: none
  ImageRecord image;
};
// Newest first. Errors: a damaged record is one, never a shorter list.
Result<std::vector<ImageListing>> ListImages(const Store& store);
// Every image once, in the order of the IDs.
Result<std::vector<ImageRecord>> ListImageRecords(const Store& store);
// The refs of an image, those by digest included; sorted.
Result<std::vector<std::string>> TagsOf(const Store& store, const std::string& id);

// Points `ref` (normalized) at an image; replaces what it pointed at. `repo_digest` ("sha256:…")
// may be empty.
Status SetTag(const Store& store, const std::string& ref, const std::string& id,
              const std::string& repo_digest);
// Errors: ENOENT.
Status RemoveTag(const Store& store, const std::string& ref);

// Removes the image record and every layer that neither another image nor a container's record
// (`layers_in_use`: chain hexes) needs. Returns what went, in `rmi`'s order: the image "sha256:…",
// then its layers' ChainIDs ("sha256:…") top down.
// REQUIRES: LockImages is held exclusive since before `layers_in_use` was read.
Result<std::vector<std::string>> DeleteImage(const Store& store, const std::string& id,
                                             const std::vector<std::string>& layers_in_use);

// The directories that make up the tree of a chain given bottom first: for an overlay, top first;
// with whole trees, the topmost alone.
std::vector<std::string> LowerDirs(const Store& store, const std::vector<std::string>& chain);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_IMAGES_H_
