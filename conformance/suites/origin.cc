#include "conformance/suites/origin.h"

#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

// Odd on purpose: defaults hide what is reset.
constexpr uint32_t kMode = 0741;
constexpr uint64_t kUid = 70123;
constexpr uint64_t kGid = 70124;

Layer Neighbourhood() { return Layer().Dir("t/").Mode(0751).File("t/keep", "kept"); }

Layer WithTarget(Layer layer, const char* content) {
  layer.File("t/foo", content).Mode(kMode).Owner(kUid, kGid);
  return layer;
}

}  // namespace

std::vector<Layer> LayersFor(Origin origin) {
  switch (origin) {
    case Origin::kImage:
    case Origin::kCopiedUp:
      return {WithTarget(Neighbourhood(), kTargetContent)};
    case Origin::kCreated:
      return {Neighbourhood()};
    case Origin::kTwoLayers:
      return {WithTarget(Neighbourhood(), "older"), WithTarget(Neighbourhood(), kTargetContent),
              Layer().File("elsewhere", "x")};
  }
  throw SceneError("unknown origin");
}

void Prepare(Actor& actor, Origin origin) {
  if (origin == Origin::kCreated) {
    Require(actor.CreateFile(kTarget, kTargetContent, kMode));
    Require(actor.Chown(kTarget, kUid, kGid));
    Require(actor.Chmod(kTarget, kMode));
  }
  // Setting the times a file has already copies it up and changes nothing.
  if (origin == Origin::kCreated || origin == Origin::kCopiedUp) {
    Require(actor.SetTimes(kTarget, kFixtureTime, kFixtureTime));
  }
}

Tree PreparedTree() { return ModelPart(LayersFor(Origin::kImage), "/t", {"/t"}); }

}  // namespace cowbell::conformance
