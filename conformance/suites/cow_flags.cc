// COW-053, COW-054: inode flags (chattr).

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/answers.h"
#include "conformance/suites/trees.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

constexpr char kFile[] = "/t/file";

std::vector<Layer> OneFile() { return {Layer().Dir("t/").File("t/file", "old")}; }

// The flags of a file of this host; ends the case as not applicable where there are none.
int HostFlags(Scene& scene, const std::string& path) {
  const UniqueFd fd = Require(Open(path, O_RDONLY | O_CLOEXEC));
  int flags = 0;
  if (ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) {
    scene.SkipNotApplicable("the store's file system has no inode flags");
  }
  return flags;
}

// Where the file of the image lies on this host.
std::string LowerFile(Scene& scene, Container& container) {
  const auto lowers = container.LowerDirs();
  if (!lowers.has_value()) scene.SkipNotApplicable(lowers.error().ToString());
  for (const std::string& lower : lowers.value()) {
    if (Exists(lower + kFile)) return lower + kFile;
  }
  throw SceneError("no lower directory holds " + std::string(kFile));
}

// Sets flags, looks at the lower file, and takes them back: a file that keeps them could not be
// removed.
void ExpectLowerFlagsKept(Scene& scene, const std::string& flags) {
  Container& container = scene.Create(scene.MakeImage(OneFile()));
  const std::string lower = LowerFile(scene, container);
  const int before = HostFlags(scene, lower);
  Actor actor = scene.Start(container);

  const auto set = actor.Do("setflags", {kFile, flags});

  EXPECT_EQ(HostFlags(scene, lower), before) << lower;
  scene.Outcome("chattr +" + flags, set.has_value() ? "set" : ErrnoName(set.error().errno_value()));
  if (set.has_value()) {
    EXPECT_THAT(Ask(actor, "getflags", {kFile}, "flags"), Yields(flags));
    EXPECT_THAT(actor.Do("setflags", {kFile, ""}), Succeeds());
  }
  actor.Finish();
}

COWBELL_CASE(COW_053, ImmutableLeavesTheLowerFile) { ExpectLowerFlagsKept(scene, "i"); }
COWBELL_CASE(COW_053, AppendOnlyLeavesTheLowerFile) { ExpectLowerFlagsKept(scene, "a"); }
COWBELL_CASE(COW_053, NoDumpLeavesTheLowerFile) { ExpectLowerFlagsKept(scene, "d"); }

// While one container's copy is immutable, the other one writes to its own.
COWBELL_CASE(COW_053, SiblingCanWrite) {
  Image& image = scene.MakeImage(OneFile());
  Container& sibling = scene.Create(image);
  Actor actor = scene.Start(scene.Create(image));
  const auto set = actor.Do("setflags", {kFile, "i"});
  scene.Outcome("chattr +i", set.has_value() ? "set" : ErrnoName(set.error().errno_value()));

  Actor other = scene.Start(sibling);
  EXPECT_THAT(other.Append(kFile, "er"), Succeeds());
  EXPECT_THAT(other.Read(kFile), Yields(std::string("older")));
  other.Finish();

  if (set.has_value()) {
    EXPECT_THAT(actor.Append(kFile, "er"), FailsWith(EPERM));
    EXPECT_THAT(actor.Do("setflags", {kFile, ""}), Succeeds());
  }
  actor.Finish();
}

// What is made in a directory with +A has it as well, symbolic links included, on which no ioctl
// works. The suite has prepared the lower directory itself, so it may make the link anew in it.
void InheritNoAtime(Scene& scene, const std::string& directory) {
  const UniqueFd fd = Require(Open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat before = {};
  if (fstat(fd.get(), &before) != 0) throw SceneError("fstat '" + directory + "'");
  int flags = 0;
  const bool has_flags = ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) == 0;
  flags |= FS_NOATIME_FL;
  if (!has_flags || ioctl(fd.get(), FS_IOC_SETFLAGS, &flags) != 0) {
    scene.SkipNotApplicable("the file system of the lower layers has no inode flags");
  }
  const timespec link_times[2] = {{kFixtureTime.seconds, kFixtureTime.nanoseconds},
                                  {kFixtureTime.seconds, kFixtureTime.nanoseconds}};
  const timespec directory_times[2] = {before.st_atim, before.st_mtim};
  if (unlinkat(fd.get(), "link", 0) != 0 || symlinkat("file", fd.get(), "link") != 0 ||
      utimensat(fd.get(), "link", link_times, AT_SYMLINK_NOFOLLOW) != 0 ||
      futimens(fd.get(), directory_times) != 0) {
    throw SceneError("make '" + directory + "/link' anew");
  }
}

void ExpectCopyUpOfLink(Scene& scene, Status (*change)(Actor&)) {
  Container& container = scene.Create(
      scene.MakeImage({Layer().Dir("t/").File("t/file", "old").Symlink("t/link", "file")}));
  const std::string lower = LowerFile(scene, container);
  InheritNoAtime(scene, lower.substr(0, lower.rfind('/')));

  Actor actor = scene.Start(container);
  EXPECT_THAT(change(actor), Succeeds());
  EXPECT_THAT(actor.Readlink("/t/link2"), Yields(std::string("file")));
  actor.Finish();
}

COWBELL_CASE(COW_054, RenamedSymlink) {
  ExpectCopyUpOfLink(scene, [](Actor& actor) { return actor.Rename("/t/link", "/t/link2"); });
}
COWBELL_CASE(COW_054, LinkedSymlink) {
  ExpectCopyUpOfLink(scene, [](Actor& actor) { return actor.Link("/t/link", "/t/link2"); });
}

}  // namespace
}  // namespace cowbell::conformance
