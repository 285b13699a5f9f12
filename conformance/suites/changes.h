// What `diff` says.

#ifndef COWBELL_CONFORMANCE_SUITES_CHANGES_H_
#define COWBELL_CONFORMANCE_SUITES_CHANGES_H_

#include <string>
#include <vector>

#include "conformance/harness/scene.h"

namespace cowbell::conformance {

// The lines that `container diff` prints, sorted: "A /t/add". A line that does not begin with a
// letter of the three, a blank and a slash continues the name before it. A refusal is a failure of
// the subject.
std::vector<std::string> ChangesOf(Scene& scene, const Container& container);

// The same without the paths that this engine reports of its own accord (choice diff.own,
// comma-separated).
std::vector<std::string> OwnChangesOf(Scene& scene, const Container& container);

// Those of `path` and below, and those below alone.
std::vector<std::string> ChangesAt(Scene& scene, const Container& container,
                                   const std::string& path = "/t");
std::vector<std::string> ChangesBelow(Scene& scene, const Container& container,
                                      const std::string& path = "/t");

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_CHANGES_H_
