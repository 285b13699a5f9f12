// LAY-114, LAY-115: loads beside each other, and loads that are cut off.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "conformance/suites/commands.h"
#include "conformance/suites/own_subject.h"
#include "conformance/suites/store_paths.h"
#include "conformance/suites/trees.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

// A layer that nobody has loaded yet: `files` files of `size` bytes.
Layer UnseenLayer(Scene& scene, const std::string& directory, size_t files, size_t size) {
  Layer layer = Layer().Dir("t/").Dir(directory).Mode(0741);
  const std::string line = scene.UniqueName(directory) + "\n";
  for (size_t i = 0; i < files; ++i) {
    std::string content = std::to_string(i) + " ";
    while (content.size() < size)
      content += line;
    layer.File(directory + std::to_string(i), content);
  }
  return layer;
}

// An image in an archive on this host.
struct Archived {
  std::string path;
  std::string ref;
  std::vector<Layer> layers;  // above the probe's
};

Archived Archive(Scene& scene, const std::string& stem, const std::vector<Layer>& layers) {
  Archived image{scene.work_dir() + "/" + stem + ".tar", NewImageRef(scene, stem), layers};
  Require(WriteDockerArchive({ProbeImage(scene, {image.ref}, layers)}, image.path));
  return image;
}

// A container of it, which has been looked into.
std::unique_ptr<Container> ExpectWhole(Subject& subject, const Archived& archived) {
  auto container = Require(subject.Create(NamedImage(archived.ref), {}));
  Actor actor(Require(container->Start()));
  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(ModelPart(archived.layers, "/t"))));
  actor.Finish();
  return container;
}

// Every load at the same time, `times` times each.
void ExpectLoadedTogether(Scene& scene, const std::vector<Archived>& images, size_t times) {
  Engine& engine = scene.engine();
  std::vector<std::optional<Result<CommandResult>>> results(images.size() * times);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      results[i] = engine.Call({"load", "-i", images[i % images.size()].path});
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (auto& result : results)
    EXPECT_THAT(Require(std::move(*result)), ExitsWith(0));
}

// The lowest `count` layers of a container, where the subject can say.
std::vector<std::string> LowestDirs(Container& container, size_t count) {
  const auto dirs = container.LowerDirs();
  if (!dirs.has_value() || dirs.value().size() < count) return {};
  return {dirs.value().end() - static_cast<std::ptrdiff_t>(count), dirs.value().end()};
}

