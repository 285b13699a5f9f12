// DIF-038, 042, 046, 051…054: mounts, bulk, and commits of containers that are busy.

#include <future>
#include <map>

#include "conformance/suites/commands.h"
#include "conformance/suites/commits.h"
#include "conformance/suites/store_paths.h"
#include "conformance/suites/trees.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Lt;

constexpr uint64_t kMiB = uint64_t{1} << 20;

COWBELL_CASE(DIF_038, SparseFileOfOneGibibyte) {
  if (!scene.profile().always_private) {
    scene.SkipNotApplicable("a dense copy would fill a store that others use");
  }
  constexpr uint64_t kSize = 1024 * kMiB;
  constexpr uint64_t kAt = 512 * kMiB;
  const std::string block(4096, 'd');
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/keep", "x")}));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/sparse", ""));
  Require(actor.Open("fd", "/t/sparse", "wronly"));
  Require(actor.Pwrite("fd", kAt, block));
  Require(actor.Close("fd"));
  Require(actor.Truncate("/t/sparse", kSize));
  actor.Finish();
  const OwnPaths own = cowbell::conformance::PathsOf(scene, container);
  const uint64_t before = Require(DiskUsage(own.store));

  const std::string ref = Commit(scene, container);

  EXPECT_THAT(Require(DiskUsage(own.store)), Lt(before + 64 * kMiB)) << "bytes in the store";
  actor = scene.Start(CreateFrom(scene, ref));
  EXPECT_THAT(actor.Lstat("/t/sparse"), Yields(Field("size", &FileStat::size, kSize)));
  Require(actor.Open("fd", "/t/sparse", "rdonly"));
  EXPECT_THAT(actor.Pread("fd", kAt, 4096), Yields(block));
  for (const uint64_t hole : {uint64_t{0}, kAt - 4096, kAt + 4096, kSize - 4096}) {
    EXPECT_THAT(actor.Pread("fd", hole, 4096), Yields(std::string(4096, '\0'))) << hole;
  }
  actor.Finish();
}

// What the mounts hide is the image's and stays so; what is written into them is nowhere.
void ExpectMountsNotCommitted(Scene& scene, const std::vector<std::string>& flags) {
  const Layer layer =
      Layer().Dir("t/").Dir("mnt/").Dir("mnt/empty/").Dir("mnt/full/").File("mnt/full/hidden", "x");
  ContainerSpec spec;
  spec.flags = flags;
  Container& container = scene.Create(scene.MakeImage({layer}), spec);
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/mnt/empty/written", "x"));
  Require(actor.CreateFile("/mnt/full/written", "x"));
  Require(actor.CreateFile("/t/written", "x"));

  const std::string of_running = Commit(scene, container);
  actor.Finish();
  const std::string of_stopped = Commit(scene, container);

  for (const std::string& ref : {of_running, of_stopped}) {
    actor = scene.Start(CreateFrom(scene, ref));
    EXPECT_THAT(actor.Names("/mnt/empty"), Yields(IsEmpty())) << ref;
    EXPECT_THAT(actor.Names("/mnt/full"), Yields(ElementsAre("hidden"))) << ref;
    EXPECT_THAT(actor.Names("/t"), Yields(ElementsAre("written"))) << ref;
    actor.Finish();
  }
}

COWBELL_CASE(DIF_042, BindMounts) {
  const std::string a = scene.work_dir() + "/a";
  const std::string b = scene.work_dir() + "/b";
  Require(MakeDirs(a));
  Require(MakeDirs(b));
  ExpectMountsNotCommitted(scene, {"-v", a + ":/mnt/empty", "-v", b + ":/mnt/full"});
}

// A volume that holds something already: an empty one is filled with what it hides.
COWBELL_CASE(DIF_042, Tmpfs) {
  NeedCapability(scene, "tmpfs");
  ExpectMountsNotCommitted(scene, {"--tmpfs", "/mnt/empty", "--tmpfs", "/mnt/full"});
}

COWBELL_CASE(DIF_042, Volume) {
  NeedCapability(scene, "volume");
  const std::string a = scene.UniqueName("a");
  const std::string b = scene.UniqueName("b");
  scene.RemoveLater("volume", a);
  scene.RemoveLater("volume", b);
  ExpectMountsNotCommitted(scene, {"-v", a + ":/mnt/empty", "-v", b + ":/mnt/full"});
}

