#include "conformance/suites/commits.h"

#include "conformance/suites/commands.h"
#include "conformance/suites/mutations.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

constexpr char kWhiteoutPrefix[] = ".wh.";

// What the clause is about must work: a refusal is the subject's failure, and ends the case.
CommandResult MustBeTaken(Scene& scene, const std::vector<std::string>& words) {
  CommandResult result = scene.Run(words);
  if (!result.status.ok()) {
    ADD_FAILURE() << "'" << ShellJoin(words) << "' is refused: " << result.status.ToString() << ", "
                  << result.err;
    throw SceneError("nothing is left to judge");
  }
  return result;
}

// The subject's failure as well when its archive cannot be read.
template <typename T>
T MustBeReadable(Result<T> result) {
  if (!result.has_value()) {
    ADD_FAILURE() << "the archive is broken: " << result.error().ToString();
    throw SceneError("nothing is left to judge");
  }
  return std::move(result).value();
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

void NeedCapability(Scene& scene, const std::string& capability) {
  if (!scene.profile().Has(capability)) {
    scene.SkipNotApplicable("the engine has no " + capability);
  }
}

ContainerSpec DeviceMaker(Scene& scene) {
  ContainerSpec spec;
  if (scene.profile().Has("cap-add")) spec.flags = {"--cap-add", "MKNOD"};
  return spec;
}

std::string Commit(Scene& scene, const Container& container,
                   const std::vector<std::string>& flags) {
  const std::string ref = NewImageRef(scene, "committed");
  std::vector<std::string> words = {"container", "commit"};
  words.insert(words.end(), flags.begin(), flags.end());
  words.insert(words.end(), {container.name(), ref});
  MustBeTaken(scene, words);
  return ref;
}

Container& CreateFrom(Scene& scene, const std::string& ref, const ContainerSpec& spec) {
  NamedImage image(ref);
  return scene.Create(image, spec);
}

Tree WholeTreeOf(Scene& scene, Container& container) {
  Actor actor = scene.Start(container);
  Tree tree = ReadUnmanaged(scene, actor);
  actor.Finish();
  return tree;
}

Tree WholeTreeOfImage(Scene& scene, const std::string& ref) {
  Container& container = CreateFrom(scene, ref);
  Tree tree = WholeTreeOf(scene, container);
  scene.Must({"container", "rm", container.name()});
  return tree;
}

Tree Portable(Tree tree) {
  std::erase_if(tree, [](const auto& entry) { return entry.second.type == 's'; });
  for (auto& [path, node] : tree) {
    node.mtime.nanoseconds = 0;
    node.xattrs.clear();
  }
  return tree;
}

Tree WithoutManaged(Scene& scene, Tree tree) {
  std::vector<std::string> left_out = scene.profile().managed_paths;
  left_out.insert(left_out.end(), {"/.cowbell", "/proc", "/sys", "/dev"});
  for (const std::string& path : left_out) {
    ErasePath(tree, path);
    const auto parent = tree.find(ParentOf(path));
    if (parent != tree.end()) parent->second.mtime = {};
  }
  return tree;
}

Actor ExpectCommitted(Scene& scene, const Layer& layer, const Change& change) {
  Container& container = scene.Create(scene.MakeImage({layer}), DeviceMaker(scene));
  Actor changer = scene.Start(container);
  change(changer);
  const Tree changed = Portable(ReadUnmanaged(scene, changer));
  changer.Finish();

  Actor actor = scene.Start(CreateFrom(scene, Commit(scene, container)));
  EXPECT_THAT(Portable(ReadUnmanaged(scene, actor)), IsTree(changed));
  return actor;
}

SavedImage Save(Scene& scene, const std::string& ref) {
  const std::string path = scene.work_dir() + "/" + scene.UniqueName("saved") + ".tar";
  MustBeTaken(scene, {"image", "save", "--output", path, ref});
  std::vector<SavedImage> images = MustBeReadable(ReadImageArchive(path));
  Require(RemoveTree(path));
  if (images.size() != 1) {
    ADD_FAILURE() << "the archive of one image holds " << images.size();
    throw SceneError("nothing is left to judge");
  }
  return std::move(images.front());
}

void SaveAndLoadAgain(Scene& scene, const std::vector<std::string>& refs) {
  const std::string path = scene.work_dir() + "/" + scene.UniqueName("saved") + ".tar";
  std::vector<std::string> words = {"image", "save", "--output", path};
  words.insert(words.end(), refs.begin(), refs.end());
  MustBeTaken(scene, words);
  for (const std::string& ref : refs) {
    scene.Must({"image", "rm", "--force", ref});
    ASSERT_FALSE(ImageExists(scene, ref));
  }
  MustBeTaken(scene, {"image", "load", "--input", path});
  Require(RemoveTree(path));
}

std::vector<TarMember> TopLayer(Scene& scene, const std::string& ref) {
  const SavedImage image = Save(scene, ref);
  return MustBeReadable(ReadTar(image.layers.back()));
}

std::vector<std::string> PathsOf(const std::vector<TarMember>& members) {
  std::vector<std::string> paths;
  for (const TarMember& member : members)
    paths.push_back(PathOfMember(member.name));
  return paths;
}

std::vector<TarMember> Export(Scene& scene, const Container& container) {
  const std::string path = scene.work_dir() + "/" + scene.UniqueName("exported") + ".tar";
  MustBeTaken(scene, {"container", "export", "--output", path, container.name()});
  const std::string bytes = Require(ReadFile(path));
  Require(RemoveTree(path));
  return MustBeReadable(ReadTar(bytes));
}

Tree ExportedTree(Scene& scene, const Container& container) {
  Tree tree = WithoutManaged(scene, MustBeReadable(TreeOfMembers(Export(scene, container))));
  tree.erase("/");
  return tree;
}

std::string WhitedOut(const std::string& path) {
  const size_t name = path.rfind('/') + 1;
  if (path.compare(name, sizeof(kWhiteoutPrefix) - 1, kWhiteoutPrefix) != 0) return {};
  return path.substr(0, name) + path.substr(name + sizeof(kWhiteoutPrefix) - 1);
}

std::string FileCapability() {
  std::string bytes(20, '\0');
  bytes[0] = '\x01';
  bytes[3] = '\x02';
  bytes[5] = '\x04';
  return bytes;
}

std::vector<Layer> RoundTripLayers() {
  const Layer more = Layer()
                         .Dir("r/")
                         .File("r/same", "AAAA")
                         .Symlink("r/pointer", "aaa")
                         .Dir("r/opt/")
                         .Dir("r/opt/sub/")
                         .File("r/opt/sub/file", "x")
                         .Dir("r/to-link/")
                         .File("r/to-link/x", "x")
                         .Dir("r/to-file/")
                         .File("r/to-file/x", "x")
                         .Dir("r/setgid/")
                         .File("r/setgid/x", "x")
                         .File("r/gone\n\xff", "x")
                         .File("r/" + std::string(255, 'g'), "x")
                         .File("r/linked", "x")
                         .Fifo("r/fifo")
                         .CharDevice("r/null", 1, 3);
  return {MutableLayer(), more};
}

void ChangeForRoundTrip(Actor& actor) {
  MutateAll(actor);
  // What comparisons of size and time miss.
  Require(actor.Write("/r/same", "BBBB"));
  Require(actor.SetTimes("/r/same", kFixtureTime, kFixtureTime));
  Require(actor.Unlink("/r/pointer"));
  Require(actor.Symlink("bbb", "/r/pointer"));
  Require(actor.SetTimes("/r/pointer", kFixtureTime, kFixtureTime));
  // Owners, modes, and what big numbers there are.
  for (const char* path : {"/r/opt", "/r/opt/sub", "/r/opt/sub/file"})
    Require(actor.Chown(path, 3'000'000, 4'000'000'000));
  Require(actor.RemoveTree("/r/setgid"));
  Require(actor.Mkdir("/r/setgid", 0750));
  Require(actor.Chown("/r/setgid", 7, 8));
  Require(actor.Chmod("/r/setgid", 02750));
  Require(actor.CreateFile("/r/setuid", "x"));
  Require(actor.Chmod("/r/setuid", 04755));
  Require(actor.Mkdir("/r/sticky", 0777));
  Require(actor.Chmod("/r/sticky", 01777));
  // New types.
  Require(actor.RemoveTree("/r/to-link"));
  Require(actor.Symlink("opt", "/r/to-link"));
  Require(actor.RemoveTree("/r/to-file"));
  Require(actor.CreateFile("/r/to-file", "now a file"));
  // Names, links, special files.
  Require(actor.Unlink("/r/gone\n\xff"));
  Require(actor.Unlink("/r/" + std::string(255, 'g')));
  Require(actor.CreateFile("/r/new\n\xff", "x"));
  Require(actor.CreateFile("/r/" + std::string(255, 'n'), "x"));
  Require(actor.Link("/r/linked", "/r/linked-too"));
  Require(actor.CreateFile("/r/one", "three names"));
  Require(actor.Link("/r/one", "/r/opt/two"));
  Require(actor.Link("/r/one", "/r/a-third"));
  Require(actor.Chmod("/r/fifo", 0600));
  Require(actor.Mknod("/r/zero", 'c', 0640, 1, 5));
  Require(actor.Mknod("/r/loop", 'b', 0640, 7, 200));
  Require(actor.Mknod("/r/socket", 's', 0600));
}

}  // namespace cowbell::conformance
