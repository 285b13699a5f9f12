// LAY-116: what a load has reported is there after a crash of the machine.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

#include "conformance/harness/leftovers.h"
#include "conformance/harness/scene.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/own_subject.h"
#include "conformance/suites/trees.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr off_t kDeviceBytes = off_t{256} << 20;

// Not in the kernel's exported headers: fs/ext4/ext4.h.
constexpr unsigned long kExt4Shutdown = _IOR('X', 125, uint32_t);
constexpr uint32_t kWithoutLogFlush = 2;

// The last line of what a program prints. Missing programs and refusals end the case as blocked.
std::string Tool(Scene& scene, const std::vector<std::string>& argv) {
  const Result<CommandResult> result = RunCommand(argv);
  if (!result.has_value()) scene.SkipBlocked(result.error().ToString());
  if (!result.value().status.ok()) scene.SkipBlocked(ShellJoin(argv) + ": " + result.value().err);
  return TrimmedOutput(result.value());
}

// An ext4 file system in a file, which can be cut off from one moment to the next.
class CrashableFileSystem {
 public:
  explicit CrashableFileSystem(Scene& scene) : point_(scene.work_dir() + "/mnt") {
    const std::string file = scene.work_dir() + "/device";
    Require(WriteFile(file, ""));
    if (truncate(file.c_str(), kDeviceBytes) != 0) throw SceneError("truncate '" + file + "'");
    Tool(scene, {"mkfs.ext4", "-q", "-F", file});
    Require(MakeDirs(point_));
    device_ = Tool(scene, {"losetup", "--find", "--show", file});
    Mount();
  }
  ~CrashableFileSystem() {
    UnmountBelow(point_);
    (void)RunCommand({"losetup", "--detach", device_}).has_value();
  }
  CrashableFileSystem(const CrashableFileSystem&) = delete;
  CrashableFileSystem& operator=(const CrashableFileSystem&) = delete;

  const std::string& point() const { return point_; }

  // As if the power went: what is not on the device is lost, the journal's last part too. Then the
  // machine is up again.
  void Crash() {
    const UniqueFd top = Require(Open(point_, O_RDONLY | O_DIRECTORY));
    if (ioctl(top.get(), kExt4Shutdown, &kWithoutLogFlush) != 0) {
      throw SceneError("shut the file system down: " + ErrnoText(errno));
    }
  }
  void ComeBack() {
    UnmountBelow(point_);
    Mount();
  }

 private:
  void Mount() {
    if (mount(device_.c_str(), point_.c_str(), "ext4", 0, nullptr) != 0) {
      throw SceneError("mount '" + device_ + "': " + ErrnoText(errno));
    }
  }

  const std::string point_;
  std::string device_;
};

Layer LayerOfManySizes(Scene& scene) {
  Layer layer = Layer().Dir("t/").Dir("t/small/").Mode(0741).Symlink("t/l", "big");
  const std::string text = scene.UniqueName("content");
  for (int i = 0; i < 64; ++i)
    layer.File("t/small/" + std::to_string(i), text).Owner(70123, 70124);
  std::string big;
  while (big.size() < 8 * kMiB)
    big += text;
  return layer.File("t/big", big).HardLink("t/again", "t/big");
}

COWBELL_CASE(LAY_116, LoadedImageIsWholeOrAbsentAfterACrash) {
  CrashableFileSystem file_system(scene);
  const std::string store = file_system.point() + "/store";
  const auto subject = OwnSubject(scene, scene.work_dir(), store);
  const std::vector<Layer> layers = {LayerOfManySizes(scene),
                                     Layer().Dir("t/").Dir("t/small/").File("t/small/7", "upper")};
  const auto image = Require(subject->MakeImage(layers));

  file_system.Crash();
  file_system.ComeBack();

  const CommandResult listed = Require(subject->engine()->Call({"image", "inspect", image->ref()}));
  scene.Outcome("load.crash", listed.status.ok() ? "whole" : "absent");
  const auto again = listed.status.ok() ? nullptr : Require(subject->MakeImage(layers));
  const auto container = subject->Create(again != nullptr ? *again : *image, {});
  ASSERT_THAT(container, Succeeds());
  auto session = container.value()->Start();
  ASSERT_THAT(session, Succeeds());
  Actor actor(std::move(session).value());
  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(ModelPart(layers, "/t"))));
  actor.Finish();
  Require(container.value()->Remove());
  Require(RemovePrivateStore(store));
}

}  // namespace
}  // namespace cowbell::conformance
