// COW-107 … COW-113: directories that are read piece by piece, and while they change.

#include <algorithm>
#include <map>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

// Small enough that a directory takes many calls.
constexpr char kBuffer[] = "512";

struct Pass {
  std::vector<std::string> names;
  std::string types;  // one letter per name, 'u' where the file system does not say
};

// From the descriptor's position to the end.
Pass ReadOn(Actor& actor, const std::string& fd) {
  Pass pass;
  while (true) {
    const auto reply = Require(actor.Do("getdents", {fd, kBuffer}));
    if (reply.Get("end") == "1") return pass;
    pass.types += reply.Get("types");
    for (const std::string& name : Split(reply.Get("names"), '/')) {
      if (!name.empty()) pass.names.push_back(name);
    }
  }
}

NameList Sorted(NameList names) {
  std::sort(names.begin(), names.end());
  return names;
}

// "prefix0" … in /t/d.
Layer Numbered(const std::string& prefix, int count) {
  Layer layer = Layer().Dir("t/").Dir("t/d/");
  for (int i = 0; i < count; ++i)
    layer.File("t/d/" + prefix + std::to_string(i), "x");
  return layer;
}

NameList NumberedNames(const std::string& prefix, int count) {
  NameList names;
  for (int i = 0; i < count; ++i)
    names.push_back(prefix + std::to_string(i));
  return names;
}

constexpr int kMany = 5000;

void ExpectSweptClean(Scene& scene, When when) {
  Container& container =
      scene.Create(scene.MakeImage({Numbered("lower", kMany / 2), Numbered("upper", kMany / 2)}));

  ChangeThenJudge(
      scene, container, when,
      [](Actor& actor) {
        Require(actor.Do("fill", {"/t/d", "50", "new", "1"}));
        const auto swept = Require(actor.Do("sweep", {"/t/d", kBuffer}));
        EXPECT_EQ(swept.Get("removed"), std::to_string(kMany + 50));
        EXPECT_THAT(actor.List("/t/d"), ListsExactly(NameList{}));
        EXPECT_THAT(actor.Rmdir("/t/d"), Succeeds());
      },
      [](Actor& actor) { EXPECT_THAT(actor.Lstat("/t/d"), FailsWith(ENOENT)); });
}

COWBELL_CASE(COW_107, OnePassRemovesEverything) { ExpectSweptClean(scene, When::kLive); }
COWBELL_CASE(COW_107, OnePassRemovesEverythingForGood) {
  ExpectSweptClean(scene, When::kRestarted);
}

void ExpectRewindShowsChanges(Scene& scene, const std::vector<Layer>& layers) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(layers)));
  const NameList before = Require(actor.Names("/t/d"));
  Require(actor.Open("d", "/t/d", "directory"));
  EXPECT_EQ(Sorted(ReadOn(actor, "d").names), before);

  Require(actor.CreateFile("/t/d/created", "new"));
  Require(actor.Unlink("/t/d/lower0"));
  Require(actor.Rename("/t/d/lower1", "/t/d/renamed"));
  Require(actor.Do("seek", {"d", "0"}));

  NameList expected = before;
  std::erase(expected, "lower0");
  std::replace(expected.begin(), expected.end(), std::string("lower1"), std::string("renamed"));
  expected.push_back("created");
  EXPECT_EQ(Sorted(ReadOn(actor, "d").names), Sorted(expected));
  actor.Finish();
}

COWBELL_CASE(COW_108, RewoundImageDirectoryShowsChanges) {
  ExpectRewindShowsChanges(scene, {Numbered("lower", 60)});
}
COWBELL_CASE(COW_108, RewoundMergedDirectoryShowsChanges) {
  ExpectRewindShowsChanges(scene, {Numbered("lower", 60), Numbered("upper", 60)});
}

void ExpectResumes(Scene& scene, const std::vector<Layer>& layers, const NameList& names) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(layers)));
  Require(actor.Open("d", "/t/d", "directory"));
  const auto first = Require(actor.Do("getdents", {"d", kBuffer}));
  const NameList rest = ReadOn(actor, "d").names;
  Require(actor.Do("seek", {"d", first.Get("offset")}));

  EXPECT_EQ(ReadOn(actor, "d").names, rest);
  NameList all = Split(first.Get("names"), '/');
  all.insert(all.end(), rest.begin(), rest.end());
  EXPECT_EQ(Sorted(all), Sorted(names));
  actor.Finish();
}

COWBELL_CASE(COW_109, ImageDirectoryResumesAtItsPosition) {
  ExpectResumes(scene, {Numbered("lower", 100)}, NumberedNames("lower", 100));
}
COWBELL_CASE(COW_109, MergedDirectoryResumesAtItsPosition) {
  NameList names = NumberedNames("lower", 60);
  const NameList upper = NumberedNames("upper", 60);
  names.insert(names.end(), upper.begin(), upper.end());
  ExpectResumes(scene, {Numbered("lower", 60), Numbered("upper", 60)}, names);
}

