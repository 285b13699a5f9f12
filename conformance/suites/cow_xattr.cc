// COW-043 to COW-048: extended attributes, ACLs and capabilities over a copy-up.

#include <functional>
#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/answers.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

constexpr char kFile[] = "/t/file";

std::vector<Layer> FileWith(const std::map<std::string, std::string>& xattrs) {
  Layer layer = Layer().Dir("t/").File("t/file", "old");
  for (const auto& [name, value] : xattrs)
    layer.Xattr(name, value);
  return {layer};
}

// A subject that loses them when it takes the image is judged by the rows about layers.
void RequireXattr(Actor& actor, const std::string& path, const std::string& name,
                  const std::string& value) {
  const auto seen = actor.Getxattr(path, name);
  if (!seen.has_value() || seen.value() != value) {
    throw SceneError("the file of the image lacks " + name + " before the copy-up");
  }
}

void ChangeXattrs(Actor& actor) {
  RequireXattr(actor, kFile, "user.gone", "1");
  EXPECT_THAT(actor.Removexattr(kFile, "user.gone"), Succeeds());
  EXPECT_THAT(actor.Setxattr(kFile, "user.changed", "new"), Succeeds());
  EXPECT_THAT(actor.Setxattr(kFile, "user.added", "3"), Succeeds());
}

std::vector<Layer> FileWithThree() {
  return FileWith({{"user.gone", "1"}, {"user.changed", "old"}, {"user.kept", "2"}});
}

void ExpectXattrsChanged(Scene& scene, When when, const std::function<void(Actor&)>& before) {
  Container& container = scene.Create(scene.MakeImage(FileWithThree()));
  Tree expected = ModelPart(FileWithThree(), "/t", {kFile});
  expected[kFile].xattrs = {{"user.added", "3"}, {"user.changed", "new"}, {"user.kept", "2"}};

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        before(actor);
        ChangeXattrs(actor);
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Getxattr(kFile, "user.gone"), FailsWith(ENODATA));
        EXPECT_THAT(SeenPart(actor, "/t", {kFile}), Yields(IsTree(expected)));
      });
}

void Nothing(Actor&) {}
void CopyUp(Actor& actor) { Require(actor.SetTimes(kFile, kFixtureTime, kFixtureTime)); }

COWBELL_CASE(COW_043, OfImageFile) { ExpectXattrsChanged(scene, When::kLive, Nothing); }
COWBELL_CASE(COW_043, OfImageFileAfterRestart) {
  ExpectXattrsChanged(scene, When::kRestarted, Nothing);
}
COWBELL_CASE(COW_043, OfCopiedUpFile) { ExpectXattrsChanged(scene, When::kRestarted, CopyUp); }

COWBELL_CASE(COW_043, OtherContainersSeeTheImages) {
  Image& image = scene.MakeImage(FileWithThree());
  Container& sibling = scene.Create(image);
  Actor actor = scene.Start(scene.Create(image));
  ChangeXattrs(actor);
  actor.Finish();

  Actor other = scene.Start(sibling);
  EXPECT_THAT(SeenPart(other, "/t"), Yields(IsTree(ModelPart(FileWithThree(), "/t"))));
  other.Finish();
}

// Three ways up: by data, by mode, by name.
struct Way {
  const char* name;
  const char* path_after;
  Status (*go)(Actor&);
};
constexpr Way kByData = {"append", kFile, [](Actor& a) { return a.Append(kFile, "er"); }};
constexpr Way kByMode = {"chmod", kFile, [](Actor& a) { return a.Chmod(kFile, 0640); }};
constexpr Way kByName = {"rename", "/t/moved",
                         [](Actor& a) { return a.Rename(kFile, "/t/moved"); }};

