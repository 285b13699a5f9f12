// COW-120 … COW-122, COW-124, COW-125: what a store may lie on, and how it may be called.

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "conformance/harness/further_subject.h"
#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"

namespace cowbell::conformance {
namespace {

std::vector<Layer> TwoLayers() {
  return {Layer().Dir("t/").File("t/file", "old").File("t/deleted", "old").Mode(0741),
          Layer().Dir("t/").File("t/upper", "old").Owner(70123, 70124)};
}

// Answers of a session; an error is the operation's.
Result<probe::Reply> Ask(Session& session, const std::string& name, std::vector<std::string> args) {
  probe::Reply reply = TRY(session.Do({name, std::move(args)}));
  if (!reply.ok()) return Error::FromErrno(reply.error, name + " (" + reply.call + ")");
  return reply;
}

// The usual life of a container. Errors: the first step that the subject refuses. What it shows is
// judged.
Status LiveOneLife(Subject& subject) {
  const auto image = TRY(subject.MakeImage(TwoLayers()).Within("make an image"));
  const auto container = TRY(subject.Create(*image, {}).Within("create"));
  {
    const auto session = TRY(container->Start());
    EXPECT_THAT(Ask(*session, "append", {"/t/file", " and new"}), Succeeds());
    EXPECT_THAT(Ask(*session, "unlink", {"/t/deleted"}), Succeeds());
    EXPECT_THAT(Ask(*session, "write", {"/t/made", "new"}), Succeeds());
    (void)TRY(session->Finish());
  }
  const auto session = TRY(container->Start().Within("start again"));
  const auto file = TRY(Ask(*session, "read", {"/t/file"}));
  EXPECT_EQ(file.Get("data"), "old and new");
  const auto upper = TRY(Ask(*session, "lstat", {"/t/upper"}));
  EXPECT_EQ(upper.Get("uid"), "70123");
  const auto list = TRY(Ask(*session, "list", {"/t"}));
  EXPECT_EQ(list.Get("count"), "3") << list.Get("names");
  (void)TRY(session->Finish());
  return Ok();
}

// A subject that says no has said so; one that hangs has not.
bool IsCleanRefusal(const Error& error) {
  if (error.errno_value() == ETIMEDOUT) throw SceneError(error.ToString());
  return true;
}

// With everything below `directory`.
Status LiveBelow(const Profile& profile, const std::string& directory) {
  const std::unique_ptr<Subject> subject = TRY(MakeFurtherSubject(profile, directory));
  return LiveOneLife(*subject);
}

// Works wholly, or is refused.
void ExpectWorksOrRefused(Scene& scene, const std::string& key, const Status& lived) {
  EXPECT_TRUE(lived.has_value() || IsCleanRefusal(lived.error()));
  scene.Outcome(key, lived.has_value() ? "works" : "refused");
}

void ExpectStoreAt(Scene& scene, const std::string& name) {
  const std::string directory = scene.work_dir() + "/" + name;
  Require(MakeDirs(directory));
  ExpectWorksOrRefused(scene, "store.path", LiveBelow(scene.profile(), directory));
}

COWBELL_CASE(COW_120, Colon) { ExpectStoreAt(scene, "a:b"); }
COWBELL_CASE(COW_120, Comma) { ExpectStoreAt(scene, "a,b"); }
COWBELL_CASE(COW_120, Blank) { ExpectStoreAt(scene, "a b"); }
COWBELL_CASE(COW_120, Backslash) { ExpectStoreAt(scene, "a\\b"); }
COWBELL_CASE(COW_120, Equals) { ExpectStoreAt(scene, "a=b"); }

// Mounts that only this process and its children see; gone with the object.
class PrivateMounts {
 public:
  PrivateMounts() {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr)) {
      throw SceneError(std::string("a mount namespace of the case: ") + ErrnoName(errno));
    }
  }
  ~PrivateMounts() {
    for (auto path = mounted_.rbegin(); path != mounted_.rend(); ++path)
      umount2(path->c_str(), MNT_DETACH);
  }
  PrivateMounts(const PrivateMounts&) = delete;
  PrivateMounts& operator=(const PrivateMounts&) = delete;

