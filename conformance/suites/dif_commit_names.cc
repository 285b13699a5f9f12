// DIF-040, DIF-041: names, and names that layers reserve, through a commit.

#include "conformance/suites/commands.h"
#include "conformance/suites/commits.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

std::vector<std::string> OddNames() {
  return {std::string(255, 'n'), "a\nb", "\xff\xc3\x28", " ", "\\t"};
}

// After the commit, and again after the image went through save and load.
COWBELL_CASE(DIF_040, AddedAndDeletedNames) {
  Layer layer = Layer().Dir("t/").Dir("t/added/").Dir("t/deleted/").File("t/deleted/keep", "x");
  for (const std::string& name : OddNames())
    layer.File("t/deleted/" + name, "x");
  Container& container = scene.Create(scene.MakeImage({layer}));
  Actor actor = scene.Start(container);
  for (const std::string& name : OddNames()) {
    Require(actor.CreateFile("/t/added/" + name, "x"));
    Require(actor.Unlink("/t/deleted/" + name));
  }
  const Tree changed = Portable(Require(actor.ReadTree("/t")));
  actor.Finish();
  const std::string ref = Commit(scene, container);

  EXPECT_THAT(Portable(Part(WholeTreeOfImage(scene, ref), "/t")), IsTree(changed));
  SaveAndLoadAgain(scene, {ref});
  EXPECT_THAT(Portable(Part(WholeTreeOfImage(scene, ref), "/t")), IsTree(changed)) << "loaded";
}

// A process may make any file. The image is refused in words, or it is whole and can be saved.
void ExpectReservedNameHarmless(Scene& scene, const std::string& name, bool running) {
  Container& container = scene.Create(scene.MakeImage(
      {Layer().Dir("t/").File("t/foo", "image").Dir("t/dir/").File("t/dir/x", "image")}));
  Actor actor = scene.Start(container);
  Require(actor.CreateFile(name, "mine"));
  if (!running) actor.Finish();
  const std::string ref = NewImageRef(scene, "committed");

  const CommandResult committed = scene.Run({"container", "commit", container.name(), ref});

  if (running) actor.Finish();
  if (!committed.status.ok()) {
    EXPECT_NE(committed.err, "");
    EXPECT_FALSE(ImageExists(scene, ref));
    scene.Outcome("commit.reserved", "refused");
    return;
  }
  scene.Outcome("commit.reserved", "taken");
  actor = scene.Start(CreateFrom(scene, ref));
  EXPECT_THAT(actor.Read("/t/foo"), Yields(std::string("image")));
  EXPECT_THAT(actor.Read("/t/dir/x"), Yields(std::string("image")));
  actor.Finish();
  const std::string archive = scene.work_dir() + "/saved.tar";
  EXPECT_THAT(scene.Run({"image", "save", "--output", archive, ref}), ExitsWith(0));
}

COWBELL_CASE(DIF_041, NameOfAWhiteout) { ExpectReservedNameHarmless(scene, "/t/.wh.foo", false); }
COWBELL_CASE(DIF_041, NameOfAWhiteoutInARunningContainer) {
  ExpectReservedNameHarmless(scene, "/t/.wh.foo", true);
}
COWBELL_CASE(DIF_041, NameOfAnOpaqueMarker) {
  ExpectReservedNameHarmless(scene, "/t/dir/.wh..wh..opq", false);
}
COWBELL_CASE(DIF_041, NameOfTheWhiteoutOfNothing) {
  ExpectReservedNameHarmless(scene, "/t/.wh.nothing", false);
}

}  // namespace
}  // namespace cowbell::conformance
