// COW-008, COW-009, COW-022: appends, and opens that are to change nothing.

#include <algorithm>
#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/origin.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/stats.h"
#include "conformance/suites/trees.h"
#include "conformance/suites/upper.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

// Two descriptors append in turn; pwrite(2) with O_APPEND ignores the offset.
void AppendInTurn(Actor& actor) {
  EXPECT_THAT(actor.Open("a", kTarget, "wronly,append"), Succeeds());
  EXPECT_THAT(actor.Pwrite("a", 0, "1"), Succeeds());
  EXPECT_THAT(actor.Open("b", kTarget, "rdwr,append"), Succeeds());
  EXPECT_THAT(actor.Pwrite("b", 0, "2"), Succeeds());
  EXPECT_THAT(actor.Pwrite("a", 0, "3"), Succeeds());
  EXPECT_THAT(actor.Append(kTarget, "4"), Succeeds());
  EXPECT_THAT(actor.Pwrite("b", 0, "5"), Succeeds());
}

void ExpectAppended(Scene& scene, Origin origin, When when) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        AppendInTurn(actor);
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Read(kTarget), Yields(std::string(kTargetContent) + "12345"));
      });
}

COWBELL_CASE(COW_008, AppendsToImageFileGoToTheEnd) {
  ExpectAppended(scene, Origin::kImage, When::kLive);
}
COWBELL_CASE(COW_008, AppendsToImageFileGoToTheEndAfterRestart) {
  ExpectAppended(scene, Origin::kImage, When::kRestarted);
}
COWBELL_CASE(COW_008, AppendsToFileOfTwoLayersGoToTheEnd) {
  ExpectAppended(scene, Origin::kTwoLayers, When::kLive);
}
COWBELL_CASE(COW_008, AppendsToCopiedUpFileGoToTheEnd) {
  ExpectAppended(scene, Origin::kCopiedUp, When::kLive);
}
COWBELL_CASE(COW_008, AppendsToCreatedFileGoToTheEnd) {
  ExpectAppended(scene, Origin::kCreated, When::kRestarted);
}

COWBELL_CASE(COW_008, WritersAtOnceLoseNothing) {
  constexpr int kFiles = 60;
  Layer layer = Layer().Dir("t/");
  for (int i = 0; i < kFiles; ++i)
    layer.File("t/f" + std::to_string(i), "old");
  Actor actor = scene.Start(scene.Create(scene.MakeImage({layer})));

  EXPECT_THAT(actor.Do("appenders", {"4", "1", "/t", std::to_string(kFiles), "0"}), Succeeds());

  for (int i = 0; i < kFiles; ++i) {
    std::string content = Require(actor.Read("/t/f" + std::to_string(i)));
    std::sort(content.begin() + static_cast<long>(std::min<size_t>(3, content.size())),
              content.end());
    EXPECT_EQ(content, "oldABCD") << "f" << i << ", the appended bytes sorted";
  }
  actor.Finish();
}

void ExpectOpenChangesNothing(Scene& scene, Origin origin, When when, const std::string& flags) {
  Container& container = scene.Create(scene.MakeImage(LayersFor(origin)));
  std::string before;

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        Prepare(actor, origin);
        before = Require(StatTextOf(actor, kTarget));
        EXPECT_THAT(actor.Open("f", kTarget, flags), Succeeds());
        EXPECT_THAT(actor.Close("f"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(StatTextOf(actor, kTarget), Yields(before));
        EXPECT_THAT(actor.Read(kTarget), Yields(std::string(kTargetContent)));
      });
}

COWBELL_CASE(COW_009, OpenLeavesImageFileAlone) {
  ExpectOpenChangesNothing(scene, Origin::kImage, When::kLive, "rdwr");
}
COWBELL_CASE(COW_009, OpenLeavesImageFileAloneAfterRestart) {
  ExpectOpenChangesNothing(scene, Origin::kImage, When::kRestarted, "rdwr");
}
COWBELL_CASE(COW_009, OpenForAppendLeavesImageFileAlone) {
  ExpectOpenChangesNothing(scene, Origin::kImage, When::kLive, "wronly,append");
}
COWBELL_CASE(COW_009, OpenLeavesFileOfTwoLayersAlone) {
  ExpectOpenChangesNothing(scene, Origin::kTwoLayers, When::kLive, "rdwr");
}
COWBELL_CASE(COW_009, OpenLeavesCopiedUpFileAlone) {
  ExpectOpenChangesNothing(scene, Origin::kCopiedUp, When::kLive, "rdwr");
}
COWBELL_CASE(COW_009, OpenLeavesCreatedFileAlone) {
  ExpectOpenChangesNothing(scene, Origin::kCreated, When::kRestarted, "rdwr");
}

constexpr uint64_t kUser = 1000;

// Of root, for others to read only.
std::vector<Layer> ForbiddenFile() {
  return {Layer().Dir("t/").File("t/foo", kTargetContent).Mode(0644).Xattr("user.cowbell", "x")};
}

struct Denied {
  const char* operation;
  std::vector<std::string> args;
};

const std::vector<Denied>& DeniedOperations() {
  static const std::vector<Denied> operations = {
      {"open", {"f", kTarget, "wronly", "0"}},
      {"open", {"f", kTarget, "rdwr", "0"}},
      {"open", {"f", kTarget, "wronly,trunc", "0"}},
      {"open", {"f", kTarget, "rdonly,trunc", "0"}},
      {"append", {kTarget, "x"}},
      {"truncate", {kTarget, "1"}},
      {"utimens", {kTarget, "1", "2", "3", "4"}},
      {"chmod", {kTarget, "0666"}},
      {"chown", {kTarget, "1000", "1000"}},
      {"setxattr", {kTarget, "user.cowbell", "y"}},
      {"removexattr", {kTarget, "user.cowbell"}},
      {"unlink", {kTarget}},
      {"rename", {kTarget, "/t/bar"}},
      {"create", {"/t/new", "x", "0644"}},
      {"mkdir", {"/t/new", "0755"}},
  };
  return operations;
}

void TryAllDenied(Actor& actor) {
  for (const Denied& denied : DeniedOperations()) {
    const auto reply = actor.DoAs(kUser, kUser, denied.operation, denied.args);
    EXPECT_THAT(reply, ::testing::AnyOf(FailsWith(EACCES), FailsWith(EPERM)))
        << denied.operation << " by an ordinary user";
  }
}

COWBELL_CASE(COW_022, DeniedOperationsChangeNothing) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(ForbiddenFile())));
  const Tree before = Require(SeenPart(actor, "/t"));

  TryAllDenied(actor);

  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(before)));
  actor.Finish();
}

COWBELL_CASE(COW_022, DeniedOperationsCopyNothing) {
  Container& container = scene.Create(scene.MakeImage(ForbiddenFile()));
  const std::string copy = InUpper(scene, container, "/t");
  Actor actor = scene.Start(container);

  TryAllDenied(actor);

  EXPECT_FALSE(Exists(copy)) << copy;
  EXPECT_THAT(actor.Append(kTarget, "er"), Succeeds()) << "by root";
  EXPECT_THAT(actor.Read(kTarget), Yields(std::string("older")));
  EXPECT_TRUE(Exists(copy)) << "the write of root is not where denied ones were looked for";
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
