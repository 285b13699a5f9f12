// DIF-013…019: what `diff` leaves out, how it writes names, and that it only reads.

#include <algorithm>

#include "conformance/suites/changes.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/commits.h"
#include "conformance/suites/mutations.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Layer MountPoints() {
  return Layer()
      .Dir("t/")
      .Dir("mnt/")
      .Dir("mnt/empty/")
      .Dir("mnt/full/")
      .File("mnt/full/hidden", "image");
}

// Writes into what `flags` mount on both directories, and then into the container's own tree.
void ExpectMountsLeftOut(Scene& scene, const std::vector<std::string>& flags) {
  ContainerSpec spec;
  spec.flags = flags;
  Container& container = scene.Create(scene.MakeImage({MountPoints()}), spec);
  Actor actor = scene.Start(container);
  for (const char* directory : {"/mnt/empty", "/mnt/full"}) {
    Require(actor.CreateFile(std::string(directory) + "/written", "x"));
    Require(actor.Mkdir(std::string(directory) + "/dir", 0755));
  }
  Require(actor.CreateFile("/t/written", "x"));

  for (const char* when : {"running", "stopped"}) {
    EXPECT_THAT(ChangesBelow(scene, container, "/mnt/empty"), IsEmpty()) << when;
    EXPECT_THAT(ChangesBelow(scene, container, "/mnt/full"), IsEmpty()) << when;
    EXPECT_THAT(ChangesBelow(scene, container), ElementsAre("A /t/written")) << when;
    if (std::string(when) == "running") actor.Finish();
  }
}

COWBELL_CASE(DIF_013, BindMounts) {
  const std::string a = scene.work_dir() + "/a";
  const std::string b = scene.work_dir() + "/b";
  Require(MakeDirs(a));
  Require(MakeDirs(b));
  ExpectMountsLeftOut(scene, {"-v", a + ":/mnt/empty", "-v", b + ":/mnt/full"});
}

COWBELL_CASE(DIF_013, Volumes) {
  NeedCapability(scene, "volume");
  const std::string a = scene.UniqueName("a");
  const std::string b = scene.UniqueName("b");
  scene.RemoveLater("volume", a);
  scene.RemoveLater("volume", b);
  ExpectMountsLeftOut(scene, {"-v", a + ":/mnt/empty", "-v", b + ":/mnt/full"});
}

COWBELL_CASE(DIF_013, Tmpfs) {
  NeedCapability(scene, "tmpfs");
  ExpectMountsLeftOut(scene, {"--tmpfs", "/mnt/empty", "--tmpfs", "/mnt/full"});
}

COWBELL_CASE(DIF_014, FilesOfTheEngine) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));
  Actor actor = scene.Start(container);
  actor.Finish();
  for (const std::string& path : scene.profile().managed_paths) {
    EXPECT_THAT(ChangesAt(scene, container, path), IsEmpty()) << path;
  }
}

COWBELL_CASE(DIF_015, FileOpenedForWritingOnly) {
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/rw", "x").File("t/keep", "x")}));
  Actor actor = scene.Start(container);
  Require(actor.Open("fd", "/t/rw", "rdwr"));
  Require(actor.Close("fd"));
  actor.Finish();

  const auto changes = ChangesBelow(scene, container);

  EXPECT_THAT(changes, AnyOf(IsEmpty(), ElementsAre("C /t/rw")));
  scene.Outcome("diff.opened", changes.empty() ? "omitted" : "C");
}

COWBELL_CASE(DIF_016, DirectoryWithAnotherTimeOnly) {
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").Dir("t/dir/").File("t/dir/keep", "x")}));
  Actor actor = scene.Start(container);
  Require(actor.SetTimes("/t/dir", {1'100'000'000, 0}, {1'100'000'000, 0}));
  actor.Finish();

  const auto changes = ChangesBelow(scene, container);

  EXPECT_THAT(changes, AnyOf(IsEmpty(), ElementsAre("C /t/dir")));
  scene.Outcome("diff.touched-directory", changes.empty() ? "omitted" : "C");
}

