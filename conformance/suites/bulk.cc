#include "conformance/suites/bulk.h"

#include <random>

namespace cowbell::conformance {

std::string UniqueBytes(uint64_t size) {
  std::mt19937_64 random(std::random_device{}());
  std::string bytes;
  bytes.reserve(size + sizeof(uint64_t));
  while (bytes.size() < size) {
    const uint64_t word = random();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  bytes.resize(size);
  return bytes;
}

Result<probe::Reply> TryWriteBulk(Actor& actor, const std::string& directory, uint64_t mebibytes) {
  const probe::Reply reply =
      TRY(actor.Do("fill", {directory, std::to_string(mebibytes), "big", std::to_string(kMiB)}));
  if (!reply.ok()) return Error::FromErrno(reply.error, "fill '" + directory + "'");
  return reply;
}

void WriteBulk(Actor& actor, const std::string& directory, uint64_t mebibytes) {
  Require(TryWriteBulk(actor, directory, mebibytes));
}

std::string HashOf(Actor& actor, const std::string& path) {
  return Require(actor.Do("hash", {path})).Get("sha256");
}

}  // namespace cowbell::conformance
