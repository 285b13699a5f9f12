// COW-050 to COW-052: the attributes in which a union keeps its own notes.

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/answers.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::ContainerEq;

std::vector<Layer> TwoLayers() {
  return {Layer()
              .Dir("t/")
              .File("t/file", "old")
              .File("t/moved", "old")
              .File("t/gone", "old")
              .Symlink("t/link", "file")
              .Dir("t/dir/")
              .File("t/dir/lower", "l")
              .Dir("t/anew/")
              .File("t/anew/old", "o"),
          Layer().Dir("t/").Dir("t/dir/").File("t/dir/upper", "u")};
}

// A container whose processes may read and set trusted.* where it can be given that right.
Container& CreatePrivileged(Scene& scene) {
  ContainerSpec spec;
  if (scene.profile().Has("cap-add")) spec.flags = {"--cap-add", "SYS_ADMIN"};
  return scene.Create(scene.MakeImage(TwoLayers()), spec);
}

// Everything for which a union may leave a note behind.
void MakeTheUnionTakeNotes(Actor& actor) {
  Require(actor.Append("/t/file", "er"));
  Require(actor.Rename("/t/moved", "/t/dir/moved"));
  Require(actor.Unlink("/t/gone"));
  Require(actor.Lchown("/t/link", 1, 1));
  Require(actor.Chmod("/t/dir", 0700));
  Require(actor.RemoveTree("/t/anew"));
  Require(actor.Mkdir("/t/anew"));
}

constexpr const char* kUnionPrefixes[] = {"trusted.overlay.", "user.overlay.",
                                          "user.fuseoverlayfs.", "trusted.fuseoverlayfs.",
                                          "user.containers."};

void ExpectNoUnionXattr(Actor& actor, const std::string& path) {
  for (const std::string& name : Split(Require(Ask(actor, "listxattr", {path}, "names")), ',')) {
    for (const char* prefix : kUnionPrefixes)
      EXPECT_FALSE(name.starts_with(prefix)) << path << " lists " << name;
  }
  for (const char* name :
       {"trusted.overlay.opaque", "trusted.overlay.origin", "trusted.overlay.impure",
        "user.overlay.opaque", "user.fuseoverlayfs.opaque", "user.fuseoverlayfs.origin"}) {
    EXPECT_THAT(actor.Getxattr(path, name), IsRefused()) << path << " has " << name;
  }
}

void ExpectNotesHidden(Scene& scene, When when) {
  Container& container = CreatePrivileged(scene);

  ChangeThenJudge(scene, container, when, MakeTheUnionTakeNotes, [](Actor& actor) {
    for (const auto& [path, node] : Require(actor.ReadTree("/t")))
      ExpectNoUnionXattr(actor, path);
  });
}

COWBELL_CASE(COW_050, NotesOfChangesAreHidden) { ExpectNotesHidden(scene, When::kLive); }
COWBELL_CASE(COW_050, NotesOfChangesAreHiddenAfterRestart) {
  ExpectNotesHidden(scene, When::kRestarted);
}

struct Forged {
  const char* path;
  const char* name;
  const char* value;
};

constexpr Forged kForged[] = {
    {"/t/dir", "trusted.overlay.opaque", "y"},    {"/t/dir", "user.overlay.opaque", "y"},
    {"/t/file", "trusted.overlay.whiteout", ""},  {"/t/file", "user.overlay.whiteout", ""},
    {"/t/dir", "user.fuseoverlayfs.opaque", "y"}, {"/t/anew", "trusted.overlay.redirect", "dir"},
};

// May be refused; may be kept as an ordinary attribute; must not act.
void Forge(Actor& actor) {
  for (const Forged& forged : kForged) {
    const Status set = actor.Setxattr(forged.path, forged.name, forged.value);
    if (set.has_value()) continue;
    EXPECT_THAT(set, AnyOf(FailsWith(EPERM), FailsWith(EOPNOTSUPP))) << forged.name;
  }
}

Result<NameList> NamesBelow(Actor& actor, const std::string& path) {
  const Tree tree = TRY(SeenPart(actor, path));
  NameList names;
  for (const auto& [name, node] : tree)
    names.push_back(name);
  return names;
}

void ExpectForgeryHarmless(Scene& scene, When when) {
  Container& container = CreatePrivileged(scene);
  NameList before;

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        before = Require(NamesBelow(actor, "/t"));
        Forge(actor);
      },
      [&](Actor& actor) { EXPECT_THAT(NamesBelow(actor, "/t"), Yields(ContainerEq(before))); });
}

COWBELL_CASE(COW_051, ForgedNotesHideNothing) { ExpectForgeryHarmless(scene, When::kLive); }
COWBELL_CASE(COW_051, ForgedNotesHideNothingAfterRestart) {
  ExpectForgeryHarmless(scene, When::kRestarted);
}

void ExpectOrdinary(Scene& scene, When when, const std::string& ordinary, const std::string& name) {
  Container& container = CreatePrivileged(scene);

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        const Status possible = actor.Setxattr("/t/file", ordinary, "x");
        if (!possible.has_value()) {
          scene.SkipNotApplicable("a process inside may not set " + ordinary);
        }
        EXPECT_THAT(actor.Setxattr("/t/file", name, "v"), Succeeds()) << name;
        EXPECT_THAT(actor.Setxattr("/t/dir", name, "v"), Succeeds()) << name;
      },
      [&](Actor& actor) {
        for (const char* path : {"/t/file", "/t/dir"})
          EXPECT_THAT(actor.Getxattr(path, name), Yields(std::string("v"))) << path;
        const auto listed = Ask(actor, "listxattr", {"/t/dir"}, "names");
        EXPECT_THAT(listed, Yields(name));
      });
}

COWBELL_CASE(COW_052, UserNameWithThePrefix) {
  ExpectOrdinary(scene, When::kLive, "user.cowbell", "user.overlayfoo");
}
COWBELL_CASE(COW_052, UserNameWithThePrefixAfterRestart) {
  ExpectOrdinary(scene, When::kRestarted, "user.cowbell", "user.overlayfoo");
}
COWBELL_CASE(COW_052, TrustedNameWithThePrefix) {
  ExpectOrdinary(scene, When::kLive, "trusted.cowbell", "trusted.overlayfoo");
}
COWBELL_CASE(COW_052, TrustedNameWithThePrefixAfterRestart) {
  ExpectOrdinary(scene, When::kRestarted, "trusted.cowbell", "trusted.overlayfoo");
}

}  // namespace
}  // namespace cowbell::conformance
