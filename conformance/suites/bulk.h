// Sizes that are large enough to be told from an engine's own bookkeeping.

#ifndef COWBELL_CONFORMANCE_SUITES_BULK_H_
#define COWBELL_CONFORMANCE_SUITES_BULK_H_

#include <cstdint>
#include <string>

#include "conformance/harness/scene.h"

namespace cowbell::conformance {

inline constexpr uint64_t kKiB = uint64_t{1} << 10;
inline constexpr uint64_t kMiB = uint64_t{1} << 20;

// Bytes that neither compress nor deduplicate.
std::string UniqueBytes(uint64_t size);

// `mebibytes` files of 1 MiB in `directory`: big00000 and so on. The error is that of the write.
Result<probe::Reply> TryWriteBulk(Actor& actor, const std::string& directory, uint64_t mebibytes);
// The same; ends the case as error where it fails.
void WriteBulk(Actor& actor, const std::string& directory, uint64_t mebibytes);

// The whole content by its digest: texts of this size say nothing in a message.
std::string HashOf(Actor& actor, const std::string& path);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_BULK_H_
