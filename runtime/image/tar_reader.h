// A tar stream entry by entry, through libarchive, with what image layers need beyond it: names are
// kept byte for byte, and a type flag that nobody defined is an error where libarchive reads a
// regular file.

#ifndef COWBELL_RUNTIME_IMAGE_TAR_READER_H_
#define COWBELL_RUNTIME_IMAGE_TAR_READER_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/image/byte_source.h"

namespace cowbell {

// One header. A value.
struct TarEntry {
  enum class Type { kFile, kDirectory, kSymlink, kHardLink, kCharacterDevice, kBlockDevice, kFifo };
  std::string name;  // as in the archive: "./a/b", "a/b/"
  Type type = Type::kFile;
  std::string link;   // target of a symbolic or hard link
  uint64_t size = 0;  // of a file's content
  mode_t mode = 0;    // permission, setuid, setgid and sticky bits
  int64_t uid = 0;
  int64_t gid = 0;
  int64_t mtime_seconds = 0;
  long mtime_nanoseconds = 0;
  int64_t device_major = 0;
  int64_t device_minor = 0;
  std::vector<std::pair<std::string, std::string>> xattrs;
  uint64_t data_offset = 0;  // of the content in the stream
  bool sparse = false;       // the content is not one run of bytes in the stream
};

class TarReader {
 public:
  // `in` is borrowed.
  explicit TarReader(ByteSource& in);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // False at the end of the archive. What was not read of the previous entry's content is passed
  // over. Errors: not a tar archive, a damaged or truncated one, an unknown type of entry.
  Result<bool> Next(TarEntry* entry);

  // Gives the content in pieces, in order; between them are holes.
  using Sink = std::function<Status(uint64_t offset, std::string_view bytes)>;
  Status ReadContent(const Sink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_TAR_READER_H_
