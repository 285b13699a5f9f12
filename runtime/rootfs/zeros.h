// Zeros that files need not hold.

#ifndef COWBELL_RUNTIME_ROOTFS_ZEROS_H_
#define COWBELL_RUNTIME_ROOTFS_ZEROS_H_

#include <cstring>
#include <string_view>

namespace cowbell {

// Worth a hole instead of a write: a file system block or more, all zeros.
inline bool IsLongZeros(std::string_view data) {
  constexpr size_t kBlock = 4096;
  return data.size() >= kBlock && data[0] == '\0' &&
         memcmp(data.data(), data.data() + 1, data.size() - 1) == 0;
}

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_ZEROS_H_
