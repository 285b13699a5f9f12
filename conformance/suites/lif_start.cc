// The second start: the same process over the files that the first one left.

#include "conformance/suites/commands.h"

namespace cowbell::conformance {
namespace {

// What a process finds itself to be.
struct Circumstances {
  std::string variable, uid, gid, directory;
  bool operator==(const Circumstances&) const = default;
};

void PrintTo(const Circumstances& c, std::ostream* os) {
  *os << "A=" << c.variable << " uid=" << c.uid << " gid=" << c.gid << " cwd=" << c.directory;
}

Circumstances Ask(Actor& actor) {
  const probe::Reply ids = Require(actor.Do("ids", {}));
  const probe::Reply variable = Require(actor.Do("env", {"A"}));
  return {variable.Get("value"), ids.Get("uid"), ids.Get("gid"), ids.Get("cwd")};
}

// /home/user belongs to 1000: only there may the container's user delete a name.
Layer HomeLayer() {
  return Layer()
      .Dir("srv/")
      .Dir("home/")
      .Dir("home/user/")
      .Owner(1000, 1000)
      .File("home/user/input.txt", "image")
      .Owner(1000, 1000);
}

COWBELL_CASE(LIF_031, CommandRunsAgainOverItsOwnFiles) {
  Image& image = scene.MakeImage({HomeLayer()});
  const std::string name = NewContainerName(scene, "again");
  const CommandResult first = scene.Run({"container", "run", "--name", name, "-e", "A=1", "-u",
                                         "1000", "-w", "/srv", image.ref(), "log", "/tmp/log"});
  const CommandResult second = scene.Run({"container", "start", "--attach", name});
  const CommandResult third = scene.Run({"container", "start", "--attach", name});

  EXPECT_THAT(first, ExitsWith(0));
  EXPECT_THAT(second, ExitsWith(0));
  EXPECT_THAT(third, ExitsWith(0));
  EXPECT_EQ(first.out, "1\n");
  EXPECT_EQ(second.out, "2\n");
  EXPECT_EQ(third.out, "3\n");
  EXPECT_EQ(scene.Must({"container", "logs", name}).out, "1\n2\n3\n");
  scene.Must({"container", "cp", name + ":/tmp/log", scene.work_dir() + "/log"});
  EXPECT_THAT(ReadHostFile(scene.work_dir() + "/log"),
              Yields(std::string("1 1000 /srv\n1 1000 /srv\n1 1000 /srv\n")));
}

COWBELL_CASE(LIF_031, FlagsOfCreateHoldForEveryStart) {
  Image& image = scene.MakeImage({HomeLayer()});
  ContainerSpec spec;
  spec.flags = {"-e", "A=1", "-u", "1000:1000", "-w", "/srv"};
  Container& container = scene.Create(image, spec);
  const Circumstances expected = {"1", "1000", "1000", "/srv"};
  for (int start = 1; start <= 3; ++start) {
    SCOPED_TRACE("start " + std::to_string(start));
    Actor actor = scene.Start(container);
    EXPECT_EQ(Ask(actor), expected);
    actor.Finish();
  }
}

COWBELL_CASE(LIF_031, SettingsOfTheImageHoldForEveryStart) {
  ImageSpec spec = ProbeImage(scene, {NewImageRef(scene, "settings")}, {HomeLayer()});
  spec.env = {"A=image"};
  spec.user = "1000:50";
  spec.working_dir = "/home/user";
  Container& container = scene.Create(scene.Load(spec));
  const Circumstances expected = {"image", "1000", "50", "/home/user"};
  for (int start = 1; start <= 3; ++start) {
    SCOPED_TRACE("start " + std::to_string(start));
    Actor actor = scene.Start(container);
    EXPECT_EQ(Ask(actor), expected);
    actor.Finish();
  }
}

COWBELL_CASE(LIF_031, AFileDeletedByTheFirstRunStaysDeleted) {
  Image& image = scene.MakeImage({HomeLayer()});
  ContainerSpec spec;
  spec.flags = {"-u", "1000:1000"};
  Container& container = scene.Create(image, spec);
  Actor actor = scene.Start(container);
  Require(actor.Unlink("/home/user/input.txt"));
  Require(actor.CreateFile("/home/user/made", "by the first run"));
  actor.Finish();

  for (int start = 2; start <= 3; ++start) {
    SCOPED_TRACE("start " + std::to_string(start));
    actor = scene.Start(container);
    EXPECT_THAT(actor.Lstat("/home/user/input.txt"), FailsWith(ENOENT));
    EXPECT_THAT(actor.Read("/home/user/made"), Yields(std::string("by the first run")));
    actor.Finish();
  }
}

}  // namespace
}  // namespace cowbell::conformance