void ExpectXattrsKept(Scene& scene, When when, const std::map<std::string, std::string>& xattrs,
                      const Way& way) {
  Container& container = scene.Create(scene.MakeImage(FileWith(xattrs)));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        for (const auto& [name, value] : xattrs)
          RequireXattr(actor, kFile, name, value);
        EXPECT_THAT(way.go(actor), Succeeds()) << way.name;
      },
      [&](Actor& actor) {
        std::vector<std::string> names;
        for (const auto& [name, value] : xattrs) {
          EXPECT_THAT(actor.Getxattr(way.path_after, name), Yields(value)) << name;
          names.push_back(name);
        }
        const auto listed = Ask(actor, "listxattr", {way.path_after}, "names");
        EXPECT_THAT(listed, Yields(Join(names, ",")));
      });
}

std::map<std::string, std::string> LongXattr() {
  std::string value;
  for (int i = 0; value.size() < 3900; ++i)
    value += std::to_string(i) + std::string(1, '\0');
  return {{"user.big", value}};
}

COWBELL_CASE(COW_044, ByData) { ExpectXattrsKept(scene, When::kLive, LongXattr(), kByData); }
COWBELL_CASE(COW_044, ByMode) { ExpectXattrsKept(scene, When::kRestarted, LongXattr(), kByMode); }
COWBELL_CASE(COW_044, ByName) { ExpectXattrsKept(scene, When::kLive, LongXattr(), kByName); }

std::map<std::string, std::string> TenXattrs() {
  std::map<std::string, std::string> xattrs;
  for (char c = 'a'; c < 'a' + 10; ++c)
    xattrs["user.cowbell." + std::string(1, c)] = std::string(1, c);
  return xattrs;
}

COWBELL_CASE(COW_045, ByData) { ExpectXattrsKept(scene, When::kLive, TenXattrs(), kByData); }
COWBELL_CASE(COW_045, ByMode) { ExpectXattrsKept(scene, When::kRestarted, TenXattrs(), kByMode); }
COWBELL_CASE(COW_045, ByName) { ExpectXattrsKept(scene, When::kLive, TenXattrs(), kByName); }

constexpr char kCapability[] = "security.capability";

// cap_net_bind_service=ep (see LAY-087).
std::string NetBindService() {
  return std::string("\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
}

void ExpectCapabilityKept(Scene& scene, When when, const Way& way) {
  ExpectXattrsKept(scene, when, {{kCapability, NetBindService()}}, way);
}

COWBELL_CASE(COW_047, OverChmod) { ExpectCapabilityKept(scene, When::kLive, kByMode); }
COWBELL_CASE(COW_047, OverChmodAndRestart) {
  ExpectCapabilityKept(scene, When::kRestarted, kByMode);
}
COWBELL_CASE(COW_047, OverRename) { ExpectCapabilityKept(scene, When::kLive, kByName); }

void ExpectCapabilityRemoved(Scene& scene, When when, const std::function<void(Actor&)>& before) {
  Container& container = scene.Create(scene.MakeImage(FileWith({{kCapability, NetBindService()}})));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        before(actor);
        RequireXattr(actor, kFile, kCapability, NetBindService());
        EXPECT_THAT(actor.Append(kFile, "er"), Succeeds());
      },
      [](Actor& actor) { EXPECT_THAT(actor.Getxattr(kFile, kCapability), FailsWith(ENODATA)); });
}

COWBELL_CASE(COW_048, FromImageFile) { ExpectCapabilityRemoved(scene, When::kLive, Nothing); }
COWBELL_CASE(COW_048, FromImageFileAfterRestart) {
  ExpectCapabilityRemoved(scene, When::kRestarted, Nothing);
}
COWBELL_CASE(COW_048, FromCopiedUpFile) { ExpectCapabilityRemoved(scene, When::kLive, CopyUp); }

constexpr char kAccessAcl[] = "system.posix_acl_access";
constexpr char kDefaultAcl[] = "system.posix_acl_default";

