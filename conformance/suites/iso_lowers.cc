// ISO-015: whatever containers do, the stored layers stay what they are.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/lowers.h"

namespace cowbell::conformance {
namespace {

std::vector<Layer> EveryKind() {
  Layer lower = Layer().Dir("t/").Dir("t/dir/").Mode(0751).Owner(70123, 70124);
  for (const char* name : {"write", "append", "truncate", "chmod", "chown", "xattr", "times",
                           "rename", "unlink", "link", "over", "stale"}) {
    lower.File(std::string("t/dir/") + name, "of the image").Mode(0741).Xattr("user.cowbell", "x");
  }
  lower.Symlink("t/dir/symlink", "write").Fifo("t/dir/fifo").CharDevice("t/dir/null", 1, 3);
  lower.Dir("t/gone/").Dir("t/gone/deep/").File("t/gone/deep/file", "f").Dir("t/empty/");
  return {lower, Layer().Dir("t/").Dir("t/dir/").File("t/dir/upper", "of the upper layer")};
}

void ChangeData(Actor& actor) {
  Require(actor.Write("/t/dir/write", "changed"));
  Require(actor.Append("/t/dir/append", "changed"));
  Require(actor.Truncate("/t/dir/truncate", 1));
  Require(actor.Truncate("/t/dir/upper", 100));
}

// A descriptor of before the copy-up is the short way to the lower file.
void ChangeThroughDescriptors(Actor& actor) {
  Require(actor.Open("stale", "/t/dir/stale", "rdonly"));
  Require(actor.Open("fresh", "/t/dir/stale", "rdwr"));
  Require(actor.Pwrite("fresh", 0, "changed"));
  Require(actor.Fsync("fresh"));
  Require(actor.Fsync("stale"));
  Require(actor.Close("fresh"));
  Require(actor.Close("stale"));
}

void ChangeMetadata(Actor& actor) {
  Require(actor.Chmod("/t/dir/chmod", 0600));
  Require(actor.Chown("/t/dir/chown", 70001, 70002));
  Require(actor.Setxattr("/t/dir/xattr", "user.cowbell", "changed"));
  Require(actor.Setxattr("/t/dir/xattr", "user.second", "new"));
  Require(actor.Removexattr("/t/dir/times", "user.cowbell"));
  Require(actor.SetTimes("/t/dir/times", {1'200'000'000, 1}, {1'200'000'000, 2}));
  Require(actor.Lchown("/t/dir/symlink", 70001, 70002));
  Require(actor.Chmod("/t/dir/fifo", 0600));
  Require(actor.Chmod("/t/dir/null", 0600));
  Require(actor.Chmod("/t/dir", 0700));
  Require(actor.Chmod("/t", 0711));
}

void ChangeNames(Actor& actor) {
  Require(actor.Rename("/t/dir/rename", "/t/dir/renamed"));
  Require(actor.Link("/t/dir/link", "/t/dir/second"));
  Require(actor.Append("/t/dir/second", "changed"));
  Require(actor.CreateFile("/t/dir/temporary", "new"));
  Require(actor.Rename("/t/dir/temporary", "/t/dir/over"));
  Require(actor.Unlink("/t/dir/unlink"));
  Require(actor.Symlink("nowhere", "/t/dir/unlink"));
  Require(actor.RemoveTree("/t/gone"));
  Require(actor.Mkdir("/t/gone"));
  Require(actor.CreateFile("/t/gone/new", "new"));
  Require(actor.Rmdir("/t/empty"));
  Require(actor.Mknod("/t/dir/pipe", 'p', 0600));
}

COWBELL_CASE(ISO_015, LowersStayBitIdenticalOverAMixedWorkload) {
  Image& image = scene.MakeImage(EveryKind());
  Container& container = scene.Create(image);
  Container& sibling = scene.Create(image);
  const LowerTrees before = ReadLowers(scene, container);

  for (Container* worker : {&container, &sibling}) {
    Actor actor = scene.Start(*worker);
    ChangeData(actor);
    ChangeThroughDescriptors(actor);
    ChangeMetadata(actor);
    ChangeNames(actor);
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
    ChangeData(actor);
    ChangeThroughDescriptors(actor);
    actor.Finish();
  }

  Actor actor = scene.Start(container);
  ChangeMetadata(actor);
  ChangeNames(actor);
  Require(actor.RemoveTree("/t"));
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
