// Siblings at the same time: each has its own result.

#include <memory>

#include "conformance/suites/bulk.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/mutations.h"
#include "conformance/suites/together.h"
#include "runtime/base/sha256.h"

namespace cowbell::conformance {
namespace {

constexpr size_t kSiblings = 8;
constexpr int kRewrites = 200;

std::vector<Actor> StartSiblings(Scene& scene, Image& image, size_t count) {
  std::vector<Actor> actors;
  for (size_t i = 0; i < count; ++i)
    actors.push_back(scene.Start(scene.Create(image)));
  return actors;
}

// What container `i` has written last; no two are of one length.
std::string Pattern(size_t i, int round) {
  return std::string(i + 1, static_cast<char>('a' + i)) + std::to_string(round);
}

COWBELL_CASE(ISO_003, EachReadsItsOwnLastRewrite) {
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/shared", "image")});
  std::vector<Actor> actors = StartSiblings(scene, image, kSiblings);
  std::vector<std::string> strange(kSiblings);  // the first content that was not the own one

  Together(kSiblings, [&](size_t i) {
    for (int round = 0; round < kRewrites; ++round) {
      Require(actors[i].Write("/t/shared", Pattern(i, round)));
      const std::string seen = Require(actors[i].Read("/t/shared"));
      if (seen != Pattern(i, round) && strange[i].empty()) strange[i] = seen;
    }
  });

  for (size_t i = 0; i < kSiblings; ++i) {
    EXPECT_EQ(strange[i], "") << "container " << i + 1 << " read this after a write of its own";
    EXPECT_THAT(actors[i].Read("/t/shared"), Yields(Pattern(i, kRewrites - 1)));
    actors[i].Finish();
  }
}

// One open, one copy of the file, and then writes in place.
COWBELL_CASE(ISO_003, EachKeepsItsOwnWritesInPlace) {
  const std::string old(64 * 1024, 'i');
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/shared", old)});
  std::vector<Actor> actors = StartSiblings(scene, image, kSiblings);

  Together(kSiblings, [&](size_t i) {
    Require(actors[i].Open("own", "/t/shared", "rdwr"));
    for (int round = 0; round < kRewrites; ++round)
      Require(actors[i].Pwrite("own", 100, Pattern(i, round)));
    Require(actors[i].Close("own"));
  });

  for (size_t i = 0; i < kSiblings; ++i) {
    SCOPED_TRACE("container " + std::to_string(i + 1));
    const std::string last = Pattern(i, kRewrites - 1);
    std::string expected = old;
    expected.replace(100, last.size(), last);
    EXPECT_EQ(Sha256Hex(Require(actors[i].Read("/t/shared"))), Sha256Hex(expected));
    actors[i].Finish();
  }
}

// Looks at everything, then changes everything.
COWBELL_CASE(ISO_004, ContainersStartedInParallelSeeTheImage) {
  constexpr size_t kParallel = 20;
  Image& image = scene.MakeImage({MutableLayer()});
  Actor reference = scene.Start(scene.Create(image));
  const Tree pristine = ReadUnmanaged(scene, reference);
  reference.Finish();
  ASSERT_TRUE(pristine.contains("/t/keep")) << "the tree read is not that of the image";
  std::vector<Tree> seen(kParallel);

  Together(kParallel, [&](size_t i) {
    const std::unique_ptr<Container> container = Require(scene.subject().Create(image, {}));
    Actor actor(Require(container->Start()), "container " + std::to_string(i + 1));
    actor.LeaveOut(scene.profile().managed_paths);
    seen[i] = ReadUnmanaged(scene, actor);
    MutateAll(actor);
    actor.Finish();
    Require(container->Remove());
  });

  for (size_t i = 0; i < kParallel; ++i) {
    EXPECT_THAT(seen[i], IsTree(pristine)) << "container " << i + 1 << " of " << kParallel;
  }
}

// Large enough that one copy is still being made when the other begins.
COWBELL_CASE(ISO_013, BothCopyUpOneFileAtTheSameTime) {
  constexpr uint64_t kBytes = 16 * kMiB;
  const std::string old = UniqueBytes(kBytes);
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/big", old)});
  std::vector<Actor> actors = StartSiblings(scene, image, 2);

  Together(2, [&](size_t i) { Require(actors[i].Append("/t/big", i == 0 ? "A" : "B")); });

  EXPECT_EQ(HashOf(actors[0], "/t/big"), Sha256Hex(old + "A"));
  EXPECT_EQ(HashOf(actors[1], "/t/big"), Sha256Hex(old + "B"));
  for (Actor& actor : actors)
    actor.Finish();
  Actor newcomer = scene.Start(scene.Create(image));
  EXPECT_EQ(HashOf(newcomer, "/t/big"), Sha256Hex(old));
  newcomer.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
