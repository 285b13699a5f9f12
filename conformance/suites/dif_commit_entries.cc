// DIF-028, 029, 036, 037: links, sockets and special files through a commit.

#include "conformance/suites/commits.h"
#include "conformance/suites/trees.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;

// One inode under all the names.
void ExpectLinked(Actor& actor, const std::vector<std::string>& paths) {
  const FileStat first = Require(actor.Lstat(paths.front()));
  EXPECT_EQ(first.nlink, paths.size()) << paths.front();
  for (const std::string& path : paths) {
    EXPECT_THAT(actor.Lstat(path), Yields(Field("ino", &FileStat::ino, first.ino))) << path;
  }
}

COWBELL_CASE(DIF_028, TwoNames) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/"), [](Actor& a) {
    Require(a.CreateFile("/t/f1", "x"));
    Require(a.Link("/t/f1", "/t/f2"));
  });
  ExpectLinked(actor, {"/t/f1", "/t/f2"});
  actor.Finish();
}

COWBELL_CASE(DIF_028, ThreeNamesInTwoDirectories) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/"), [](Actor& a) {
    Require(a.Mkdir("/t/a-dir", 0755));
    Require(a.CreateFile("/t/f1", "x"));
    Require(a.Link("/t/f1", "/t/f2"));
    Require(a.Link("/t/f2", "/t/a-dir/f3"));
  });
  ExpectLinked(actor, {"/t/f1", "/t/f2", "/t/a-dir/f3"});
  actor.Finish();
}

COWBELL_CASE(DIF_029, NewLinkToAnImageFile) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/").File("t/bar", "image"),
                                [](Actor& a) { Require(a.Link("/t/bar", "/t/additional")); });
  ExpectLinked(actor, {"/t/bar", "/t/additional"});
  EXPECT_THAT(actor.Read("/t/additional"), Yields(std::string("image")));
  actor.Finish();
}

COWBELL_CASE(DIF_036, CommitOmitsThem) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/").File("t/keep", "x"), [](Actor& a) {
    Require(a.Mknod("/t/socket", 's', 0600));
    Require(a.CreateFile("/t/new", "x"));
  });
  EXPECT_THAT(actor.Names("/t"), Yields(ElementsAre("keep", "new")));
  actor.Finish();
}

COWBELL_CASE(DIF_036, ExportOmitsThem) {
  Container& container = scene.Create(scene.MakeImage({Layer().Dir("t/").File("t/keep", "x")}));
  Actor actor = scene.Start(container);
  Require(actor.Mknod("/t/socket", 's', 0600));
  Require(actor.CreateFile("/t/new", "x"));
  const Tree tree = Portable(Require(actor.ReadTree("/t")));
  actor.Finish();

  EXPECT_THAT(Portable(Part(ExportedTree(scene, container), "/t")), IsTree(tree));
}

COWBELL_CASE(DIF_037, FifosAndDevices) {
  Actor actor = ExpectCommitted(scene, Layer().Dir("t/"), [](Actor& a) {
    Require(a.Mknod("/t/fifo", 'p', 0640));
    Require(a.Mknod("/t/null", 'c', 0666, 1, 3));
    Require(a.Mknod("/t/loop", 'b', 0640, 7, 200));
  });
  EXPECT_THAT(actor.Lstat("/t/fifo"), Yields(Field("type", &FileStat::type, 'p')));
  EXPECT_THAT(actor.Lstat("/t/null"), Yields(AllOf(Field("type", &FileStat::type, 'c'),
                                                   Field("major", &FileStat::device_major, 1U),
                                                   Field("minor", &FileStat::device_minor, 3U))));
  EXPECT_THAT(actor.Lstat("/t/loop"), Yields(AllOf(Field("type", &FileStat::type, 'b'),
                                                   Field("major", &FileStat::device_major, 7U),
                                                   Field("minor", &FileStat::device_minor, 200U))));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
