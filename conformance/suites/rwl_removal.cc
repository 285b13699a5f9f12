// `container rm` takes everything, whatever the container holds, whoever else holds it.

#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "conformance/suites/commands.h"
#include "conformance/suites/store_paths.h"
#include "conformance/suites/together.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/unique_fd.h"

namespace cowbell::conformance {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

void ExpectNothingLeft(const OwnPaths& own) {
  EXPECT_FALSE(Exists(own.upper)) << own.upper;
  EXPECT_THAT(PathsNaming(own), IsEmpty());
  EXPECT_THAT(MountsNaming(own), IsEmpty());
}

// Somebody on the host holds the files of a running container while it is removed. The removal
// fails and the container stays listed, or it is gone; nothing is on the disk that is not listed.
void RemoveWhileHeld(Scene& scene,
                     const std::function<void(Container& container, const OwnPaths& own,
                                              const std::function<void()>& remove)>& hold) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/foo", "image")}));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/own", "data"));
  const OwnPaths own = PathsOf(scene, container);
  bool listed = false;

  hold(container, own, [&] {
    const CommandResult removed = scene.Run({"container", "rm", "--force", container.name()});
    listed = scene.Run({"container", "inspect", container.name()}).status.ok();
    EXPECT_EQ(listed, !removed.status.ok()) << "rm: " << removed.status.ToString();
  });

  actor.Abandon();
  scene.Outcome("rm.held", listed ? "refused" : "removed");
  if (listed) {
    EXPECT_THAT(scene.Run({"container", "rm", "--force", container.name()}), ExitsWith(0));
  }
  ExpectNothingLeft(own);
}

COWBELL_CASE(RWL_024, TheRootOfTheContainerIsHeldOpen) {
  RemoveWhileHeld(
      scene, [&](Container& container, const OwnPaths&, const std::function<void()>& remove) {
        const std::string pid = TrimmedOutput(
            scene.Must({"container", "inspect", "--format", "{{.State.Pid}}", container.name()}));
        const UniqueFd root = Require(Open("/proc/" + pid + "/root/.", O_PATH | O_DIRECTORY));
        remove();
      });
}

COWBELL_CASE(RWL_024, AFileOfTheRwLayerIsHeldOpen) {
  RemoveWhileHeld(scene, [](Container&, const OwnPaths& own, const std::function<void()>& remove) {
    const UniqueFd file = Require(Open(own.upper + "/t/own", O_RDONLY));
    remove();
  });
}

// The classic: a daemon that starts meanwhile keeps a copy of every mount.
COWBELL_CASE(RWL_024, AnotherMountNamespaceHoldsTheMounts) {
  RemoveWhileHeld(scene, [](Container&, const OwnPaths&, const std::function<void()>& remove) {
    Pipe ready = Require(MakePipe());
    Pipe end = Require(MakePipe());
    SpawnOptions options;
    options.stdin_fd = end.read.get();
    options.stdout_fd = ready.write.get();
    ChildProcess holder = Require(ChildProcess::Fork(options, [&] {
      end.write.reset();
      if (unshare(CLONE_NEWNS) != 0 ||
          mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return 1;
      }
      char byte = 'r';
      if (write(STDOUT_FILENO, &byte, 1) != 1) return 1;
      while (read(STDIN_FILENO, &byte, 1) > 0) {
      }
      return 0;
    }));
    ready.write.reset();
    char byte = 0;
    if (read(ready.read.get(), &byte, 1) != 1) throw SceneError("no second mount namespace");
    remove();
    end.write.reset();
    Require(holder.Wait(std::chrono::seconds(10)));
  });
}

// Fills a container, removes it and looks for what is left.
void RemoveFilled(Scene& scene, const std::function<void(Actor&)>& fill) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}));
  Actor actor = scene.Start(container);
  fill(actor);
  actor.Finish();
  const OwnPaths own = PathsOf(scene, container);

  EXPECT_THAT(scene.Run({"container", "rm", container.name()}), ExitsWith(0));

  ExpectNothingLeft(own);
}