// A store whose mounts redirect directories keeps moved directories and changed owners as notes on
// what is below: the layer has to hold the things themselves.
COWBELL_CASE(DIF_046, MovedDirectoryAndOwnerOfABigFile) {
  const std::string big(4 * kMiB, 'b');
  const Layer layer = Layer()
                          .Dir("t/")
                          .Dir("t/dir/")
                          .File("t/dir/inside", "x")
                          .Dir("t/dir/sub/")
                          .File("t/dir/sub/deep", "y")
                          .File("t/big", big);
  Container& container = scene.Create(scene.MakeImage({layer}));
  Actor actor = scene.Start(container);
  const Status moved = actor.Rename("/t/dir", "/t/moved");
  if (!moved.has_value() && moved.error().errno_value() == EXDEV) {
    scene.SkipBlocked(
        "the engine mounts without redirect_dir: enable it in the engine, or with Y in "
        "/sys/module/overlay/parameters/redirect_dir and metacopy");
  }
  Require(moved);
  Require(actor.Chown("/t/big", 70123, 70124));
  const Tree changed = Portable(Require(actor.ReadTree("/t")));
  actor.Finish();

  const std::string ref = Commit(scene, container);

  EXPECT_THAT(Portable(Part(WholeTreeOfImage(scene, ref), "/t")), IsTree(changed));
  const ImageSpec elsewhere = Require(SpecOfSaved(Save(scene, ref)));
  EXPECT_THAT(Portable(ModelPart(elsewhere.layers, "/t")), IsTree(changed));
}

COWBELL_CASE(DIF_051, CreatedAndStopped) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/foo", "x")}));
  const std::string created = StateOf(scene, container.name());
  Commit(scene, container);
  EXPECT_EQ(StateOf(scene, container.name()), created);

  Actor actor = scene.Start(container);
  Require(actor.Write("/t/foo", "y"));
  actor.Finish();
  const std::string stopped = StateOf(scene, container.name());
  Commit(scene, container);
  EXPECT_EQ(StateOf(scene, container.name()), stopped);
}

COWBELL_CASE(DIF_051, RunningGoesOn) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/foo", "x")}));
  Actor actor = scene.Start(container);
  Require(actor.Write("/t/foo", "y"));
  const std::string running = StateOf(scene, container.name());
  for (int i = 0; i < 2; ++i) {
    Commit(scene, container);
    EXPECT_EQ(StateOf(scene, container.name()), running);
    EXPECT_THAT(actor.Read("/t/foo"), Yields(std::string("y")));
  }
  actor.Finish();
}

COWBELL_CASE(DIF_051, PausedStaysPaused) {
  NeedCapability(scene, "pause");
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/foo", "x")}));
  Actor actor = scene.Start(container);
  Require(actor.Write("/t/foo", "y"));
  scene.Must({"container", "pause", container.name()});
  const std::string paused = StateOf(scene, container.name());
  Commit(scene, container);
  EXPECT_EQ(StateOf(scene, container.name()), paused);
  EXPECT_EQ(StatusOf(scene, container.name()), "paused");
  scene.Must({"container", "unpause", container.name()});
  EXPECT_THAT(actor.Read("/t/foo"), Yields(std::string("y")));
  actor.Finish();
}

// One number in two files, the first never behind and at most one ahead. Whoever reads the files
// one after the other while they are written finds more; the bulk between them takes time to read.
COWBELL_CASE(DIF_052, TwoFilesWrittenInStep) {
  const std::string zero = "0000000000000000";
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/a", zero).File("t/z", zero)}));
  Actor actor = scene.Start(container);
  Require(actor.Do("fill", {"/t", "8", "m", std::to_string(kMiB)}));
  const auto started = Require(actor.Do("twins", {"/t/a", "/t/z"}));
  if (!started.ok()) throw SceneError("twins: " + started.call);
  std::vector<std::string> refs;
  for (int i = 0; i < 3; ++i)
    refs.push_back(Commit(scene, container));
  actor.Finish();

  for (const std::string& ref : refs) {
    actor = scene.Start(CreateFrom(scene, ref));
    const uint64_t first = std::stoull(Require(actor.Read("/t/a")));
    const uint64_t second = std::stoull(Require(actor.Read("/t/z")));
    EXPECT_GT(first, 0U);
    EXPECT_THAT(first, AnyOf(Eq(second), Eq(second + 1)));
    actor.Finish();
  }
}

