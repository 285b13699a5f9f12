// The small volume of a check with the label "volume": everything of the subject on this host lies
// on it, and it can be filled until as little is left as the case asks for.

#ifndef COWBELL_CONFORMANCE_HARNESS_VOLUME_H_
#define COWBELL_CONFORMANCE_HARNESS_VOLUME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace cowbell::conformance {

inline constexpr std::string_view kVolumeLabel = "volume";

// Where everything of the subject lies in the working directory of a check.
std::string SubjectDir(const std::string& work_dir);

// Makes `directory` and mounts a volume of 128 MiB of memory on it.
Status MountVolume(const std::string& directory);
// Leaves exactly `bytes` (in whole pages) of it. Errors: ENOSPC when less is left already.
Status FillVolume(const std::string& directory, uint64_t bytes);
// Takes back what FillVolume has put there.
void EmptyVolume(const std::string& directory);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_VOLUME_H_
