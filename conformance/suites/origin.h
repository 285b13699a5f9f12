// Where the target of an action comes from. A union takes different paths for each.

#ifndef COWBELL_CONFORMANCE_SUITES_ORIGIN_H_
#define COWBELL_CONFORMANCE_SUITES_ORIGIN_H_

#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "fixtures/image/layer.h"

namespace cowbell::conformance {

enum class Origin {
  kImage,      // in one layer of the image
  kCopiedUp,   // of the image, and already copied into the RW layer
  kCreated,    // made in the RW layer
  kTwoLayers,  // in two layers of the image, below a third one
};

inline constexpr char kTarget[] = "/t/foo";
inline constexpr char kTargetContent[] = "old";

// Layers that hold /t with the neighbour "/t/keep", and the target unless it is to be created.
std::vector<Layer> LayersFor(Origin origin);

// Brings the target into its starting state. Whatever the origin, /t is the same tree afterwards
// but for the time of /t itself.
void Prepare(Actor& actor, Origin origin);

// That tree, with the time of /t cleared.
Tree PreparedTree();

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_ORIGIN_H_
