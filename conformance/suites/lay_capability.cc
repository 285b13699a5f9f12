// LAY-087: file capabilities of a layer.

#include <string>

#include "conformance/harness/scene.h"
#include "fixtures/probe/protocol.h"

namespace cowbell::conformance {
namespace {

constexpr char kXattr[] = "security.capability";
constexpr int kNetBindService = 10;  // CAP_NET_BIND_SERVICE, linux/capability.h

// cap_net_bind_service=ep as the kernel keeps it: struct vfs_cap_data of revision 2,
// little-endian (linux/capability.h).
std::string NetBindService() {
  std::string bytes(20, '\0');
  bytes[0] = '\x01';  // VFS_CAP_FLAGS_EFFECTIVE
  bytes[3] = '\x02';  // VFS_CAP_REVISION_2
  bytes[5] = '\x04';  // permitted: bit 10
  return bytes;
}

// A copy of the probe that carries the capability.
Layer ProgramWithCapability(Scene& scene) {
  const Layer probe_layer = scene.ProbeLayer();
  for (const Entry& entry : probe_layer.entries()) {
    if (entry.name == std::string(probe::kProbePath).substr(1)) {
      return Layer()
          .Dir("t/")
          .File("t/program", entry.content)
          .Mode(0755)
          .Xattr(kXattr, NetBindService());
    }
  }
  throw SceneError("the probe's layer does not hold the probe");
}

COWBELL_CASE(LAY_087, XattrIsTheLayers) {
  const Result<Image*> image = scene.TryImage({ProgramWithCapability(scene)});
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  EXPECT_THAT(actor.Getxattr("/t/program", kXattr), Yields(NetBindService()));
  actor.Finish();
}

COWBELL_CASE(LAY_087, CapabilityIsEffectiveForAnOrdinaryUser) {
  const Result<Image*> image = scene.TryImage({ProgramWithCapability(scene)});
  ASSERT_THAT(image, Succeeds());

  Actor actor = scene.Start(scene.Create(*image.value()));
  const auto reply = Require(actor.Do("exec", {"1000", "1000", "/t/program", "fdcaps"}));
  ASSERT_EQ(reply.Get("code"), "0") << reply.Get("err");
  const uint64_t effective = std::stoull(reply.Get("out"), nullptr, 16);
  EXPECT_EQ(effective, uint64_t{1} << kNetBindService) << "CapEff of uid 1000";
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
