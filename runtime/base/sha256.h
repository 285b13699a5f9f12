// SHA-256 of bytes, streams and files, through OpenSSL's libcrypto.

#ifndef COWBELL_RUNTIME_BASE_SHA256_H_
#define COWBELL_RUNTIME_BASE_SHA256_H_

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace cowbell {

// Incremental. Not copyable.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void Update(std::string_view bytes);
  // 64 lower-case hex digits. Call once, last.
  std::string HexDigest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string Sha256Hex(std::string_view bytes);
// Reads `fd` from its current offset to the end.
Result<std::string> Sha256HexOfFd(int fd);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_BASE_SHA256_H_
