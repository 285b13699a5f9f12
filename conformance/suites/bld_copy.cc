// `COPY` of a file: where it arrives, and with which attributes.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "conformance/suites/commands.h"
#include "runtime/base/sha256.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::Contains;
using ::testing::Pair;

// Whole seconds: the row says nothing of fractions, and builders pack contexts in old tar formats.
constexpr TimeSpec kSourceTime{1'000'000'000, 0};

// A context that holds a.txt, 0600 1234:2345, of the year 2001. Returns its directory.
std::string MakeContext(Scene& scene, const std::vector<std::string>& dockerfile) {
  const std::string file = HostFile(scene, "context/a.txt", "content of a\n");
  const std::array<timespec, 2> times = {timespec{kSourceTime.seconds, 0},
                                         timespec{kSourceTime.seconds, 0}};
  if (chown(file.c_str(), 1234, 2345) != 0 || chmod(file.c_str(), 0600) != 0 ||
      utimensat(AT_FDCWD, file.c_str(), times.data(), 0) != 0) {
    throw SceneError(Error::FromErrno(errno, "prepare '" + file + "'").ToString());
  }
  HostFile(scene, "context/Dockerfile", Join(dockerfile, "\n") + "\n");
  return scene.work_dir() + "/context";
}

// Builds `instructions` upon an image that has a directory /dir, and reads the tree that a new
// container of the result has.
Tree TreeOfBuild(Scene& scene, const std::vector<std::string>& instructions) {
  const std::string base = NewImageRef(scene, "base");
  scene.Load(ProbeImage(scene, {base}, {Layer().Dir("dir/").File("dir/keep", "kept")}));
  std::vector<std::string> dockerfile = {"FROM " + base};
  dockerfile.insert(dockerfile.end(), instructions.begin(), instructions.end());
  const std::string context = MakeContext(scene, dockerfile);
  const std::string built = NewImageRef(scene, "built");
  scene.Must({"image", "build", "-t", built, context});

  NamedImage image(built);
  Actor actor = scene.Start(scene.Create(image));
  Tree tree = Require(actor.ReadTree("/"));
  actor.Finish();
  return tree;
}

// The copy as the row wants it, whatever its path.
Node CopyOfSource() {
  const std::string content = "content of a\n";
  Node node;
  node.type = 'f';
  node.mode = 0600;
  node.mtime = kSourceTime;
  node.size = content.size();
  node.sha256 = Sha256Hex(content);
  return node;
}

// The one entry of a tree; the tree is empty when there is none.
Tree Only(const Tree& tree, const std::string& path) {
  const auto it = tree.find(path);
  return it == tree.end() ? Tree{} : Tree{{path, it->second}};
}

MATCHER(IsMadeByRoot0755, "is a directory 0755 of root") {
  *result_listener << "type " << arg.type << " mode 0" << std::oct << arg.mode << std::dec
                   << " owner " << arg.uid << ":" << arg.gid;
  return arg.type == 'd' && arg.mode == 0755 && arg.uid == 0 && arg.gid == 0;
}

COWBELL_CASE(BLD_001, ToANameWithoutSlash) {
  const Tree tree = TreeOfBuild(scene, {"COPY a.txt /x"});
  EXPECT_THAT(Only(tree, "/x"), IsTree(Tree{{"/x", CopyOfSource()}}));
}

COWBELL_CASE(BLD_001, OverAFileOfTheImage) {
  const Tree tree = TreeOfBuild(scene, {"COPY a.txt /dir/keep"});
  EXPECT_THAT(Only(tree, "/dir/keep"), IsTree(Tree{{"/dir/keep", CopyOfSource()}}));
}

COWBELL_CASE(BLD_001, IntoADirectoryNamedWithSlash) {
  const Tree tree = TreeOfBuild(scene, {"COPY a.txt /dir/"});
  EXPECT_THAT(Only(tree, "/dir/a.txt"), IsTree(Tree{{"/dir/a.txt", CopyOfSource()}}));
  EXPECT_TRUE(tree.contains("/dir/keep"));
}

COWBELL_CASE(BLD_001, IntoAnExistingDirectoryNamedWithoutSlash) {
  const Tree tree = TreeOfBuild(scene, {"COPY a.txt /dir"});
  EXPECT_THAT(Only(tree, "/dir/a.txt"), IsTree(Tree{{"/dir/a.txt", CopyOfSource()}}));
  EXPECT_TRUE(tree.contains("/dir/keep"));
}

COWBELL_CASE(BLD_001, BelowAMissingParent) {
  const Tree tree = TreeOfBuild(scene, {"COPY a.txt /nd/a.txt"});
  EXPECT_THAT(Only(tree, "/nd/a.txt"), IsTree(Tree{{"/nd/a.txt", CopyOfSource()}}));
  EXPECT_THAT(tree, Contains(Pair("/nd", IsMadeByRoot0755())));
}

COWBELL_CASE(BLD_001, BelowTwoMissingParents) {
  const Tree tree = TreeOfBuild(scene, {"COPY a.txt /nd2/deep/a.txt"});
  EXPECT_THAT(Only(tree, "/nd2/deep/a.txt"), IsTree(Tree{{"/nd2/deep/a.txt", CopyOfSource()}}));
  EXPECT_THAT(tree, Contains(Pair("/nd2", IsMadeByRoot0755())));
  EXPECT_THAT(tree, Contains(Pair("/nd2/deep", IsMadeByRoot0755())));
}

COWBELL_CASE(BLD_001, IntoAMissingDirectoryNamedWithSlash) {
  const Tree tree = TreeOfBuild(scene, {"COPY a.txt /nd3/"});
  EXPECT_THAT(Only(tree, "/nd3/a.txt"), IsTree(Tree{{"/nd3/a.txt", CopyOfSource()}}));
  EXPECT_THAT(tree, Contains(Pair("/nd3", IsMadeByRoot0755())));
}

}  // namespace
}  // namespace cowbell::conformance
