// LAY-053 to LAY-057: layers that reach for files of this host. An image is refused, or what it
// does stays inside; either way the host is as it was.

#include <sys/stat.h>

#include <string>
#include <vector>

#include "conformance/harness/scene.h"
#include "conformance/suites/assembly.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

constexpr char kOfTheHost[] = "of the host";
// More steps than any path of this host has.
constexpr char kUp[] = "../../../../../../../../../../../../../../../../..";

// A directory of this host with a file in it, both of this case alone.
std::string HostTarget(Scene& scene) {
  const std::string directory = scene.work_dir() + "/host-target";
  Require(MakeDirs(directory));
  Require(WriteFile(directory + "/victim", kOfTheHost, 0400));
  return directory;
}

nlink_t LinksOf(const std::string& path) {
  struct stat st = {};
  if (lstat(path.c_str(), &st) != 0) throw SceneError("lstat '" + path + "'");
  return st.st_nlink;
}

void ExpectHostAsBefore(const std::string& target, const Tree& before, const std::string& when) {
  EXPECT_THAT(ReadTree(target), Yields(IsTree(before))) << when;
  EXPECT_EQ(LinksOf(target + "/victim"), 1U) << when << ": a name of the image is the host's file";
}

void NothingMore(Actor&) {}

// What is shown inside is for `inspect` to judge.
void ExpectHostUntouched(Scene& scene, const std::string& target, const std::vector<Layer>& layers,
                         void (*inspect)(Actor&) = NothingMore) {
  const Tree before = Require(ReadTree(target));
  scene.MakeImage({Layer().Dir("t/").Symlink("t/e", "elsewhere")});  // harmless ones are taken

  const Result<Image*> image = scene.TryImage(layers);
  const bool refused = WasRefused(image);
  scene.Outcome("apply.escape", refused ? "refused" : "contained");
  ExpectHostAsBefore(target, before, "after loading");

  if (refused) return;
  Result<Actor> actor = scene.TryStart(scene.Create(*image.value()));
  ASSERT_THAT(actor, Succeeds()) << "the image was taken and has no root";
  inspect(actor.value());
  actor.value().Finish();
  ExpectHostAsBefore(target, before, "after a start");
}

// `prefix` stands before the path of the host.
void ExpectNameContained(Scene& scene, const std::string& prefix) {
  const std::string target = HostTarget(scene);
  const std::string path = prefix + target;
  ExpectHostUntouched(
      scene, target,
      {Layer().Dir("t/"),
       Layer().Dir("t/").File(path + "/ESC", "escaped").File(path + "/victim", "escaped")});
}

COWBELL_CASE(LAY_053, NameThatBeginsUpwards) { ExpectNameContained(scene, kUp); }
COWBELL_CASE(LAY_053, AbsoluteNameThatGoesUpwards) {
  ExpectNameContained(scene, std::string("/") + kUp);
}
COWBELL_CASE(LAY_053, NameThatGoesUpwardsFromInside) {
  ExpectNameContained(scene, std::string("t/") + kUp);
}
COWBELL_CASE(LAY_053, WhiteoutThatGoesUpwards) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(scene, target,
                      {Layer().Dir("t/"), Layer().Dir("t/").Whiteout(kUp + target + "/victim")});
}
COWBELL_CASE(LAY_053, OpaqueMarkerThatGoesUpwards) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(scene, target, {Layer().Dir("t/"), Layer().Dir("t/").Opaque(kUp + target)});
}

COWBELL_CASE(LAY_054, FileBelowLinkOfTheSameLayer) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(scene, target,
                      {Layer().Dir("t/").Symlink("t/e", target).File("t/e/ESC", "escaped")});
}

COWBELL_CASE(LAY_054, FileBelowLinkOfALowerLayer) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(scene, target,
                      {Layer().Dir("t/").Symlink("t/e", target),
                       Layer().File("t/e/ESC", "escaped").File("t/e/victim", "x")});
}

COWBELL_CASE(LAY_054, DirectoryBelowRelativeLink) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(scene, target,
                      {Layer()
                           .Dir("t/")
                           .Symlink("t/e", kUp + target)
                           .Dir("t/e/made/")
                           .File("t/e/made/ESC", "escaped")});
}

COWBELL_CASE(LAY_054, WhiteoutBelowLink) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(
      scene, target,
      {Layer().Dir("t/").Symlink("t/e", target), Layer().Whiteout("t/e/victim").Opaque("t/e")});
}

// The name may be that of a file of the image; it is never that of the host's.
void ExpectNoHostContent(Actor& actor) {
  const Result<std::string> content = actor.Read("/t/h");
  EXPECT_FALSE(content.has_value() && content.value() == kOfTheHost) << "/t/h is the host's file";
}

COWBELL_CASE(LAY_055, HardLinkThatGoesUpwards) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(scene, target, {Layer().Dir("t/").HardLink("t/h", kUp + target + "/victim")},
                      ExpectNoHostContent);
}
COWBELL_CASE(LAY_055, HardLinkToAnAbsoluteName) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(scene, target, {Layer().Dir("t/").HardLink("t/h", target + "/victim")},
                      ExpectNoHostContent);
}
COWBELL_CASE(LAY_055, HardLinkBelowALink) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(scene, target,
                      {Layer().Dir("t/").Symlink("t/s", target).HardLink("t/h", "t/s/victim")},
                      ExpectNoHostContent);
}
COWBELL_CASE(LAY_055, HardLinkToAFileOfTheImageOfTheSameName) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(
      scene, target,
      {Layer()
           .Dir("t/")
           .File(target.substr(1) + "/victim", "of the image")
           .HardLink("t/h", kUp + target + "/victim")},
      [](Actor& actor) { EXPECT_THAT(actor.Read("/t/h"), Yields(std::string("of the image"))); });
}

// A link in the place of the root, and what the next layer writes "into the root".
void ExpectRootStays(Scene& scene, const std::string& name) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(
      scene, target,
      {Layer().Dir("t/").Symlink(name, target), Layer().File("x", "escaped").Whiteout("victim")},
      [](Actor& actor) {
        const Result<FileStat> directory = actor.Lstat("/t");
        ASSERT_THAT(directory, Succeeds());
        EXPECT_EQ(directory.value().type, 'd');
      });
}

COWBELL_CASE(LAY_056, LinkNamedDot) { ExpectRootStays(scene, "."); }
COWBELL_CASE(LAY_056, LinkNamedSlashDot) { ExpectRootStays(scene, "/."); }
COWBELL_CASE(LAY_056, LinkNamedDotDot) { ExpectRootStays(scene, ".."); }
COWBELL_CASE(LAY_056, LinkWithoutAName) { ExpectRootStays(scene, ""); }

COWBELL_CASE(LAY_057, AttributesOfAHardLinkToALinkStayInside) {
  const std::string target = HostTarget(scene);
  ExpectHostUntouched(scene, target,
                      {Layer()
                           .Dir("t/")
                           .Symlink("t/s", target + "/victim")
                           .HardLink("t/hs", "t/s")
                           .Mode(0777)
                           .Owner(70123, 70124)});
}

}  // namespace
}  // namespace cowbell::conformance
