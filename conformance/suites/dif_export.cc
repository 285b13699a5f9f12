// DIF-057…063: the whole tree of a container as an archive, and back as an image.

#include "conformance/suites/commands.h"
#include "conformance/suites/commits.h"
#include "conformance/suites/trees.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

// A stopped container with every kind of change, and the tree that its process saw at the end, as
// far as an export can carry it.
struct Changed {
  Container& container;
  Tree tree;
};

Changed ChangedContainer(Scene& scene) {
  Container& container = scene.Create(scene.MakeImage(RoundTripLayers()), DeviceMaker(scene));
  Actor actor = scene.Start(container);
  ChangeForRoundTrip(actor);
  Tree tree = WithoutManaged(scene, Require(actor.ReadTree("/")));
  tree.erase("/");
  actor.Finish();
  return {container, Portable(std::move(tree))};
}

COWBELL_CASE(DIF_057, TreeIsThatOfTheProcess) {
  const Changed changed = ChangedContainer(scene);
  EXPECT_THAT(Portable(ExportedTree(scene, changed.container)), IsTree(changed.tree));
}

COWBELL_CASE(DIF_057, NoWhiteoutsAndNothingOfTheUnion) {
  const Changed changed = ChangedContainer(scene);
  for (const TarMember& member : Export(scene, changed.container)) {
    EXPECT_EQ(WhitedOut(PathOfMember(member.name)), "") << member.name;
    EXPECT_FALSE(member.type == '3' && member.device_major == 0 && member.device_minor == 0)
        << member.name << " is a whiteout device";
    for (const auto& [name, value] : XattrsOfMember(member))
      EXPECT_EQ(name.find("overlay"), std::string::npos) << member.name << " has " << name;
  }
}