// One entry of an ACL as the kernel keeps it: tag, permissions, id (linux/posix_acl_xattr.h).
std::string AclEntry(int tag, int permissions, uint32_t id) {
  std::string bytes = {static_cast<char>(tag), '\0', static_cast<char>(permissions), '\0'};
  for (int shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>((id >> shift) & 0xff);
  return bytes;
}

// u::rwx,u:77:rwx,g::r-x,m::MASK,o::---
std::string AclWithUser77(int mask) {
  constexpr uint32_t kNobody = 0xffffffff;
  return std::string("\x02\0\0\0", 4) + AclEntry(0x01, 7, kNobody) + AclEntry(0x02, 7, 77) +
         AclEntry(0x04, 5, kNobody) + AclEntry(0x10, mask, kNobody) + AclEntry(0x20, 0, kNobody);
}

// The ACLs are set by one start of a container: engines differ in what they take from layers.
void SetAcl(Scene& scene, Actor& actor, const std::string& path, const std::string& kind) {
  const Status set = actor.Setxattr(path, kind, AclWithUser77(7));
  if (!set.has_value() && set.error().errno_value() == EOPNOTSUPP) {
    scene.SkipNotApplicable("the file system below has no ACLs");
  }
  Require(set);
}

std::vector<Layer> DirectoryWithChild() {
  return {Layer().Dir("t/").Dir("t/dir/").File("t/dir/child", "c")};
}

void ExpectInherited(Scene& scene, When when, const std::function<void(Actor&)>& before) {
  Container& container = scene.Create(scene.MakeImage(DirectoryWithChild()));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        SetAcl(scene, actor, "/t/dir", kDefaultAcl);
        before(actor);
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Getxattr("/t/dir", kDefaultAcl), Yields(AclWithUser77(7)));
        EXPECT_THAT(actor.CreateFile("/t/dir/child", "n", 0660), Succeeds());
        EXPECT_THAT(actor.Getxattr("/t/dir/child", kAccessAcl),
                    Yields(AclWithUser77(6).replace(6, 1, 1, '\x06')));
        EXPECT_THAT(actor.Mkdir("/t/dir/sub", 0770), Succeeds());
        EXPECT_THAT(actor.Getxattr("/t/dir/sub", kDefaultAcl), Yields(AclWithUser77(7)));
      });
}

COWBELL_CASE(COW_046, NewFileOverAWhiteoutInheritsTheDefault) {
  ExpectInherited(scene, When::kLive, [](Actor& actor) { Require(actor.Unlink("/t/dir/child")); });
}
COWBELL_CASE(COW_046, NewFileOverAWhiteoutInheritsTheDefaultAfterRestart) {
  ExpectInherited(scene, When::kRestarted,
                  [](Actor& actor) { Require(actor.Unlink("/t/dir/child")); });
}

std::vector<Layer> FileWithAcl() {
  return {Layer().Dir("t/").File("t/file", "old").Mode(0770).Xattr(kAccessAcl, AclWithUser77(7))};
}

void ExpectAclKept(Scene& scene, When when, const std::function<void(Actor&)>& copy_up, int mask) {
  Container& container = scene.Create(scene.MakeImage(FileWithAcl()));

  ChangeThenJudge(
      scene, container, when,
      [&](Actor& actor) {
        const auto seen = actor.Getxattr(kFile, kAccessAcl);
        if (!seen.has_value()) scene.SkipNotApplicable("layers bring no ACLs here");
        copy_up(actor);
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Getxattr(kFile, kAccessAcl), Yields(AclWithUser77(mask)));
      });
}

COWBELL_CASE(COW_046, AccessAclSurvivesAWrite) {
  ExpectAclKept(
      scene, When::kLive, [](Actor& a) { EXPECT_THAT(a.Append(kFile, "er"), Succeeds()); }, 7);
}
COWBELL_CASE(COW_046, AccessAclSurvivesAWriteAndRestart) {
  ExpectAclKept(
      scene, When::kRestarted, [](Actor& a) { EXPECT_THAT(a.Append(kFile, "er"), Succeeds()); }, 7);
}
// The group bits of chmod are the mask.
COWBELL_CASE(COW_046, ChmodSetsTheMask) {
  ExpectAclKept(
      scene, When::kLive, [](Actor& a) { EXPECT_THAT(a.Chmod(kFile, 0750), Succeeds()); }, 5);
}

}  // namespace
}  // namespace cowbell::conformance
