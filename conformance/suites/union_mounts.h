// The overlay mounts of this host, in every mount namespace that can be seen.

#ifndef COWBELL_CONFORMANCE_SUITES_UNION_MOUNTS_H_
#define COWBELL_CONFORMANCE_SUITES_UNION_MOUNTS_H_

#include <map>
#include <string>

namespace cowbell::conformance {

// The live overlay mounts with this upper directory: "major:minor" of the mounted file system ->
// its work directory. Two names of one mount are one entry.
std::map<std::string, std::string> MountsWithUpper(const std::string& upper);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_UNION_MOUNTS_H_
