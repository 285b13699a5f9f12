// The images of the two stories that users tell of copy-on-write, built as users build them.

#ifndef COWBELL_CONFORMANCE_SUITES_STORIES_H_
#define COWBELL_CONFORMANCE_SUITES_STORIES_H_

#include <string>

#include "conformance/harness/scene.h"

namespace cowbell::conformance {

// Builds fixtures/data/stories/`story` with the engine's `build` and this host's static busybox,
// and returns the image's reference. Ends the case as `na` for an engine without build, as
// `blocked` without a static busybox.
std::string BuildStory(Scene& scene, const std::string& story);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_STORIES_H_