// So that what is left can be removed at all.
void ClearFlags(const std::string& path) {
  const UniqueFd fd = Require(Open(path, O_RDONLY));
  const int none = 0;
  if (ioctl(fd.get(), FS_IOC_SETFLAGS, &none) != 0) {
    throw SceneError("chattr -i '" + path + "': " + ErrnoText(errno));
  }
}

// Deeper than a path can say.
COWBELL_CASE(RWL_025, DirectoriesBeyondPathMax) {
  RemoveFilled(scene, [](Actor& actor) {
    const std::string name(250, 'd');
    Require(actor.Do("chdir", {"/t"}));
    for (int depth = 0; depth < 20; ++depth) {
      Require(actor.Mkdir(name));
      Require(actor.Do("chdir", {name}));
    }
    Require(actor.CreateFile("bottom", "x"));
    Require(actor.Do("chdir", {"/"}));
  });
}

COWBELL_CASE(RWL_025, ThousandsOfFiles) {
  RemoveFilled(scene, [](Actor& actor) { Require(actor.Do("fill", {"/t", "5000", "f", "0"})); });
}

COWBELL_CASE(RWL_025, DirectoriesWithoutPermissions) {
  RemoveFilled(scene, [](Actor& actor) {
    Require(actor.Mkdir("/t/closed"));
    Require(actor.Mkdir("/t/closed/inner"));
    Require(actor.CreateFile("/t/closed/inner/file", "x", 0));
    Require(actor.Chmod("/t/closed/inner", 0));
    Require(actor.Chmod("/t/closed", 0));
    Require(actor.Chmod("/t", 0));
  });
}

COWBELL_CASE(RWL_025, OddNames) {
  RemoveFilled(scene, [](Actor& actor) {
    for (const std::string& name :
         {std::string("line\nfeed"), std::string("-rf"), std::string(" "), std::string("\xff\xfe"),
          std::string("\x1b[31m"), std::string("*"), std::string("..."), std::string(255, 'n')}) {
      Require(actor.CreateFile("/t/" + name, "x"));
    }
    Require(actor.Mkdir("/t/directory\nwith\nlines"));
    Require(actor.CreateFile("/t/directory\nwith\nlines/\tfile", "x"));
  });
}

// Only a container that was given the right to it can set the flag.
COWBELL_CASE(RWL_025, ImmutableFiles) {
  if (!scene.profile().Has("cap-add")) scene.SkipNotApplicable("the engine has no --cap-add");
  ContainerSpec spec;
  spec.flags = {"--cap-add", "LINUX_IMMUTABLE"};
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/")}), spec);
  const OwnPaths own = PathsOf(scene, container);
  Actor actor = scene.Start(container);
  Require(actor.CreateFile("/t/immutable", "x"));
  const auto set = actor.Do("setflags", {"/t/immutable", "i"});
  actor.Finish();
  if (!set.has_value()) scene.SkipNotApplicable("chattr +i: " + set.error().ToString());

  EXPECT_THAT(scene.Run({"container", "rm", container.name()}), ExitsWith(0));

  const std::string file = own.upper + "/t/immutable";
  if (Exists(file)) ClearFlags(file);
  ExpectNothingLeft(own);
}

COWBELL_CASE(RWL_025, LinksThatLeadOut) {
  const std::string victim = HostFile(scene, "outside/victim", "stays");
  RemoveFilled(scene, [&](Actor& actor) {
    Require(actor.Symlink(victim, "/t/file"));
    Require(actor.Symlink(victim.substr(0, victim.rfind('/')), "/t/directory"));
    Require(actor.Symlink("/", "/t/root"));
    Require(actor.Symlink("loop", "/t/loop"));
  });
  EXPECT_THAT(ReadHostFile(victim), Yields(std::string("stays")));
}

