// Streams of bytes that are read once from front to back, and the filters a layer passes through:
// decompression and hashing.

#ifndef COWBELL_RUNTIME_IMAGE_BYTE_SOURCE_H_
#define COWBELL_RUNTIME_IMAGE_BYTE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/sha256.h"

namespace cowbell {

// One stream. Not thread-safe. After an error nothing more may be read.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes; 0 only at the end of the stream.
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;
  // Passes over up to `count` bytes without reading them and says how many; 0 where it cannot.
  virtual uint64_t Skip(uint64_t count) {
    (void)count;
    return 0;
  }
};

// `length` bytes of a file from `offset` on, read with pread(2): several sources may share one
// borrowed descriptor. Errors: "unexpected EOF" when the file ends before.
class FileSource : public ByteSource {
 public:
  FileSource(int fd, uint64_t offset, uint64_t length) : fd_(fd), offset_(offset), left_(length) {}
  Result<size_t> Read(char* buffer, size_t size) override;
  uint64_t Skip(uint64_t count) override;

 private:
  int fd_;
  uint64_t offset_;
  uint64_t left_;
};

// A pipe or terminal to its end. The descriptor is borrowed.
class PipeSource : public ByteSource {
 public:
  explicit PipeSource(int fd) : fd_(fd) {}
  Result<size_t> Read(char* buffer, size_t size) override;

 private:
  int fd_;
};

// What passes through is hashed and counted. `in` is borrowed.
class HashingSource : public ByteSource {
 public:
  explicit HashingSource(ByteSource& in) : in_(in) {}
  Result<size_t> Read(char* buffer, size_t size) override;
  // Reads what is left. A layer's digest covers every byte, also those behind the archive's end.
  Status Drain();
  // 64 hex digits. Call once, at the end of the stream.
  std::string HexDigest() { return hash_.HexDigest(); }
  uint64_t count() const { return count_; }

 private:
  ByteSource& in_;
  Sha256 hash_;
  uint64_t count_ = 0;
};

// The uncompressed form of `in` (borrowed): gzip (all members), zstd (all frames), bzip2 and xz are
// told by their first bytes, anything else passes unchanged. Media types are not trusted for this.
// Errors: a damaged or truncated stream.
class Decompressor : public ByteSource {
 public:
  explicit Decompressor(ByteSource& in);
  ~Decompressor() override;
  Result<size_t> Read(char* buffer, size_t size) override;

 private:
  struct State;
  Status Start();
  std::unique_ptr<State> state_;
};

// Copies the whole stream to a descriptor and returns the number of bytes. Errors: EFBIG after
// `max_bytes`.
Result<uint64_t> CopyToFd(ByteSource& in, int fd, uint64_t max_bytes);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_BYTE_SOURCE_H_
