// `--storage-opt size=…`: a limit for the RW layer holds, or is refused; it is never ignored.

#include "conformance/suites/bulk.h"
#include "conformance/suites/commands.h"

namespace cowbell::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::Ge;

constexpr uint64_t kLimitMiB = 32;

ContainerSpec Limited() {
  ContainerSpec spec;
  spec.flags = {"--storage-opt", "size=" + std::to_string(kLimitMiB) + "M"};
  return spec;
}

// The container, or nullptr where the engine says that it knows no limits here.
Container* LimitedContainer(Scene& scene, Image& image) {
  const Result<Container*> made = scene.TryCreate(image, Limited());
  scene.Outcome("quota", made.has_value() ? "limited" : "refused");
  if (made.has_value()) return made.value();
  EXPECT_NE(made.error().message(), "");
  return nullptr;
}

testing::Matcher<const Status&> IsFull() { return AnyOf(FailsWith(ENOSPC), FailsWith(EDQUOT)); }

COWBELL_CASE(RWL_031, WritesBeyondTheLimitFailAndHarmNobody) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  Container* const limited = LimitedContainer(scene, image);
  if (limited == nullptr) return;
  Actor actor = scene.Start(*limited);
  Require(actor.Mkdir("/t/half"));
  Require(actor.Mkdir("/t/whole"));

  WriteBulk(actor, "/t/half", kLimitMiB / 2);
  const auto beyond = TryWriteBulk(actor, "/t/whole", kLimitMiB);
  EXPECT_THAT(beyond.has_value() ? Ok() : Status(Error(beyond.error())), IsFull());

  Actor sibling = scene.Start(scene.Create(image));
  EXPECT_THAT(TryWriteBulk(sibling, "/t", 2), Succeeds());
  sibling.Finish();
  EXPECT_THAT(actor.RemoveTree("/t/half"), Succeeds());
  actor.Finish();
}

COWBELL_CASE(RWL_031, ACopyUpBeyondTheLimitFailsAndLeavesTheFile) {
  const std::string content = UniqueBytes((kLimitMiB + 8) * kMiB);
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/big", content)});
  Container* const limited = LimitedContainer(scene, image);
  if (limited == nullptr) return;
  Actor actor = scene.Start(*limited);

  EXPECT_THAT(actor.Append("/t/big", "x"), IsFull());

  EXPECT_EQ(Require(actor.Stat("/t/big")).size, content.size());
  actor.Finish();
}

COWBELL_CASE(RWL_032, StatfsTellsTheLimitOrTheStore) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  Container* const limited = LimitedContainer(scene, image);
  Actor actor = scene.Start(limited != nullptr ? *limited : scene.Create(image));
  const probe::Reply statfs = Require(actor.Do("statfs", {"/"}));
  const uint64_t size = std::stoull(statfs.Get("blocks")) * std::stoull(statfs.Get("bsize"));
  actor.Finish();

  const bool tells = size <= kLimitMiB * kMiB * 11 / 10;
  scene.Outcome("quota.statfs", tells ? "limit" : "store");
  EXPECT_THAT(size, Ge(kLimitMiB * kMiB * 8 / 10));
}

}  // namespace
}  // namespace cowbell::conformance