std::vector<Layer> AllTypes() {
  return {Layer()
              .Dir("t/")
              .Dir("t/d/")
              .File("t/d/lower-f", "f")
              .Dir("t/d/lower-d/")
              .Symlink("t/d/lower-l", "lower-f")
              .Fifo("t/d/lower-p")
              .CharDevice("t/d/lower-c", 1, 3)
              .BlockDevice("t/d/lower-b", 7, 200)
              .File("t/d/deleted", "old")
              .Dir("t/d/deleted-dir/")
              .File("t/d/copied-f", "f")};
}

void MakeOneOfEachType(Actor& actor) {
  Require(actor.CreateFile("/t/d/upper-f", "f"));
  Require(actor.Mkdir("/t/d/upper-d"));
  Require(actor.Symlink("upper-f", "/t/d/upper-l"));
  Require(actor.Mknod("/t/d/upper-p", 'p', 0600));
  Require(actor.Mknod("/t/d/upper-s", 's', 0600));
  Require(actor.Append("/t/d/copied-f", "!"));
  Require(actor.Unlink("/t/d/deleted"));
  Require(actor.Rmdir("/t/d/deleted-dir"));
}

// A name of this case ends in the letter of its type.
void ExpectTypesInListing(Actor& actor) {
  Require(actor.Open("d", "/t/d", "directory"));
  const Pass pass = ReadOn(actor, "d");
  ASSERT_EQ(pass.types.size(), pass.names.size());
  for (size_t i = 0; i < pass.names.size(); ++i) {
    EXPECT_THAT(pass.types[i], ::testing::AnyOf('u', pass.names[i].back())) << pass.names[i];
  }
  EXPECT_EQ(Sorted(pass.names),
            Sorted({"copied-f", "lower-b", "lower-c", "lower-d", "lower-f", "lower-l", "lower-p",
                    "upper-d", "upper-f", "upper-l", "upper-p", "upper-s"}));
}

COWBELL_CASE(COW_110, ListingSaysTheTypes) {
  ChangeThenJudge(scene, scene.Create(scene.MakeImage(AllTypes())), When::kLive, MakeOneOfEachType,
                  ExpectTypesInListing);
}
COWBELL_CASE(COW_110, ListingSaysTheTypesAfterRestart) {
  ChangeThenJudge(scene, scene.Create(scene.MakeImage(AllTypes())), When::kRestarted,
                  MakeOneOfEachType, ExpectTypesInListing);
}

std::vector<Layer> SmallMergedDirectory() { return {Numbered("lower", 50), Numbered("upper", 50)}; }

void ExpectNothingBad(Actor& actor, const std::string& operation, std::vector<std::string> args) {
  const auto reply = Require(actor.Do(operation, std::move(args)));
  EXPECT_EQ(reply.Get("bad"), "0") << reply.Get("first");
}

COWBELL_CASE(COW_111, OwnChangesAreSeenAtOnce) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(SmallMergedDirectory())));
  ExpectNothingBad(actor, "ownchanges", {"/t/d", "1000"});
  actor.Finish();
}

COWBELL_CASE(COW_112, StableNamesAreListedWhileOthersChange) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(SmallMergedDirectory())));
  ExpectNothingBad(actor, "crowd", {"/t/d", "1000", "4"});
  EXPECT_THAT(actor.Names("/t/d"), Yields(::testing::SizeIs(100)));
  actor.Finish();
}

std::vector<Layer> DeepTree() {
  return {Layer()
              .Dir("t/")
              .Dir("t/a/")
              .Dir("t/a/b/")
              .File("t/a/b/f", "f")
              .Dir("t/a/c/")
              .Dir("t/a/c/d/")
              .File("t/a/c/d/g", "g"),
          Layer().Dir("t/").Dir("t/a/").Dir("t/a/e/").File("t/a/e/h", "h")};
}

// The directories of a tree, each with the number of its subdirectories.
std::map<std::string, uint64_t> Subdirectories(const Tree& tree) {
  std::map<std::string, uint64_t> counts;
  for (const auto& [path, node] : tree) {
    if (node.type != 'd') continue;
    counts[path];
    const auto parent = counts.find(path.substr(0, path.rfind('/')));
    if (parent != counts.end()) ++parent->second;
  }
  return counts;
}

// Tools take 1 for "not known", and any other count for two more than there are subdirectories.
COWBELL_CASE(COW_113, LinkCountOfDirectoriesIsOneOrTwoMore) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(DeepTree())));
  Require(actor.Mkdir("/t/a/b/made"));
  const Tree tree = Require(SeenPart(actor, "/t"));

  bool ones = false;
  for (const auto& [path, count] : Subdirectories(tree)) {
    const uint64_t links = Require(actor.Lstat(path)).nlink;
    EXPECT_THAT(links, ::testing::AnyOf(1U, 2 + count)) << path;
    ones = ones || links == 1;
  }
  scene.Outcome("directory.nlink", ones ? "one" : "counted");
  EXPECT_EQ(Subdirectories(tree).size(), 7U);
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
