// Archives of whole images, as `save` writes them: docker-archive (manifest.json, configs, layer
// tars) and OCI layout (index.json, blobs/). Members are found by their place in the file; nothing
// is extracted, and no member name is ever used as a path of this machine.

#ifndef COWBELL_RUNTIME_IMAGE_ARCHIVE_H_
#define COWBELL_RUNTIME_IMAGE_ARCHIVE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/image/byte_source.h"
#include "runtime/image/manifest.h"

namespace cowbell {

// Where a member's content lies in the archive, and what it must hash to.
struct ArchiveMember {
  uint64_t offset = 0;
  uint64_t size = 0;
  std::string digest;  // "sha256:HEX" of a blob of an OCI layout; empty: not said
};

struct ArchivedImage {
  std::string config;                 // the raw bytes
  std::vector<std::string> refs;      // as written in the archive; not checked
  std::vector<ArchiveMember> layers;  // bottom first; possibly compressed
};

// A resource: holds the archive open. Sources made by it are borrowed from it.
class ImageArchive {
 public:
  // Reads the directory of an uncompressed archive of `size` bytes in a seekable file. From an
  // index with several platforms the entry for `platform` is taken.
  // Errors: "unexpected EOF" when it is cut off; no tar; no image in it; a member that is missing.
  static Result<ImageArchive> Open(UniqueFd file, uint64_t size, const Platform& platform);

  const std::vector<ArchivedImage>& images() const { return images_; }
  std::unique_ptr<ByteSource> OpenMember(const ArchiveMember& member) const;
  // Hashes a member and compares. Success when nothing is said about its digest.
  Status Verify(const ArchiveMember& member) const;

 private:
  // One name of the archive; links point to other names.
  struct Name {
    ArchiveMember member;
    std::string link;  // not empty: another name, cleaned
  };

  ImageArchive(UniqueFd file, const Platform& platform)
      : file_(std::move(file)), platform_(platform) {}
  Status ReadDirectory(uint64_t size);
  Status ReadDockerManifest();
  Status ReadOciIndex();
  Status AddOciImage(const Descriptor& entry, const std::string& ref);
  Result<ArchiveMember> Find(const std::string& name) const;
  Result<ArchiveMember> FindBlob(const Descriptor& descriptor) const;
  Result<std::string> ReadMember(const ArchiveMember& member, size_t max_bytes) const;

  UniqueFd file_;
  Platform platform_;
  std::map<std::string, Name> names_;
  std::vector<ArchivedImage> images_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_ARCHIVE_H_