// A container whose process cannot be started.
void StartFails(Scene& scene, const std::string& program) {
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/plain", "no program").Mode(0644)});
  ContainerSpec spec;
  spec.flags = {"--entrypoint", program};
  Container& container = scene.Create(image, spec);
  const OwnPaths own = PathsOf(scene, container);

  if (scene.Run({"container", "start", container.name()}).status.ok()) {
    throw SceneError("the engine starts '" + program + "'");
  }

  EXPECT_THAT(MountsNaming(own), IsEmpty()) << "after the start that failed";
  EXPECT_THAT(scene.Run({"container", "rm", container.name()}), ExitsWith(0));
  ExpectNothingLeft(own);
}

COWBELL_CASE(RWL_026, AMissingProgram) { StartFails(scene, "/missing"); }
COWBELL_CASE(RWL_026, AProgramThatCannotBeExecuted) { StartFails(scene, "/t/plain"); }

COWBELL_CASE(RWL_027, ParallelCyclesLeaveNothing) {
  constexpr size_t kParallel = 8;
  constexpr int kCycles = 3;
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/foo", "image")});
  Container& reference = scene.Create(image);
  // The first start of an image may leave something for the next ones.
  Actor actor = scene.Start(reference);
  actor.Finish();
  const std::string store = PathsOf(scene, reference).store;
  const HostResources before = ResourcesOf(store);
  std::vector<std::string> failures(kParallel);

  Together(kParallel, [&](size_t i) {
    const std::string name = scene.engine().run_label() + "-cycle-" + std::to_string(i);
    for (int cycle = 0; cycle < kCycles; ++cycle) {
      for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
               {"container", "run", "--name", name, image.ref(), "write", "/t/foo", "own"},
               {"container", "rm", name}}) {
        const CommandResult result = Require(scene.engine().Call(words));
        if (!result.status.ok()) failures[i] += result.status.ToString() + " " + result.err;
      }
    }
  });

  EXPECT_THAT(failures, Each(IsEmpty()));
  const HostResources after = ResourcesOf(store);
  EXPECT_EQ(after.paths, before.paths);
  EXPECT_EQ(after.mounts, before.mounts);
  EXPECT_EQ(after.loops, before.loops);
}

COWBELL_CASE(RWL_029, AStoppedContainerIsMountedNowhere) {
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/foo", "image")});
  Container& container = scene.Create(image);
  Actor sibling = scene.Start(scene.Create(image));
  Actor actor = scene.Start(container);
  Actor later = scene.Start(scene.Create(image));
  Require(actor.CreateFile("/t/own", "data"));
  const OwnPaths own = PathsOf(scene, container);
  actor.Finish();
  scene.Must({"container", "wait", container.name()});

  EXPECT_THAT(MountsNaming(own), IsEmpty()) << "on the host";
  for (Actor* other : {&sibling, &later}) {
    const std::string mounts = Require(other->Read("/proc/self/mountinfo"));
    for (const std::string& name : own.names)
      EXPECT_THAT(mounts, Not(HasSubstr(name))) << "in another container";
    other->Finish();
  }
}

// A user of the host needs search permission on every directory of a path.
bool OthersMaySearch(const std::string& directory) {
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) {
    throw SceneError("stat '" + directory + "': " + ErrnoText(errno));
  }
  return (status.st_mode & S_IXOTH) != 0;
}

// Setuid programs of images, unpatched for years, would be everybody's.
COWBELL_CASE(RWL_030, TheStoreIsClosedToOrdinaryUsers) {
  Container& container =
      scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/foo", "image").Mode(04755)}));
  const OwnPaths own = PathsOf(scene, container);
  std::vector<std::string> directories = Require(container.LowerDirs());
  directories.push_back(own.upper);

  for (const std::string& directory : directories) {
    bool open = true;
    // From the store's own root on: what lies above it is the administrator's.
    for (size_t end = own.store.size(); end != std::string::npos && open;
         end = directory.find('/', end + 1)) {
      open = OthersMaySearch(directory.substr(0, end));
    }
    EXPECT_FALSE(open && OthersMaySearch(directory)) << directory << " is reached by everybody";
  }
}

}  // namespace
}  // namespace cowbell::conformance