// Types, links and metadata of single entries, as the archive has them.
COWBELL_CASE(DIF_058, EntriesAreWhatTheyShouldBe) {
  const std::string name(255, 'n');
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/image", "x")}), DeviceMaker(scene));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/a", "linked"));
  Require(actor.Link("/t/a", "/t/b"));
  Require(actor.Link("/t/image", "/t/image-too"));
  Require(actor.Symlink("../elsewhere", "/t/symlink"));
  Require(actor.Mknod("/t/fifo", 'p', 0640));
  Require(actor.Mknod("/t/null", 'c', 0660, 1, 3));
  Require(actor.CreateFile("/t/" + name, "x"));
  Require(actor.Chown("/t/" + name, 3'000'000, 4'000'000'000));
  Require(actor.Chmod("/t/" + name, 04755));
  Require(actor.Symlink(std::string(300, 'l'), "/t/long-target"));
  const Tree tree = Portable(Require(actor.ReadTree("/t")));
  actor.Finish();

  const Tree exported = Portable(Part(ExportedTree(scene, container), "/t"));

  EXPECT_THAT(exported, IsTree(tree));
  ASSERT_TRUE(exported.contains("/t/b"));
  EXPECT_EQ(exported.at("/t/b").hard_link_group, "/t/a");
}

// What an engine makes in the root to mount something on: an empty directory or file.
bool IsMountPoint(const TarMember& member) {
  return member.type == '5' || (member.type == '0' && member.content.empty());
}

void ExpectMountsNotExported(Scene& scene, const std::vector<std::string>& flags) {
  const Layer layer = Layer().Dir("t/").Dir("mnt/").Dir("mnt/empty/").Dir("mnt/full/");
  ContainerSpec spec;
  spec.flags = flags;
  Container& container = scene.Create(scene.MakeImage({layer}), spec);
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/mnt/empty/written", "x"));
  Require(actor.CreateFile("/mnt/full/written", "x"));
  Require(actor.CreateFile("/t/written", "x"));
  for (const bool running : {true, false}) {
    SCOPED_TRACE(running ? "running" : "stopped");
    if (!running) actor.Finish();
    const std::vector<TarMember> members = Export(scene, container);
    for (const TarMember& member : members) {
      const std::string path = PathOfMember(member.name);
      for (const char* mounted : {"/mnt/empty/", "/mnt/full/"})
        EXPECT_FALSE(path.starts_with(mounted)) << path;
      for (const char* mounted : {"/proc/", "/sys/", "/dev/"})
        EXPECT_TRUE(!path.starts_with(mounted) || IsMountPoint(member)) << path;
    }
    EXPECT_THAT(PathsOf(members), ::testing::Contains("/t/written"));
  }
}

COWBELL_CASE(DIF_059, BindMountsAndKernelFileSystems) {
  const std::string a = scene.work_dir() + "/a";
  const std::string b = scene.work_dir() + "/b";
  Require(MakeDirs(a));
  Require(MakeDirs(b));
  ExpectMountsNotExported(scene, {"-v", a + ":/mnt/empty", "-v", b + ":/mnt/full"});
}

COWBELL_CASE(DIF_059, Tmpfs) {
  NeedCapability(scene, "tmpfs");
  ExpectMountsNotExported(scene, {"--tmpfs", "/mnt/empty", "--tmpfs", "/mnt/full"});
}

COWBELL_CASE(DIF_059, Volumes) {
  NeedCapability(scene, "volume");
  const std::string a = scene.UniqueName("a");
  const std::string b = scene.UniqueName("b");
  scene.RemoveLater("volume", a);
  scene.RemoveLater("volume", b);
  ExpectMountsNotExported(scene, {"-v", a + ":/mnt/empty", "-v", b + ":/mnt/full"});
}

COWBELL_CASE(DIF_060, CapabilityIsInTheExport) {
  Container& container = scene.Create(scene.MakeImage(
      {Layer().Dir("t/").File("t/image", "x").Xattr("security.capability", FileCapability())}));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/new", "x"));
  Require(actor.Setxattr("/t/new", "security.capability", FileCapability()));
  actor.Finish();

  const Tree exported = ExportedTree(scene, container);

  for (const char* path : {"/t/image", "/t/new"}) {
    ASSERT_TRUE(exported.contains(path)) << path;
    EXPECT_EQ(exported.at(path).xattrs,
              (std::map<std::string, std::string>{{"security.capability", FileCapability()}}))
        << path;
  }
}

COWBELL_CASE(DIF_061, CreatedRunningAndStopped) {
  Container& container = scene.Create(scene.MakeImage(RoundTripLayers()));
  const Tree created = Part(ExportedTree(scene, container), "/r");
  ASSERT_TRUE(created.contains("/r/opt/sub/file"));
  Actor actor = scene.Start(container);
  EXPECT_THAT(Part(ExportedTree(scene, container), "/r"), IsTree(created)) << "running";
  actor.Finish();
  EXPECT_THAT(Part(ExportedTree(scene, container), "/r"), IsTree(created)) << "stopped";
}

COWBELL_CASE(DIF_061, TwiceTheSame) {
  const Changed changed = ChangedContainer(scene);
  const auto first = Export(scene, changed.container);
  EXPECT_THAT(first, ::testing::Contains(
                         ::testing::Field(&TarMember::name, ::testing::EndsWith("r/setuid"))));
  EXPECT_TRUE(Export(scene, changed.container) == first) << "the entries differ";
}

COWBELL_CASE(DIF_062, GrowingAndShrinkingFile) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/log", "")}));
  Actor actor = scene.Start(container);
  const auto started = Require(actor.Do("growing", {"/t/log", "8388608"}));
  if (!started.ok()) throw SceneError("growing: " + started.call);
  int readable = 0;
  for (int i = 0; i < 6; ++i) {
    const std::string path = scene.work_dir() + "/" + std::to_string(i) + ".tar";
    const CommandResult exported =
        scene.Run({"container", "export", "--output", path, container.name()});
    if (!exported.status.ok()) {
      EXPECT_NE(exported.err, "");
      continue;
    }
    ++readable;
    EXPECT_THAT(ReadTar(Require(ReadFile(path))), Succeeds()) << i;
    Require(RemoveTree(path));
  }
  scene.Outcome("export.growing", std::to_string(readable) + " of 6 readable");
  actor.Finish();
}

COWBELL_CASE(DIF_063, ImportedImageHasOneLayerAndTheTree) {
  const Changed changed = ChangedContainer(scene);
  const std::string path = scene.work_dir() + "/exported.tar";
  scene.Must({"container", "export", "--output", path, changed.container.name()});
  const std::string ref = NewImageRef(scene, "imported");

  EXPECT_THAT(scene.Run({"image", "import", path, ref}), ExitsWith(0));

  const CommandResult layers =
      scene.Must({"image", "inspect", "--format", "{{len .RootFS.Layers}}", ref});
  EXPECT_EQ(TrimmedOutput(layers), "1");
  // The archive carries no configuration.
  ContainerSpec spec;
  spec.flags = {"--entrypoint", probe::kProbePath};
  Tree tree = WholeTreeOf(scene, CreateFrom(scene, ref, spec));
  tree.erase("/");
  EXPECT_THAT(Portable(WithoutManaged(scene, tree)), IsTree(changed.tree));
}

}  // namespace
}  // namespace cowbell::conformance
