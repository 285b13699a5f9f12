// Images come into a store through here: staged under tmp/, verified, then made visible at once.
//
// A writer that is killed leaves nothing but its directory in tmp/; the next writer removes it, and
// any layer that was left without an image. Concurrent writers of one layer wait for each other, so
// that it is unpacked once.

#ifndef COWBELL_RUNTIME_STORE_IMAGE_WRITER_H_
#define COWBELL_RUNTIME_STORE_IMAGE_WRITER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/result.h"
#include "runtime/image/byte_source.h"
#include "runtime/store/images.h"

namespace cowbell {

// The kernel's limit of an overlay's lower directories.
inline constexpr size_t kMaxLayers = 500;

// A directory in tmp/ that belongs to this process: removed with the object, and by anybody once
// the process is dead. The lock on it says which.
class StagingDir {
 public:
  // First removes what dead processes left in the store: their staging directories and, if there
  // were any, layers that neither an image nor a container needs.
  static Result<StagingDir> Create(const Store& store);
  StagingDir(StagingDir&&) = default;

  const std::string& path() const { return dir_.path(); }

 private:
  StagingDir(TempDir dir, UniqueFd lock) : dir_(std::move(dir)), lock_(std::move(lock)) {}
  TempDir dir_;
  UniqueFd lock_;
};

// Where a tag is to point at the new image.
struct NewTag {
  std::string ref;          // normalized
  std::string repo_digest;  // may be empty
};

// What an image that was made in this store was made from.
struct ImageOrigin {
  std::string parent;     // hex; empty: no image
  bool is_built = false;  // by `build`: its steps may be taken over by later builds
};

// Writes one image. Not thread-safe; a resource.
class ImageWriter {
 public:
  // Opens the archive of a layer, possibly compressed; only called when the layer is missing.
  using OpenLayer = std::function<Result<std::unique_ptr<ByteSource>>()>;

  static Result<ImageWriter> Begin(const Store& store);
  ImageWriter(ImageWriter&&) noexcept;
  ~ImageWriter();

  // True if the store has the layer `diff_id` above those added so far.
  bool HasNext(const std::string& diff_id) const;

  // The next layer, bottom first. Takes it from the store or unpacks it, and then compares the
  // digest of the uncompressed archive with `diff_id`.
  // Errors: "max depth exceeded"; "invalid diffID for layer N: expected …, got …"; those of
  // UnpackLayer; EAGAIN as Commit.
  Status AddLayer(const std::string& diff_id, const OpenLayer& open);

  // A layer that the store has to have. Errors: what to do when it has not.
  Status AddExistingLayer(const std::string& diff_id);

  // Makes the layers added so far visible without an image, for a container that builds on them. If
  // no Commit follows, they go with the writer.
  Status PublishLayers();

  // Directories of the layers added so far, as cowbell::LowerDirs gives them.
  std::vector<std::string> LowerDirs() const;
  // A directory for files that live as long as the writer.
  const std::string& staging() const { return staging_->path(); }
  const Storage& storage() const { return store_.storage(); }

  // ChainIDs of the layers added so far, bottom first.
  std::vector<std::string> Chain() const;

  // Makes the image visible, then its tags. `config`: the raw bytes, whose digest is the image's
  // ID. Returns the ID as hex.
  // Errors: "layers from manifest don't match image configuration"; EAGAIN, a layer that was there
  // was removed meanwhile by somebody else: begin again.
  Result<std::string> Commit(const std::string& config, const std::vector<NewTag>& tags,
                             const ImageOrigin& origin = {});

 private:
  struct Layer {
    std::string chain;
    std::string diff_id;
    std::string staged;  // its directory in tmp/; empty: the store has it
    uint64_t bytes = 0;
  };
  class ChainLock;

  ImageWriter(const Store& store, StagingDir staging);
  // Takes the lock of the chain; true if there is still something to be made.
  Result<bool> ClaimLayer(Layer* layer);
  Result<Layer> NextLayer(const std::string& diff_id) const;
  Result<uint64_t> Unpack(ByteSource& tar, const std::string& directory) const;
  // Errors: EAGAIN, a layer that the store had is gone.
  Status CheckLayersAreThere() const;
  // REQUIRES for both: LockImages is held exclusive.
  Status MoveLayers();
  Status WriteRecord(const std::string& config, const ImageRecord& record);

  Store store_;
  std::optional<StagingDir> staging_;  // empty: moved from
  bool has_pins_ = false;              // layers are visible that no image names yet
  std::vector<Layer> layers_;
  std::vector<std::unique_ptr<ChainLock>> locks_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_IMAGE_WRITER_H_