constexpr int kFiles = 24;

// `words` and a forced removal of the container at the same time. True: the command succeeded.
bool RaceWithRemoval(Scene& scene, const Container& container,
                     const std::vector<std::string>& words) {
  auto racing = std::async(std::launch::async, [&] { return scene.engine().Call(words); });
  const CommandResult removed = scene.Run({"container", "rm", "--force", container.name()});
  const CommandResult raced = Require(racing.get());
  // A removal that lost says so, and works afterwards.
  if (!removed.status.ok()) {
    EXPECT_NE(removed.err, "");
    EXPECT_THAT(scene.Run({"container", "rm", "--force", container.name()}), ExitsWith(0));
  }
  if (!raced.status.ok()) {
    EXPECT_FALSE(raced.status.signalled) << raced.status.ToString();
    EXPECT_NE(raced.err, "") << ShellJoin(words);
  }
  return raced.status.ok();
}

Container& BulkyContainer(Scene& scene, Image& image) {
  Container& container = scene.Create(image);
  Actor actor = scene.Start(container);
  Require(actor.Do("fill", {"/t", std::to_string(kFiles), "file", std::to_string(kMiB / 4)}));
  actor.Finish();
  return container;
}

COWBELL_CASE(DIF_053, RemovalDuringCommit) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  for (int round = 0; round < 4; ++round) {
    Container& container = BulkyContainer(scene, image);
    const std::string ref = NewImageRef(scene, "raced");
    const bool committed =
        RaceWithRemoval(scene, container, {"container", "commit", container.name(), ref});
    EXPECT_EQ(ImageExists(scene, ref), committed);
    if (!ImageExists(scene, ref)) continue;
    Actor actor = scene.Start(CreateFrom(scene, ref));
    EXPECT_THAT(actor.Names("/t"), Yields(::testing::SizeIs(kFiles)));
    actor.Finish();
  }
  Actor actor = scene.Start(scene.Create(image));
  EXPECT_THAT(actor.Names("/t"), Yields(IsEmpty()));
  actor.Finish();
}

COWBELL_CASE(DIF_053, RemovalDuringExport) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  for (int round = 0; round < 4; ++round) {
    Container& container = BulkyContainer(scene, image);
    const std::string path = scene.work_dir() + "/" + std::to_string(round) + ".tar";
    if (!RaceWithRemoval(scene, container,
                         {"container", "export", "--output", path, container.name()})) {
      continue;
    }
    const auto bytes = ReadFile(path);
    ASSERT_THAT(bytes, Succeeds());
    const auto members = ReadTar(bytes.value());
    ASSERT_THAT(members, Succeeds());
    EXPECT_THAT(Part(Require(TreeOfMembers(members.value())), "/t"), ::testing::SizeIs(kFiles + 1));
  }
}

// Every commit adds a file, changes one, and deletes what the third before it added.
COWBELL_CASE(DIF_054, FiftyCommits) {
  constexpr int kCommits = 50;
  std::map<std::string, std::string> expected = {{"changed", "0"}};
  Container* container = &scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/changed", "0")}));
  for (int i = 1; i <= kCommits; ++i) {
    const std::string number = std::to_string(i);
    Actor actor = scene.Start(*container);
    Require(actor.CreateFile("/t/added-" + number, number));
    Require(actor.Write("/t/changed", number));
    expected["added-" + number] = number;
    expected["changed"] = number;
    if (i > 3) {
      const std::string old = "added-" + std::to_string(i - 3);
      if (i % 2 == 0) {
        Require(actor.Unlink("/t/" + old));
        expected.erase(old);
      } else {
        Require(actor.Write("/t/" + old, "again"));
        expected[old] = "again";
      }
    }
    actor.Finish();
    container = &CreateFrom(scene, Commit(scene, *container));
  }

  Actor actor = scene.Start(*container);
  std::vector<std::string> names;
  for (const auto& [name, content] : expected) {
    names.push_back(name);
    EXPECT_THAT(actor.Read("/t/" + name), Yields(content)) << name;
  }
  EXPECT_THAT(actor.Names("/t"), Yields(::testing::ElementsAreArray(names)));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
