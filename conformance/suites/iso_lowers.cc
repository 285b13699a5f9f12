// ISO-015: whatever containers do, the stored layers stay what they are.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/lowers.h"
#include "conformance/suites/mutations.h"

namespace cowbell::conformance {
namespace {

// What the mutations work on, and what else a union may write through to its lowers.
std::vector<Layer> EveryKind() {
  return {MutableLayer(), Layer()
                              .Dir("t/")
                              .Dir("more/")
                              .Mode(0751)
                              .Owner(70123, 70124)
                              .File("more/stale", "of the image")
                              .File("more/linked", "of the image")
                              .File("more/xattr", "of the image")
                              .Xattr("user.cowbell", "x")
                              .Fifo("more/fifo")
                              .CharDevice("more/null", 1, 3)
                              .Dir("more/deep/")
                              .Dir("more/deep/er/")
                              .File("more/deep/er/file", "of the image")};
}

// A descriptor of before the copy-up is the short way to the lower file.
void ChangeThroughDescriptors(Actor& actor) {
  Require(actor.Open("stale", "/more/stale", "rdonly"));
  Require(actor.Open("fresh", "/more/stale", "rdwr"));
  Require(actor.Pwrite("fresh", 0, "changed"));
  Require(actor.Fsync("fresh"));
  Require(actor.Fsync("stale"));
  Require(actor.Close("fresh"));
  Require(actor.Close("stale"));
}

void ChangeTheRest(Actor& actor) {
  Require(actor.Link("/more/linked", "/more/second"));
  Require(actor.Append("/more/second", "changed"));
  Require(actor.Removexattr("/more/xattr", "user.cowbell"));
  Require(actor.Setxattr("/more/xattr", "user.second", "new"));
  Require(actor.Chmod("/more/fifo", 0600));
  Require(actor.Chmod("/more/null", 0600));
  Require(actor.SetTimes("/more/deep/er", {1'200'000'000, 1}, {1'200'000'000, 2}));
  Require(actor.Chmod("/more/deep", 0700));
  Require(actor.Chmod("/more", 0711));
}

COWBELL_CASE(ISO_015, LowersStayBitIdenticalOverAMixedWorkload) {
  Image& image = scene.MakeImage(EveryKind());
  Container& container = scene.Create(image);
  Container& sibling = scene.Create(image);
  const LowerTrees before = ReadLowers(scene, container);

  for (Container* worker : {&container, &sibling}) {
    Actor actor = scene.Start(*worker);
    MutateAll(actor);
    ChangeThroughDescriptors(actor);
    ChangeTheRest(actor);
    actor.Finish();
  }

  ExpectLowersUnchanged(before);
}

// The second start works on what the first one has copied, replaced and hidden.
COWBELL_CASE(ISO_015, LowersStayBitIdenticalOverASecondStart) {
  Container& container = scene.Create(scene.MakeImage(EveryKind()));
  const LowerTrees before = ReadLowers(scene, container);
  {
    Actor actor = scene.Start(container);
    ChangeThroughDescriptors(actor);
    ChangeTheRest(actor);
    actor.Finish();
  }

  Actor actor = scene.Start(container);
  MutateAll(actor);
  ChangeThroughDescriptors(actor);
  Require(actor.RemoveTree("/t"));
  Require(actor.RemoveTree("/more"));
  actor.Finish();

  ExpectLowersUnchanged(before);
}

COWBELL_CASE(ISO_015, LowersStayBitIdenticalOverConcurrentWriters) {
  Layer layer = Layer().Dir("t/").Dir("t/dir/");
  for (int i = 0; i < 20; ++i)
    layer.File("t/dir/f" + std::to_string(i), "old");
  Container& container = scene.Create(scene.MakeImage({layer}));
  const LowerTrees before = ReadLowers(scene, container);

  Actor actor = scene.Start(container);
  const auto reply = Require(actor.Do("appenders", {"4", "1", "/t/dir", "20", "1"}));
  if (!reply.ok()) throw SceneError("appenders: " + ErrnoName(reply.error));
  actor.Finish();

  ExpectLowersUnchanged(before);
}

}  // namespace
}  // namespace cowbell::conformance