  void Mount(const std::string& source, const std::string& path, const char* type,
             unsigned long flags, const std::string& data) {
    if (mount(source.c_str(), path.c_str(), type, flags, data.c_str()) != 0) {
      throw SceneError("mount " + std::string(type) + " at '" + path + "': " + ErrnoName(errno));
    }
    mounted_.push_back(path);
  }
  void MakeReadOnly(const std::string& path) {
    if (mount(nullptr, path.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
      throw SceneError("remount '" + path + "' read-only: " + ErrnoName(errno));
    }
  }
  // mount(8) sets a loop device up and frees it with the mount.
  void MountImage(Scene& scene, const std::string& file, const std::string& path,
                  const std::string& options) {
    const CommandResult result =
        Require(RunCommand({"mount", "-o", "loop," + options, file, path}));
    if (!result.status.ok()) scene.SkipBlocked("no loop mounts here: " + result.err);
    mounted_.push_back(path);
  }

 private:
  std::vector<std::string> mounted_;
};

// A file with an ext4 file system, made with these options of mkfs.
std::string MakeExt4(Scene& scene, const std::string& name, const std::vector<std::string>& flags) {
  const std::string file = scene.work_dir() + "/" + name;
  Require(WriteFile(file, ""));
  if (truncate(file.c_str(), off_t{64} << 20) != 0) throw SceneError("truncate '" + file + "'");
  std::vector<std::string> argv = {"mkfs.ext4", "-q"};
  argv.insert(argv.end(), flags.begin(), flags.end());
  argv.push_back(file);
  const auto made = RunCommand(argv);
  if (!made.has_value() || !made.value().status.ok()) scene.SkipBlocked("there is no mkfs.ext4");
  return file;
}

using PutBelow = std::function<void(Scene& scene, PrivateMounts& mounts, const std::string& lower)>;

// Each layer lies on a file system of its own, put over its directory before the union is mounted.
void ExpectLowersUsable(Scene& scene, const PutBelow& put_below) {
  PrivateMounts mounts;
  Image& image = scene.MakeImage(TwoLayers());
  Container& container = scene.Create(image);
  for (const std::string& lower : Require(container.LowerDirs()))
    put_below(scene, mounts, lower);
  Tree expected = ModelPart(TwoLayers(), "/t", {"/t", "/t/file"});
  expected.erase("/t/deleted");

  ChangeThenJudge(
      scene, container, When::kRestarted,
      [](Actor& actor) {
        EXPECT_THAT(actor.Append("/t/file", " and new"), Succeeds());
        EXPECT_THAT(actor.Unlink("/t/deleted"), Succeeds());
      },
      [&](Actor& actor) {
        EXPECT_THAT(actor.Read("/t/file"), Yields(std::string("old and new")));
        Tree seen = Require(SeenPart(actor, "/t", {"/t", "/t/file"}));
        seen["/t/file"] = expected["/t/file"];
        EXPECT_THAT(seen, IsTree(expected));
      });
}

void CopyToReadOnlyExt4(Scene& scene, PrivateMounts& mounts, const std::string& lower) {
  static int count = 0;
  const std::string file = MakeExt4(scene, "lower" + std::to_string(++count), {});
  const std::string copy = file + ".mounted";
  Require(MakeDirs(copy));
  mounts.MountImage(scene, file, copy, "rw");
  const CommandResult copied = Require(RunCommand({"cp", "-a", lower + "/.", copy}));
  if (!copied.status.ok()) throw SceneError("cp: " + copied.err);
  mounts.MakeReadOnly(copy);
  mounts.Mount(copy, lower, "", MS_BIND, "");
}

COWBELL_CASE(COW_121, LowersOnAReadOnlyFileSystem) {
  ExpectLowersUsable(scene, CopyToReadOnlyExt4);
}

void CoverByUnion(Scene& scene, PrivateMounts& mounts, const std::string& lower) {
  static int count = 0;
  const std::string empty = scene.work_dir() + "/empty" + std::to_string(++count);
  Require(MakeDirs(empty));
  mounts.Mount("overlay", lower, "overlay", 0, "lowerdir=" + lower + ":" + empty);
}

COWBELL_CASE(COW_122, LowersThatAreUnions) {
  if (!scene.profile().Has("merge")) scene.SkipNotApplicable("its lowers are its own");
  ExpectLowersUsable(scene, CoverByUnion);
}

COWBELL_CASE(COW_122, StoreOnAUnion) {
  PrivateMounts mounts;
  const std::string base = scene.work_dir();
  for (const char* name : {"/below", "/upper", "/work", "/store"})
    Require(MakeDirs(base + name));
  mounts.Mount("overlay", base + "/store", "overlay", 0,
               "lowerdir=" + base + "/below,upperdir=" + base + "/upper,workdir=" + base + "/work");
  ExpectWorksOrRefused(scene, "store.on.union", LiveBelow(scene.profile(), base + "/store"));
}

// A clean end is as good as a crash: the kernel cannot tell them apart.
COWBELL_CASE(COW_124, VolatileUnionIsNotTrustedAgain) {
  if (scene.profile().driver != "overlayfs") scene.SkipNotApplicable("no option 'volatile'");
  Profile profile = scene.profile();
  profile.options["volatile"] = "";
  const std::string directory = scene.work_dir() + "/volatile";
  Require(MakeDirs(directory));
  const auto subject = MakeFurtherSubject(profile, directory);
  if (!subject.has_value()) scene.SkipNotApplicable(subject.error().ToString());
  const auto image = Require(subject.value()->MakeImage(TwoLayers()));
  const auto container = Require(subject.value()->Create(*image, {}));
  const auto first = Require(container->Start());
  Require(Ask(*first, "append", {"/t/file", " and new"}));
  (void)Require(first->Finish());

  const auto again = container->Start();

  if (again.has_value()) {
    const auto read = Require(Ask(*again.value(), "read", {"/t/file"}));
    EXPECT_EQ(read.Get("data"), "old and new");
    (void)Require(again.value()->Finish());
  } else {
    EXPECT_TRUE(IsCleanRefusal(again.error()));
  }
  scene.Outcome("volatile.again", again.has_value() ? "mounted" : "refused");
}

COWBELL_CASE(COW_125, StoreWithoutFileTypesInDirectories) {
  PrivateMounts mounts;
  const std::string file = MakeExt4(scene, "store.ext4", {"-O", "^filetype"});
  const std::string directory = scene.work_dir() + "/store";
  Require(MakeDirs(directory));
  mounts.MountImage(scene, file, directory, "rw");

  const Status lived = LiveBelow(scene.profile(), directory);

  EXPECT_THAT(lived, IsRefused());
  EXPECT_TRUE(lived.has_value() || IsCleanRefusal(lived.error()));
}

}  // namespace
}  // namespace cowbell::conformance
