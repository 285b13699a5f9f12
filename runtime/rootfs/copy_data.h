// The bytes of one file into another: holes stay holes, and the kernel does the work where it can.

#ifndef COWBELL_RUNTIME_ROOTFS_COPY_DATA_H_
#define COWBELL_RUNTIME_ROOTFS_COPY_DATA_H_

#include <sys/types.h>

#include <string>

#include "runtime/base/result.h"

namespace cowbell {

// Remembers what the kernel can do between the two file systems of a copy, and keeps one buffer.
// Not thread-safe.
class DataCopier {
 public:
  // Copies all of the regular file `from` (open for reading) into the empty file `to` (open for
  // writing). What is appended meanwhile may be left out.
  Status Copy(int from, int to);

 private:
  // Bytes [at, end), or to the end of the file if that comes first.
  Status CopyRange(int from, int to, off_t at, off_t end);
  Result<bool> CopyInKernel(int from, int to, off_t* at, off_t end);
  Status CopyThroughBuffer(int from, int to, off_t at, off_t end);

  bool in_kernel_ = true;
  std::string buffer_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_COPY_DATA_H_
