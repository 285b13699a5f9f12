// COW-114 … COW-116: roots without a RW layer.

#include <string>
#include <utility>

#include "conformance/harness/scene.h"
#include "conformance/suites/trees.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

std::vector<Layer> Things() {
  return {Layer()
              .Dir("t/")
              .File("t/file", "old")
              .Dir("t/empty/")
              .Dir("run/")
              .Dir("var/")
              .Dir("var/tmp/")
              .Mode(01777),
          Layer().File("t/upper", "old")};
}

ContainerSpec ReadOnly() {
  ContainerSpec spec;
  spec.flags = {"--read-only"};
  return spec;
}

struct Change {
  const char* name;
  Status (*run)(Actor& actor);
};

constexpr Change kChanges[] = {
    {"create", [](Actor& a) { return a.CreateFile("/t/new", "new"); }},
    {"write", [](Actor& a) { return a.Write("/t/file", "new"); }},
    {"append", [](Actor& a) { return a.Append("/t/file", "new"); }},
    {"open for writing", [](Actor& a) { return a.Open("f", "/t/file", "rdwr"); }},
    {"truncate", [](Actor& a) { return a.Truncate("/t/file", 1); }},
    {"chmod", [](Actor& a) { return a.Chmod("/t/file", 0600); }},
    {"chown", [](Actor& a) { return a.Chown("/t/file", 1, 1); }},
    {"utimens",
     [](Actor& a) {
       return a.SetTimes("/t/file", {1, 0}, {1, 0});
     }},
    {"setxattr", [](Actor& a) { return a.Setxattr("/t/file", "user.k", "v"); }},
    {"unlink", [](Actor& a) { return a.Unlink("/t/file"); }},
    {"rmdir", [](Actor& a) { return a.Rmdir("/t/empty"); }},
    {"mkdir", [](Actor& a) { return a.Mkdir("/t/dir"); }},
    {"rename", [](Actor& a) { return a.Rename("/t/file", "/t/moved"); }},
    {"link", [](Actor& a) { return a.Link("/t/file", "/t/second"); }},
    {"symlink", [](Actor& a) { return a.Symlink("file", "/t/link"); }},
    {"mknod", [](Actor& a) { return a.Mknod("/t/fifo", 'p', 0600); }},
};

COWBELL_CASE(COW_114, EveryChangeIsRefused) {
  Container& container = scene.Create(scene.MakeImage(Things()), ReadOnly());
  Actor actor = scene.Start(container);
  const Tree before = Require(SeenPart(actor, "/t"));

  for (const Change& change : kChanges)
    EXPECT_THAT(change.run(actor), FailsWith(EROFS)) << change.name;

  EXPECT_THAT(SeenPart(actor, "/t"), Yields(IsTree(before)));
  actor.Finish();
  const auto upper = container.UpperDir();
  EXPECT_FALSE(upper.has_value() && Exists(upper.value() + "/t")) << "in the RW layer";
}

// Where a read-only container may still write, what it writes is on no layer.
COWBELL_CASE(COW_115, TemporaryDirectoriesMayBeWritable) {
  Container& container = scene.Create(scene.MakeImage(Things()), ReadOnly());
  const std::vector<std::string> directories = {"/tmp", "/run", "/var/tmp"};
  std::vector<std::string> writable;
  {
    Actor actor = scene.Start(container);
    for (const std::string& directory : directories) {
      const Status made = actor.CreateFile(directory + "/new", "new");
      EXPECT_THAT(made, ::testing::AnyOf(Succeeds(), FailsWith(EROFS))) << directory;
      if (made.has_value()) writable.push_back(directory);
    }
    actor.Finish();
  }
  scene.Outcome("readonly.tmpfs", writable.empty() ? "none" : Join(writable, ","));

  Actor actor = scene.Start(container);
  for (const std::string& directory : directories)
    EXPECT_THAT(actor.Lstat(directory + "/new"), FailsWith(ENOENT)) << "after a restart";
  actor.Finish();
  const auto upper = container.UpperDir();
  if (!upper.has_value()) return;
  for (const std::string& directory : directories)
    EXPECT_FALSE(Exists(upper.value() + directory + "/new")) << "in the RW layer";
}

COWBELL_CASE(COW_116, UnionWithoutUpperStaysReadOnly) {
  Container& container = scene.Create(scene.MakeImage(Things()), ReadOnly());
  Actor actor = scene.Start(container);
  EXPECT_THAT(actor.CreateFile("/t/new", "new"), FailsWith(EROFS));

  EXPECT_THAT(actor.Do("remount", {"/", "rw"}), IsRefused());

  EXPECT_THAT(actor.CreateFile("/t/new", "new"), FailsWith(EROFS));
  EXPECT_THAT(actor.Read("/t/upper"), Yields(std::string("old")));
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
