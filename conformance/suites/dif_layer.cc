// DIF-043…050, 055, 056: the layer that a commit makes, entry by entry.

#include <algorithm>
#include <set>

#include "conformance/suites/changes.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/commits.h"
#include "conformance/suites/trees.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::UnorderedElementsAreArray;

using Members = std::vector<TarMember>;

constexpr char kOpaque[] = ".wh..wh..opq";

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string ParentOf(const std::string& path) {
  return path.rfind('/') == 0 ? "/" : path.substr(0, path.rfind('/'));
}

// The image below, what the container became, and the layer that was made of the difference.
struct Committed {
  Tree below;
  Tree changed;
  Members layer;
};

Committed CommitRoundTrip(Scene& scene) {
  Image& image = scene.MakeImage(RoundTripLayers());
  Container& container = scene.Create(image, DeviceMaker(scene));
  Actor actor = scene.Start(container);
  Committed committed;
  committed.below = Require(actor.ReadTree("/"));
  ChangeForRoundTrip(actor);
  committed.changed = Require(actor.ReadTree("/"));
  actor.Finish();
  committed.layer = TopLayer(scene, Commit(scene, container));
  return committed;
}

// The engine's own files, and what this engine commits of them (choice commit.enginefiles).
COWBELL_CASE(DIF_043, NothingOfTheEnginesOwn) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/new", "x"));
  actor.Finish();
  std::set<std::string> own(scene.profile().managed_paths.begin(),
                            scene.profile().managed_paths.end());
  const auto& choices = scene.profile().choices;
  if (const auto choice = choices.find("commit.enginefiles"); choice != choices.end()) {
    for (const std::string& path : Split(choice->second, ','))
      own.erase("/" + path);
  }

  for (const TarMember& member : TopLayer(scene, Commit(scene, container))) {
    // Directories that hold mount points may be there, empty.
    if (member.type == '5') continue;
    const std::string path = PathOfMember(member.name);
    EXPECT_FALSE(own.contains(path)) << path;
    for (const std::string& other : own)
      EXPECT_FALSE(path.starts_with(other + "/")) << path;
  }
}

COWBELL_CASE(DIF_044, NoLayerOrAnEmptyOne) {
  const Layer layer = Layer().Dir("t/").File("t/foo", "x");
  Container& container = scene.Create(scene.MakeImage({layer}));
  Actor actor = scene.Start(container);
  actor.Finish();
  const std::string ref = Commit(scene, container);

  EXPECT_THAT(Portable(Part(WholeTreeOfImage(scene, ref), "/t")),
              IsTree(Portable(ModelPart({layer}, "/t"))));
  const SavedImage saved = Save(scene, ref);

  constexpr size_t kOfTheImage = 2;  // with the probe's
  ASSERT_THAT(saved.layers.size(), AnyOf(kOfTheImage, kOfTheImage + 1));
  scene.Outcome("commit.empty", saved.layers.size() == kOfTheImage ? "no-layer" : "empty-layer");
  if (saved.layers.size() == kOfTheImage) return;
  for (const TarMember& member : Require(ReadTar(saved.layers.back()))) {
    EXPECT_FALSE(PathOfMember(member.name).starts_with("/t")) << member.name;
  }
}

COWBELL_CASE(DIF_045, SizeIsBoundedByTheChanges) {
  constexpr size_t kMiB = 1 << 20;
  Layer layer = Layer().Dir("t/").File("t/small", "x").Dir("t/big/");
  for (int i = 0; i < 16; ++i)
    layer.File("t/big/" + std::to_string(i), std::string(kMiB, static_cast<char>('a' + i)));
  Container& container = scene.Create(scene.MakeImage({layer}));
  Actor actor = scene.Start(container);
  Require(actor.Append("/t/small", "more"));
  Require(actor.CreateFile("/t/big/new", "x"));
  Require(actor.Unlink("/t/big/3"));
  Require(actor.Chmod("/t/big", 0700));
  actor.Finish();

  const SavedImage saved = Save(scene, Commit(scene, container));

  EXPECT_THAT(saved.layers.back().size(), Lt(kMiB));
  EXPECT_THAT(PathsOf(Require(ReadTar(saved.layers.back()))), Contains("/t/small"));
}

COWBELL_CASE(DIF_047, NothingPrivateAndNothingTwice) {
  const Committed committed = CommitRoundTrip(scene);
  std::set<std::string> seen;
  for (const TarMember& member : committed.layer) {
    const std::string path = PathOfMember(member.name);
    EXPECT_TRUE(seen.insert(path).second) << "twice: " << path;
    EXPECT_TRUE(!NameOf(path).starts_with(".wh..wh.") || NameOf(path) == kOpaque) << path;
    for (const auto& [name, value] : XattrsOfMember(member)) {
      EXPECT_EQ(name.find("overlay"), std::string::npos) << path << " has " << name;
      EXPECT_FALSE(name.starts_with("trusted.") || name.starts_with("user.containers."))
          << path << " has " << name;
    }
  }
  EXPECT_THAT(seen, Contains("/t/.wh.unlink")) << "the layer of another container";
}

COWBELL_CASE(DIF_048, WhiteoutsAreEmptyFilesForWhatIsBelow) {
  const Committed committed = CommitRoundTrip(scene);
  int whiteouts = 0;
  for (const TarMember& member : committed.layer) {
    const std::string path = PathOfMember(member.name);
    const std::string hidden = WhitedOut(path);
    if (hidden.empty()) continue;
    ++whiteouts;
    EXPECT_EQ(member.type, '0') << path;
    EXPECT_EQ(member.content, "") << path;
    EXPECT_EQ(member.link, "") << path;
    EXPECT_TRUE(committed.below.contains(NameOf(path) == kOpaque ? ParentOf(path) : hidden))
        << path;
  }
  EXPECT_GT(whiteouts, 0);
}

