// The low-level calls: OpenSSL 3's EVP interface loads its provider machinery first, which costs a
// small static program 3 MB and every process that hashes one file a millisecond.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "runtime/base/sha256.h"

#include <openssl/sha.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/text.h"

namespace cowbell {

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { SHA256_Init(&state_->context); }
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::Update(std::string_view bytes) {
  SHA256_Update(&state_->context, bytes.data(), bytes.size());
}

std::string Sha256::HexDigest() {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256_Final(digest, &state_->context);
  return HexEncode({reinterpret_cast<const char*>(digest), sizeof(digest)});
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.HexDigest();
}

Result<std::string> Sha256HexOfFd(int fd) {
  Sha256 hash;
  std::string buffer(size_t{1} << 18, '\0');
  while (true) {
    const ssize_t n = read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::FromErrno(errno, "read");
    if (n == 0) return hash.HexDigest();
    hash.Update({buffer.data(), static_cast<size_t>(n)});
  }
}

}  // namespace cowbell