COWBELL_CASE(LAY_114, ImagesOnOneBaseArriveWholeAndShareIt) {
  const Layer base = UnseenLayer(scene, "t/base/", 32, 50'000);
  std::vector<Archived> images;
  for (int i = 0; i < 4; ++i) {
    const std::string name = "top" + std::to_string(i);
    images.push_back(
        Archive(scene, name, {base, UnseenLayer(scene, "t/" + name + "/", 4, 50'000)}));
  }

  ExpectLoadedTogether(scene, images, 2);

  std::vector<std::string> shared;  // the probe's layer and the base
  for (const Archived& image : images) {
    ASSERT_TRUE(ImageExists(scene, image.ref)) << image.ref;
    const auto container = ExpectWhole(scene.subject(), image);
    const std::vector<std::string> lowest = LowestDirs(*container, 2);
    if (shared.empty()) shared = lowest;
    EXPECT_EQ(lowest, shared) << image.ref;
  }
}

COWBELL_CASE(LAY_114, OneImageLoadedEightTimesArrivesWhole) {
  const Archived image = Archive(scene, "one", {UnseenLayer(scene, "t/one/", 32, 50'000)});

  ExpectLoadedTogether(scene, {image}, 8);

  ASSERT_TRUE(ImageExists(scene, image.ref));
  ExpectWhole(scene.subject(), image);
}

// Bytes that a process has written, as the kernel counts them (proc(5), io); 0 when it is gone.
uint64_t BytesWritten(pid_t pid) {
  const Result<std::string> text = ReadFile("/proc/" + std::to_string(pid) + "/io");
  const std::string key = "wchar: ";
  const size_t at = text.has_value() ? text.value().find(key) : std::string::npos;
  return at == std::string::npos ? 0
                                 : strtoull(text.value().c_str() + at + key.size(), nullptr, 10);
}

// Our environment, but temporary files go where the case cleans up.
std::vector<std::string> Environment(Scene& scene) {
  std::vector<std::string> variables = {"TMPDIR=" + scene.work_dir()};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("TMPDIR=")) variables.emplace_back(*variable);
  }
  return variables;
}

// Kills the client of a `load` as soon as it has written so many bytes. False: it was done before.
bool LoadAndKill(Scene& scene, Engine& engine, const Archived& image, uint64_t bytes) {
  SpawnOptions options;
  options.argv = engine.Argv({"load", "-i", image.path});
  options.env = Environment(scene);
  options.cwd = scene.work_dir();
  ChildProcess client = Require(ChildProcess::Spawn(options));
  pollfd ended{client.pidfd(), POLLIN, 0};
  while (BytesWritten(client.pid()) < bytes && poll(&ended, 1, /*milliseconds=*/1) == 0) {
  }
  Require(client.Signal(SIGKILL));
  return Require(client.Wait(std::chrono::seconds(60))).signalled;
}

bool IsListed(Engine& engine, const std::string& ref) {
  return Require(engine.Call({"image", "inspect", ref})).status.ok();
}

// Removes the image again; the path of the store that it was in, where the subject can say.
std::string JudgeAndRemove(Scene& scene, Subject& subject, const Archived& image) {
  const auto container = ExpectWhole(subject, image);
  const bool is_local = scene.profile().Has("host.local");
  const std::string store = is_local ? PathsOf(scene, *container).store : "";
  Require(container->Remove());
  EXPECT_THAT(Require(subject.engine()->Call({"image", "rm", image.ref})), ExitsWith(0));
  return store;
}

// Cuts the load off early, in the middle and late.
void CutOff(Scene& scene, Subject& subject, const Archived& image) {
  const uint64_t size = Require(ReadFile(image.path)).size();
  int interrupted = 0;
  for (const uint64_t bytes : {uint64_t{1}, size / 4, size / 2, size * 3 / 4, size - kMiB}) {
    interrupted += LoadAndKill(scene, *subject.engine(), image, bytes) ? 1 : 0;
    // If it had everything already, it has it whole.
    if (IsListed(*subject.engine(), image.ref)) JudgeAndRemove(scene, subject, image);
  }
  if (interrupted == 0) throw SceneError("every load was done before it could be interrupted");
}

Archived TwoBigLayers(Scene& scene) {
  return Archive(scene, "cut",
                 {UnseenLayer(scene, "t/a/", 16, kMiB), UnseenLayer(scene, "t/b/", 16, kMiB)});
}

COWBELL_CASE(LAY_115, InterruptedLoadLeavesNoHalfImage) {
  const Archived image = TwoBigLayers(scene);

  CutOff(scene, scene.subject(), image);

  ASSERT_THAT(scene.Run({"load", "-i", image.path}), ExitsWith(0));
  ASSERT_TRUE(ImageExists(scene, image.ref));
  ExpectWhole(scene.subject(), image);
}

COWBELL_CASE(LAY_115, InterruptedLoadsLeaveNoDataBehind) {
  if (!scene.profile().Has("host.local")) scene.SkipNotApplicable("the store is elsewhere");
  const auto subject = OwnSubject(scene, scene.work_dir());
  const Archived image = TwoBigLayers(scene);
  const std::vector<std::string> load = {"load", "-i", image.path};
  ASSERT_THAT(Require(subject->engine()->Call(load)), ExitsWith(0));
  const std::string store = JudgeAndRemove(scene, *subject, image);
  const uint64_t before = Require(DiskUsage(store));

  CutOff(scene, *subject, image);
  ASSERT_THAT(Require(subject->engine()->Call(load)), ExitsWith(0));
  JudgeAndRemove(scene, *subject, image);

  EXPECT_LE(Require(DiskUsage(store)), before + kMiB);
}

}  // namespace
}  // namespace cowbell::conformance
