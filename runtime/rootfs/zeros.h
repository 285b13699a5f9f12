// Zeros that files need not hold.

#ifndef COWBELL_RUNTIME_ROOTFS_ZEROS_H_
#define COWBELL_RUNTIME_ROOTFS_ZEROS_H_

#include <cstring>
#include <string_view>

namespace cowbell {

inline bool IsZero(std::string_view bytes) {
  return bytes.empty() || (bytes[0] == '\0' && memcmp(&bytes[0], &bytes[1], bytes.size() - 1) == 0);
}

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_ZEROS_H_
