// Commands that only look, second processes, and what the engine itself puts into a container.

#include <functional>

#include "conformance/suites/commands.h"
#include "conformance/suites/mutations.h"
#include "conformance/suites/store_paths.h"
#include "conformance/suites/trees.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

// A container that has changed, a sibling that has not; `look` may change neither, nor the image.
void LooksOnly(Scene& scene, bool running,
               const std::function<void(Container& container, Image& image)>& look) {
  Image& image = scene.MakeImage({MutableLayer()});
  Container& sibling = scene.Create(image);
  Actor b = scene.Start(sibling);
  const Tree pristine = ReadUnmanaged(scene, b);
  Container& container = scene.Create(image);
  Actor a = scene.Start(container);
  MutateAll(a);
  const Tree changed = ReadUnmanaged(scene, a);
  if (!running) a.Finish();

  look(container, image);

  if (!running) a = scene.Start(container);
  EXPECT_THAT(ReadUnmanaged(scene, a), IsTree(changed)) << "the container itself";
  EXPECT_THAT(a.CreateFile("/t/afterwards", "new"), Succeeds());
  EXPECT_THAT(a.Append("/t/keep", " no more"), Succeeds());
  EXPECT_THAT(ReadUnmanaged(scene, b), IsTree(pristine)) << "its sibling";
  Actor newcomer = scene.Start(scene.Create(image));
  EXPECT_THAT(ReadUnmanaged(scene, newcomer), IsTree(pristine)) << "a new container";
  for (Actor* actor : {&a, &b, &newcomer})
    actor->Finish();
}

void Inspect(Scene& scene, bool running) {
  LooksOnly(scene, running, [&](Container& container, Image& image) {
    scene.Must({"container", "inspect", container.name()});
    scene.Must({"image", "inspect", image.ref()});
  });
}
COWBELL_CASE(ISO_017, InspectOfARunningContainerChangesNothing) { Inspect(scene, true); }
COWBELL_CASE(ISO_017, InspectOfAStoppedContainerChangesNothing) { Inspect(scene, false); }

void Diff(Scene& scene, bool running) {
  LooksOnly(scene, running, [&](Container& container, Image&) {
    // Whether it finds the changes, or fails over one of them, is a matter of the area DIF.
    scene.Outcome("diff", scene.Run({"container", "diff", container.name()}).status.ToString());
  });
}
COWBELL_CASE(ISO_017, DiffOfARunningContainerChangesNothing) { Diff(scene, true); }
COWBELL_CASE(ISO_017, DiffOfAStoppedContainerChangesNothing) { Diff(scene, false); }

void Commit(Scene& scene, bool running) {
  if (!scene.profile().Has("commit")) scene.SkipNotApplicable("the engine has no commit");
  LooksOnly(scene, running, [&](Container& container, Image&) {
    scene.Must({"container", "commit", container.name(), NewImageRef(scene, "committed")});
  });
}
COWBELL_CASE(ISO_017, CommitOfARunningContainerChangesNothing) { Commit(scene, true); }
COWBELL_CASE(ISO_017, CommitOfAStoppedContainerChangesNothing) { Commit(scene, false); }

void Export(Scene& scene, bool running) {
  if (!scene.profile().Has("export")) scene.SkipNotApplicable("the engine has no export");
  LooksOnly(scene, running, [&](Container& container, Image&) {
    scene.Must({"container", "export", "-o", scene.work_dir() + "/exported", container.name()});
  });
}
COWBELL_CASE(ISO_017, ExportOfARunningContainerChangesNothing) { Export(scene, true); }
COWBELL_CASE(ISO_017, ExportOfAStoppedContainerChangesNothing) { Export(scene, false); }

COWBELL_CASE(ISO_021, ExecAndTheFirstProcessSeeEachOthersFiles) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/image", "old")}));
  Actor first = scene.Start(container);
  const auto exec = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"container", "exec", container.name(), probe::kProbePath});
    return scene.Must(words);
  };

  exec({"write", "/t/by-exec", "exec's"});
  exec({"write", "/t/image", "changed by exec"});
  EXPECT_THAT(first.Read("/t/by-exec"), Yields(std::string("exec's")));
  EXPECT_THAT(first.Read("/t/image"), Yields(std::string("changed by exec")));

  Require(first.Write("/t/by-first", "the first one's"));
  EXPECT_EQ(exec({"cat", "/t/by-first"}).out, "the first one's");
  first.Finish();
}

