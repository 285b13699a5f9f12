// Every kind of change a process can make to image files, as a table.

#ifndef COWBELL_CONFORMANCE_SUITES_MUTATIONS_H_
#define COWBELL_CONFORMANCE_SUITES_MUTATIONS_H_

#include <span>

#include "conformance/harness/scene.h"
#include "fixtures/image/layer.h"

namespace cowbell::conformance {

struct Mutation {
  const char* name;           // "rename over"
  void (*run)(Actor& actor);  // throws SceneError when a change is refused
};

// Below /t: one file or directory of the image for each mutation.
Layer MutableLayer();

// The mutations touch different names: each leaves the others their prey.
std::span<const Mutation> Mutations();

// All of them, in the order of the table.
void MutateAll(Actor& actor);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_MUTATIONS_H_
