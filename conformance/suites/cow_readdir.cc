// COW-106: a large directory that two layers make up together.

#include <cstdio>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

constexpr int kLower = 3000;
constexpr int kAdded = 500;

// As the probe's `fill` and `bulk` number their files.
std::string Name(const std::string& prefix, int number) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%05d", number);
  return prefix + digits;
}

// The even ones in the lower layer, the odd ones in the upper one.
std::vector<Layer> LargeDirectoryOfTwoLayers() {
  std::vector<Layer> layers(2);
  for (Layer& layer : layers)
    layer.Dir("t/").Dir("t/dir/");
  for (int i = 0; i < kLower; ++i)
    layers[i % 2 == 0 ? 0 : 1].File("t/dir/" + Name("lower", i), "x");
  return layers;
}

std::vector<Layer> LargeDirectory() {
  Layer layer = Layer().Dir("t/").Dir("t/dir/");
  for (int i = 0; i < kLower; ++i)
    layer.File("t/dir/" + Name("lower", i), "x");
  return {layer};
}

// One operation on every third file of the image.
void Bulk(Actor& actor, const std::string& operation, int first, std::vector<std::string> args) {
  args.insert(args.begin(),
              {"/t/dir", "lower", std::to_string(first), "3", std::to_string(kLower), operation});
  const auto reply = Require(actor.Do("bulk", std::move(args)));
  EXPECT_EQ(reply.error, 0) << operation << ": " << reply.call << ": " << ErrnoName(reply.error);
}

// Deletes every third name, copies up every third and adds new ones.
void DeleteCopyUpAndAdd(Actor& actor) {
  Bulk(actor, "unlink", 0, {});
  Bulk(actor, "append", 1, {"y"});
  const auto reply = Require(actor.Do("fill", {"/t/dir", std::to_string(kAdded), "added", "1"}));
  EXPECT_EQ(reply.error, 0) << "fill: " << reply.call << ": " << ErrnoName(reply.error);
}

NameList NamesAfterwards() {
  NameList names;
  for (int i = 0; i < kLower; ++i) {
    if (i % 3 != 0) names.push_back(Name("lower", i));
  }
  for (int i = 0; i < kAdded; ++i)
    names.push_back(Name("added", i));
  return names;
}

void ExpectEveryNameOnce(Scene& scene, const std::vector<Layer>& layers, When when) {
  Container& container = scene.Create(scene.MakeImage(layers));

  ChangeThenJudge(scene, container, when, DeleteCopyUpAndAdd, [&](Actor& actor) {
    EXPECT_THAT(actor.List("/t/dir"), ListsExactly(NamesAfterwards()));
  });
}

COWBELL_CASE(COW_106, EveryNameIsListedOnceAtOnce) {
  ExpectEveryNameOnce(scene, LargeDirectory(), When::kLive);
}
COWBELL_CASE(COW_106, EveryNameIsListedOnceAfterRestart) {
  ExpectEveryNameOnce(scene, LargeDirectory(), When::kRestarted);
}
COWBELL_CASE(COW_106, EveryNameOfTwoLayersIsListedOnceAtOnce) {
  ExpectEveryNameOnce(scene, LargeDirectoryOfTwoLayers(), When::kLive);
}
COWBELL_CASE(COW_106, EveryNameOfTwoLayersIsListedOnceAfterRestart) {
  ExpectEveryNameOnce(scene, LargeDirectoryOfTwoLayers(), When::kRestarted);
}

}  // namespace
}  // namespace cowbell::conformance