COWBELL_CASE(DIF_049, WhiteoutsComeBeforeTheirSiblings) {
  std::set<std::string> with_entries;
  for (const TarMember& member : CommitRoundTrip(scene).layer) {
    const std::string path = PathOfMember(member.name);
    if (WhitedOut(path).empty()) {
      with_entries.insert(ParentOf(path));
    } else {
      EXPECT_FALSE(with_entries.contains(ParentOf(path))) << path << " comes after a sibling";
    }
  }
}

COWBELL_CASE(DIF_049, WhiteoutsAreExplicit) {
  for (const TarMember& member : CommitRoundTrip(scene).layer) {
    EXPECT_NE(NameOf(PathOfMember(member.name)), kOpaque) << member.name;
  }
}

// Each before what it holds.
COWBELL_CASE(DIF_050, ParentsOfEveryEntry) {
  const Committed committed = CommitRoundTrip(scene);
  std::set<std::string> seen = {"/"};
  for (const TarMember& member : committed.layer) {
    const std::string path = PathOfMember(member.name);
    EXPECT_TRUE(seen.contains(ParentOf(path))) << path << " comes without its parent";
    seen.insert(path);
  }
  EXPECT_THAT(seen, Contains("/r/setuid"));
}

COWBELL_CASE(DIF_050, ParentsHaveTheirRealAttributes) {
  const auto odd = [](Layer& layer, const char* name) -> Layer& {
    return layer.Dir(name).Mode(0700).Owner(5, 6);
  };
  Layer layer = Layer().Dir("t/");
  for (const char* name : {"t/a/", "t/a/b/", "t/a/b/c/"})
    odd(layer, name);
  layer.File("t/a/b/c/gone", "x");
  Container& container = scene.Create(scene.MakeImage({layer}));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/a/b/c/new", "x"));
  Require(actor.Unlink("/t/a/b/c/gone"));
  actor.Finish();

  int found = 0;
  for (const TarMember& member : TopLayer(scene, Commit(scene, container))) {
    const std::string path = PathOfMember(member.name);
    if (path != "/t/a" && path != "/t/a/b" && path != "/t/a/b/c") continue;
    ++found;
    EXPECT_EQ(member.type, '5') << path;
    EXPECT_EQ(member.mode, 0700U) << path;
    EXPECT_EQ(member.uid, 5U) << path;
    EXPECT_EQ(member.gid, 6U) << path;
    EXPECT_EQ(member.mtime.seconds == kFixtureTime.seconds, path != "/t/a/b/c") << path;
  }
  EXPECT_EQ(found, 3);
}

COWBELL_CASE(DIF_055, TwoCommitsOfAStoppedContainer) {
  Container& container = scene.Create(scene.MakeImage(RoundTripLayers()), DeviceMaker(scene));
  Actor actor = scene.Start(container);
  ChangeForRoundTrip(actor);
  actor.Finish();

  const SavedImage first = Save(scene, Commit(scene, container));
  const SavedImage second = Save(scene, Commit(scene, container));

  EXPECT_EQ(first.diff_ids.back(), second.diff_ids.back());
}

// As `diff` writes it: what a whiteout hides is deleted, and so are the children of the image that
// a directory made anew has not.
COWBELL_CASE(DIF_056, PathsAreThoseOfDiff) {
  Container& container = scene.Create(scene.MakeImage({Layer()
                                                           .Dir("t/")
                                                           .File("t/bar", "old")
                                                           .File("t/same", "AAAA")
                                                           .Symlink("t/pointer", "aaa")
                                                           .File("t/del", "x")
                                                           .File("t/from", "x")
                                                           .Dir("t/gone/")
                                                           .File("t/gone/x", "x")
                                                           .Dir("t/dir/")
                                                           .File("t/dir/chmod", "x")}));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/add", "x"));
  Require(actor.Write("/t/bar", "changed"));
  Require(actor.Write("/t/same", "BBBB"));
  Require(actor.SetTimes("/t/same", kFixtureTime, kFixtureTime));
  Require(actor.Unlink("/t/pointer"));
  Require(actor.Symlink("bbb", "/t/pointer"));
  Require(actor.SetTimes("/t/pointer", kFixtureTime, kFixtureTime));
  Require(actor.Unlink("/t/del"));
  Require(actor.RemoveTree("/t/gone"));
  Require(actor.Rename("/t/from", "/t/to"));
  Require(actor.Chmod("/t/dir/chmod", 0600));
  actor.Finish();

  std::vector<std::string> present;
  std::vector<std::string> deleted;
  for (const std::string& path : PathsOf(TopLayer(scene, Commit(scene, container)))) {
    const std::string hidden = WhitedOut(path);
    if (!path.starts_with("/t/")) continue;
    (hidden.empty() ? present : deleted).push_back(hidden.empty() ? path : hidden);
  }
  std::vector<std::string> shown_present;
  std::vector<std::string> shown_deleted;
  for (const std::string& line : ChangesBelow(scene, container))
    (line[0] == 'D' ? shown_deleted : shown_present).push_back(line.substr(2));
  EXPECT_THAT(present, UnorderedElementsAreArray(shown_present));
  EXPECT_THAT(deleted, UnorderedElementsAreArray(shown_deleted));
}

}  // namespace
}  // namespace cowbell::conformance
