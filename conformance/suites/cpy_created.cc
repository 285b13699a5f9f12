// Files copied into a container that has never run.

#include "conformance/suites/commands.h"

namespace cowbell::conformance {
namespace {

COWBELL_CASE(CPY_036, ACopiedFileIsPrintedByTheFirstAndTheSecondStart) {
  Image& image = scene.MakeImage({});
  const std::string name = NewContainerName(scene, "prints");
  scene.Must({"container", "create", "--name", name, image.ref(), "cat", "/x"});
  const std::string file = HostFile(scene, "x", "copied before the first start\n");

  EXPECT_THAT(scene.Run({"container", "cp", file, name + ":/x"}), ExitsWith(0));

  const CommandResult first = scene.Run({"container", "start", "--attach", name});
  const CommandResult second = scene.Run({"container", "start", "--attach", name});
  EXPECT_THAT(first, ExitsWith(0));
  EXPECT_THAT(second, ExitsWith(0));
  EXPECT_EQ(first.out, "copied before the first start\n");
  EXPECT_EQ(second.out, "copied before the first start\n");
}

COWBELL_CASE(CPY_036, ACopiedFileHidesTheImagesFile) {
  Image& image = scene.MakeImage({Layer().Dir("t/").File("t/foo", "of the image\n")});
  const std::string name = NewContainerName(scene, "hides");
  scene.Must({"container", "create", "--name", name, image.ref(), "cat", "/t/foo"});
  const std::string file = HostFile(scene, "foo", "copied\n");

  EXPECT_THAT(scene.Run({"container", "cp", file, name + ":/t/foo"}), ExitsWith(0));

  EXPECT_EQ(scene.Run({"container", "start", "--attach", name}).out, "copied\n");
  EXPECT_EQ(scene.Run({"container", "start", "--attach", name}).out, "copied\n");
}

COWBELL_CASE(CPY_036, ACopiedTreeSurvivesStarts) {
  Image& image = scene.MakeImage({Layer().Dir("t/")});
  Container& container = scene.Create(image);
  HostFile(scene, "d/a", "a");
  HostFile(scene, "d/sub/b", "b");

  EXPECT_THAT(scene.Run({"container", "cp", scene.work_dir() + "/d", container.name() + ":/t"}),
              ExitsWith(0));

  for (int start = 1; start <= 2; ++start) {
    SCOPED_TRACE("start " + std::to_string(start));
    Actor actor = scene.Start(container);
    EXPECT_THAT(actor.Read("/t/d/a"), Yields(std::string("a")));
    EXPECT_THAT(actor.Read("/t/d/sub/b"), Yields(std::string("b")));
    actor.Finish();
  }
}

}  // namespace
}  // namespace cowbell::conformance
