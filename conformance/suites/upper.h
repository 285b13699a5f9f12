// The RW layer of a container, as it lies on this host.

#ifndef COWBELL_CONFORMANCE_SUITES_UPPER_H_
#define COWBELL_CONFORMANCE_SUITES_UPPER_H_

#include <string>

#include "conformance/harness/scene.h"

namespace cowbell::conformance {

// Where `path` of the container lies in its RW layer once it is there. Ends the case as not
// applicable where the subject has no RW layer of files on this host.
inline std::string InUpper(Scene& scene, Container& container, const std::string& path) {
  const auto upper = container.UpperDir();
  if (!upper.has_value()) scene.SkipNotApplicable(upper.error().ToString());
  return upper.value() + path;
}

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_UPPER_H_