// The text form says every byte as it is; a name that goes on in the next line cannot be taken for
// a change of its own as long as that line does not look like one.
void ExpectNameShown(Scene& scene, const std::string& name) {
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/gone" + name, "x")}));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/" + name, "x"));
  Require(actor.Unlink("/t/gone" + name));
  actor.Finish();
  EXPECT_THAT(ChangesBelow(scene, container), ElementsAre("A /t/" + name, "D /t/gone" + name));
}

COWBELL_CASE(DIF_017, NameWithANewline) { ExpectNameShown(scene, "a\nb"); }
COWBELL_CASE(DIF_017, NameThatIsNoUtf8) { ExpectNameShown(scene, "a\xff\xc3\x28z"); }
COWBELL_CASE(DIF_017, NameOfBlanksAndControlBytes) { ExpectNameShown(scene, " \t\x01\x1b[31m "); }

// Every kind of change but a new type, which DIF-010 is about.
void ChangeEverything(Actor& actor) {
  for (const Mutation& mutation : Mutations()) {
    if (std::string(mutation.name) != "file becomes directory") mutation.run(actor);
  }
}

COWBELL_CASE(DIF_018, CreatedRunningAndStopped) {
  Container& container = scene.Create(scene.MakeImage({MutableLayer()}));
  const std::string file = HostFile(scene, "copied", "x");
  scene.Must({"container", "cp", file, container.name() + ":/t/copied"});
  const auto created = ChangesAt(scene, container);
  ASSERT_THAT(created, Contains("A /t/copied"));

  Actor actor = scene.Start(container);
  EXPECT_EQ(ChangesAt(scene, container), created) << "running";
  actor.Finish();
  EXPECT_EQ(ChangesAt(scene, container), created) << "stopped";
}

COWBELL_CASE(DIF_018, RunningAndStoppedWithEveryKindOfChange) {
  Container& container = scene.Create(scene.MakeImage({MutableLayer()}));
  Actor actor = scene.Start(container);
  ChangeEverything(actor);
  const auto running = ChangesAt(scene, container);
  ASSERT_THAT(running, Contains("D /t/unlink"));
  actor.Finish();
  EXPECT_EQ(ChangesAt(scene, container), running) << "stopped";
}

COWBELL_CASE(DIF_018, RunningAndPaused) {
  NeedCapability(scene, "pause");
  Container& container = scene.Create(scene.MakeImage({MutableLayer()}));
  Actor actor = scene.Start(container);
  ChangeEverything(actor);
  const auto running = ChangesAt(scene, container);
  ASSERT_THAT(running, Contains("D /t/unlink"));
  scene.Must({"container", "pause", container.name()});
  EXPECT_EQ(ChangesAt(scene, container), running) << "paused";
  EXPECT_EQ(StatusOf(scene, container.name()), "paused");
  scene.Must({"container", "unpause", container.name()});
  actor.Finish();
}

// A container with every kind of change, and the same answer twice.
void ExpectDiffOnlyReads(Scene& scene, bool running) {
  Container& container = scene.Create(scene.MakeImage({MutableLayer()}));
  Actor actor = scene.Start(container);
  ChangeEverything(actor);
  if (!running) actor.Finish();
  const auto upper = container.UpperDir();
  if (!upper.has_value()) scene.SkipNotApplicable(upper.error().ToString());
  const Tree before = Require(ReadTree(upper.value()));

  const auto first = ChangesOf(scene, container);
  EXPECT_EQ(ChangesOf(scene, container), first);
  EXPECT_THAT(ReadTree(upper.value()), Yields(IsTree(before))) << "the RW layer";
  if (running) actor.Finish();
}

COWBELL_CASE(DIF_019, OfAStoppedContainer) { ExpectDiffOnlyReads(scene, false); }
COWBELL_CASE(DIF_019, OfARunningContainer) { ExpectDiffOnlyReads(scene, true); }

}  // namespace
}  // namespace cowbell::conformance
