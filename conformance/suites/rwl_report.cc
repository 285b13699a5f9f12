// The size of the RW layer as the engine reports it. `ps --size` rounds to three digits; `inspect
// --size` does not.

#include <functional>

#include "conformance/suites/bulk.h"
#include "conformance/suites/commands.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Ge;
using ::testing::Le;

uint64_t SizeRw(Scene& scene, Container& container) {
  const std::string text = TrimmedOutput(
      scene.Must({"container", "inspect", "--size", "--format", "{{.SizeRw}}", container.name()}));
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) {
    throw SceneError("inspect --size: SizeRw is '" + text + "'");
  }
  return std::stoull(text);
}

// By how much the reported size grows over what `change` does.
uint64_t ReportedGrowth(Scene& scene, Container& container,
                        const std::function<void(Actor&)>& change) {
  const uint64_t before = SizeRw(scene, container);
  Actor actor = scene.Start(container);
  change(actor);
  actor.Finish();
  const uint64_t after = SizeRw(scene, container);
  EXPECT_THAT(after, Ge(before));
  return after - std::min(before, after);
}

auto IsAbout(uint64_t bytes) { return AllOf(Ge(bytes * 99 / 100), Le(bytes * 101 / 100)); }

// What an engine's own small files may add at the first start.
constexpr uint64_t kEngineBytes = 4 * kKiB;

COWBELL_CASE(RWL_010, HardLinksCountOnceAndDeletionsNothing) {
  Layer layer = Layer().Dir("t/");
  for (int i = 0; i < 5; ++i)
    layer.File("t/deleted" + std::to_string(i), std::string(kMiB, 'x'));
  Container& container = scene.Create(scene.MakeImage({layer}));

  const uint64_t growth = ReportedGrowth(scene, container, [](Actor& actor) {
    Require(actor.CreateFile("/t/new", UniqueBytes(2 * kMiB)));
    Require(actor.Link("/t/new", "/t/second"));
    Require(actor.Link("/t/new", "/t/third"));
    for (int i = 0; i < 5; ++i)
      Require(actor.Unlink("/t/deleted" + std::to_string(i)));
  });

  EXPECT_THAT(growth, IsAbout(2 * kMiB));
}

COWBELL_CASE(RWL_010, ACopiedUpFileCountsWhole) {
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/big", UniqueBytes(kMiB))}));

  const uint64_t growth =
      ReportedGrowth(scene, container, [](Actor& actor) { Require(actor.Append("/t/big", "x")); });

  EXPECT_THAT(growth, IsAbout(kMiB));
}

COWBELL_CASE(RWL_010, ARunningContainerIsMeasuredToo) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));
  const uint64_t before = SizeRw(scene, container);
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/new", UniqueBytes(kMiB)));

  EXPECT_THAT(SizeRw(scene, container) - before, IsAbout(kMiB));

  actor.Finish();
}

COWBELL_CASE(RWL_011, FilesOfTheEngineDoNotCount) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));
  EXPECT_THAT(SizeRw(scene, container), Le(kEngineBytes)) << "created";
  EXPECT_THAT(ReportedGrowth(scene, container, [](Actor&) {}), Le(kEngineBytes)) << "started";
}

// 4 MiB that lie elsewhere.
void DoesNotCount(Scene& scene, const std::vector<std::string>& flags) {
  ContainerSpec spec;
  spec.flags = flags;
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}), spec);

  const uint64_t growth =
      ReportedGrowth(scene, container, [](Actor& actor) { WriteBulk(actor, "/elsewhere", 4); });

  EXPECT_THAT(growth, Le(kEngineBytes));
}

COWBELL_CASE(RWL_011, DataInAVolumeDoesNotCount) {
  if (!scene.profile().Has("volume")) scene.SkipNotApplicable("the engine has no volumes");
  const std::string volume = scene.UniqueName("volume");
  scene.RemoveLater("volume", volume);
  DoesNotCount(scene, {"--volume", volume + ":/elsewhere"});
}

COWBELL_CASE(RWL_011, DataInABindMountDoesNotCount) {
  if (!scene.profile().Has("volume")) scene.SkipNotApplicable("the engine has no volumes");
  HostFile(scene, "bound/file", "x");
  DoesNotCount(scene, {"--volume", scene.work_dir() + "/bound:/elsewhere"});
}

COWBELL_CASE(RWL_011, DataInATmpfsDoesNotCount) {
  if (!scene.profile().Has("tmpfs")) scene.SkipNotApplicable("the engine has no --tmpfs");
  DoesNotCount(scene, {"--tmpfs", "/elsewhere"});
}

COWBELL_CASE(RWL_012, ASparseFileCountsByLengthOrByBlocks) {
  constexpr uint64_t kLength = 8 * kMiB;
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));

  const uint64_t growth = ReportedGrowth(scene, container, [](Actor& actor) {
    Require(actor.Open("f", "/t/sparse", "rdwr,creat,excl"));
    Require(actor.Pwrite("f", kLength - 1, "x"));
    Require(actor.Close("f"));
  });

  scene.Outcome("size.sparse", growth < kMiB ? "allocated" : "apparent");
  EXPECT_THAT(growth, AnyOf(IsAbout(kLength), AllOf(Ge(uint64_t{1}), Le(64 * kKiB))));
}

}  // namespace
}  // namespace cowbell::conformance