constexpr const char* kEngineFiles[] = {"etc/hosts", "etc/hostname", "etc/resolv.conf",
                                        ".dockerenv", "run/.containerenv"};
constexpr char kOfTheImage[] = "# of the image\n";
constexpr char kMark[] = "# written by one container\n";

Layer EngineFilesInTheImage() {
  Layer layer;
  layer.Dir("etc/").Dir("run/");
  for (const char* file : kEngineFiles)
    layer.File(file, kOfTheImage);
  return layer;
}

void ExpectNoMark(Actor& actor) {
  for (const char* file : kEngineFiles) {
    const auto content = actor.Read("/" + std::string(file));
    if (!content.has_value()) continue;
    EXPECT_EQ(content.value().find(kMark), std::string::npos) << file << ":\n" << content.value();
  }
}

// Whoever makes these files, the engine or the image: what one container writes into them is its
// own, and the image's files are what they were.
COWBELL_CASE(ISO_022, EngineFilesAreEachContainersOwn) {
  Image& image = scene.MakeImage({EngineFilesInTheImage()});
  Container& container = scene.Create(image);
  Container& sibling = scene.Create(image);
  Actor a = scene.Start(container);
  Actor b = scene.Start(sibling);

  for (const char* file : kEngineFiles) {
    const std::string path = "/" + std::string(file);
    if (!a.Append(path, kMark).has_value()) continue;  // made read-only or not at all
    EXPECT_NE(Require(a.Read(path)).find(kMark), std::string::npos) << path;
  }

  {
    SCOPED_TRACE("in a sibling that ran already");
    ExpectNoMark(b);
  }
  SCOPED_TRACE("in a container made afterwards");
  Actor later = scene.Start(scene.Create(image));
  ExpectNoMark(later);
  for (Actor* actor : {&a, &b, &later})
    actor->Finish();
}

COWBELL_CASE(ISO_022, TheImagesFilesOfTheseNamesStay) {
  Container& container = scene.Create(scene.MakeImage({EngineFilesInTheImage()}));
  const auto lowers = container.LowerDirs();
  if (!lowers.has_value()) scene.SkipNotApplicable(lowers.error().ToString());
  Actor actor = scene.Start(container);
  for (const char* file : kEngineFiles)
    (void)actor.Append("/" + std::string(file), kMark).has_value();
  actor.Finish();

  int found = 0;
  for (const std::string& layer : lowers.value()) {
    for (const char* file : kEngineFiles) {
      const auto content = ReadHostFile(layer + "/" + file);
      if (!content.has_value() || content.value().empty()) continue;  // a mount point of the engine
      EXPECT_EQ(content.value(), kOfTheImage) << layer << "/" << file;
      ++found;
    }
  }
  EXPECT_GE(found, static_cast<int>(std::size(kEngineFiles))) << "files of the image in its layer";
}

COWBELL_CASE(ISO_023, HostPathsOfTheLayersAreNotThereInside) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/foo", "x")}));
  std::vector<std::string> paths = {PathsOf(scene, container).upper};
  for (const std::string& lower : Require(container.LowerDirs()))
    paths.push_back(lower);

  Actor actor = scene.Start(container);
  for (const std::string& path : paths) {
    ASSERT_TRUE(Exists(path)) << path << " on the host";
    EXPECT_THAT(actor.Lstat(path), FailsWith(ENOENT));
  }
  actor.Finish();
}

// The options of the root mount say where the layers lie; a name that resolves inside is a way out.
COWBELL_CASE(ISO_023, PathsInTheOptionsOfTheRootMountLeadNowhere) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage({Layer().File("foo", "x")})));
  const std::string mounts = Require(actor.Read("/proc/self/mountinfo"));
  int roots = 0;
  for (const std::string& line : Lines(mounts)) {
    const std::vector<std::string> fields = Split(line, ' ');
    if (fields.size() < 10 || fields[4] != "/") continue;
    ++roots;
    for (const std::string& option : Split(fields.back(), ',')) {
      const std::string value = option.substr(option.find('=') + 1);
      for (const std::string& path : Split(value, ':')) {
        if (!path.starts_with("/")) continue;
        EXPECT_THAT(actor.Lstat(path), FailsWith(ENOENT)) << option;
      }
    }
  }
  EXPECT_GE(roots, 1) << mounts;
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
