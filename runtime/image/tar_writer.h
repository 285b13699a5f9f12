// Writes tar archives in POSIX.1-2001 (PAX) form, through libarchive: names of any bytes and
// length, times in nanoseconds, owners and sizes of any number, extended attributes in the form
// that Go's readers know (SCHILY.xattr). The same entries always give the same bytes.

#ifndef COWBELL_RUNTIME_IMAGE_TAR_WRITER_H_
#define COWBELL_RUNTIME_IMAGE_TAR_WRITER_H_

#include <functional>
#include <memory>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/image/tar_reader.h"

namespace cowbell {

using TarSink = std::function<Status(std::string_view bytes)>;

// One archive. Not thread-safe; after an error it can only be destroyed.
class TarWriter {
 public:
  explicit TarWriter(TarSink sink);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  // The header of the next entry; a directory's name ends with '/'. `data_offset` and `sparse` are
  // of no account. Errors: those of the sink.
  Status Add(const TarEntry& entry);
  // Content of the entry added last, in order; `entry.size` bytes in all.
  Status Write(std::string_view bytes);
  // The end of the archive.
  Status Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_TAR_WRITER_H_
