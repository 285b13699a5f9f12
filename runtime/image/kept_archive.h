// The bytes of a layer archive, kept so that they can be given out again exactly (save, push).
//
// A layer's directory alone cannot say how its archive was written: the order of entries, padding,
// PAX records. So the uncompressed archive is kept beside it, compressed fast (zstd, level 1): a
// third to a half of the layer's size in disk space, and a few milliseconds per megabyte when the
// layer comes in. A record of the headers alone would take less, but would have to find the content
// of every file in the directory again, whatever form the storage driver gives it.

#ifndef COWBELL_RUNTIME_IMAGE_KEPT_ARCHIVE_H_
#define COWBELL_RUNTIME_IMAGE_KEPT_ARCHIVE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/image/byte_source.h"

namespace cowbell {

// Passes an archive on and writes a copy of what passes. `in` is borrowed. Not thread-safe.
class ArchiveKeeper : public ByteSource {
 public:
  // `path` must not exist.
  static Result<std::unique_ptr<ArchiveKeeper>> Create(ByteSource& in, const std::string& path);
  ~ArchiveKeeper() override;

  Result<size_t> Read(char* buffer, size_t size) override;
  // Reads what is left and completes the copy.
  Status Finish();

 private:
  struct State;
  explicit ArchiveKeeper(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A kept archive, opened: it can be read even when its layer is removed meanwhile.
struct KeptArchive {
  UniqueFd file;
  uint64_t kept_size = 0;  // compressed
  uint64_t size = 0;       // of the archive itself
};
// Errors: ENOENT; a damaged copy.
Result<KeptArchive> OpenKeptArchive(const std::string& path);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_KEPT_ARCHIVE_H_
