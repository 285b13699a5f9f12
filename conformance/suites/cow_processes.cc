// COW-095, COW-096, COW-098 … COW-105: what processes share through files: sockets, locks, watches
// and programs.

#include <sys/stat.h>

#include <string>

#include "conformance/harness/scene.h"
#include "conformance/suites/restart.h"
#include "conformance/suites/trees.h"
#include "fixtures/probe/protocol.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::IsSupersetOf;

std::vector<Layer> OneFile() { return {Layer().Dir("t/").File("t/file", "old").Mode(0666)}; }

auto IsSocket(uint32_t mode) {
  return Yields(AllOf(Field("type", &FileStat::type, 's'), Field("mode", &FileStat::mode, mode)));
}

// As a supervisor publishes a socket: made aside, linked to its final name.
COWBELL_CASE(COW_095, SocketIsPublishedUnderANewName) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(OneFile())));
  Require(actor.Unlink("/t/file"));

  EXPECT_THAT(actor.Do("listen", {"s", "/t/temporary"}), Succeeds());
  EXPECT_THAT(actor.Chmod("/t/temporary", 0660), Succeeds());
  EXPECT_THAT(actor.Link("/t/temporary", "/t/file"), Succeeds());
  EXPECT_THAT(actor.Unlink("/t/temporary"), Succeeds());
  EXPECT_THAT(actor.Do("connect", {"/t/file"}), Succeeds());
  EXPECT_THAT(actor.Rename("/t/file", "/t/moved"), Succeeds());
  EXPECT_THAT(actor.Do("connect", {"/t/moved"}), Succeeds());

  EXPECT_THAT(actor.Lstat("/t/moved"), IsSocket(0660));
  EXPECT_THAT(actor.List("/t"), ListsExactly(NameList{"moved"}));
  actor.Finish();
}

COWBELL_CASE(COW_095, SocketFileStaysAfterRestart) {
  Container& container = scene.Create(scene.MakeImage(OneFile()));
  ChangeThenJudge(
      scene, container, When::kRestarted,
      [](Actor& actor) {
        Require(actor.Do("listen", {"s", "/t/socket"}));
        Require(actor.Chmod("/t/socket", 0660));
      },
      [](Actor& actor) {
        EXPECT_THAT(actor.Lstat("/t/socket"), IsSocket(0660));
        EXPECT_THAT(actor.Do("connect", {"/t/socket"}), FailsWith(ECONNREFUSED));
      });
}

// A tar archive cannot carry a socket: it is put into the lower directory itself, before the first
// container is made of the image.
COWBELL_CASE(COW_096, SocketOfTheLowerTreeIsASocket) {
  Image& image = scene.MakeImage(OneFile());
  const auto first = Require(scene.subject().Create(image, {}));
  const std::vector<std::string> lowers = Require(first->LowerDirs());
  const std::string path = lowers.at(0) + "/t/socket";
  if (mknod(path.c_str(), S_IFSOCK | 0640, 0) != 0) {
    throw SceneError("mknod '" + path + "': " + ErrnoName(errno));
  }
  Actor actor = scene.Start(scene.Create(image));

  EXPECT_THAT(actor.Lstat("/t/socket"), IsSocket(0640));
  EXPECT_THAT(actor.Do("connect", {"/t/socket"}), FailsWith(ECONNREFUSED));

  Require(actor.Chmod("/t/socket", 0600));
  EXPECT_THAT(actor.Lstat("/t/socket"), IsSocket(0600)) << "once it is copied up";
  EXPECT_THAT(actor.Do("connect", {"/t/socket"}), FailsWith(ECONNREFUSED));
  actor.Finish();
}

// The descriptor `a` has locked the first ten bytes before the file is copied up; another process
// uses `b`, opened for writing afterwards.
void ExpectRecordLockConflict(Scene& scene, const std::string& before, const std::string& after) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(OneFile())));
  Require(actor.Open("a", "/t/file", before == "w" ? "rdwr" : "rdonly"));
  Require(actor.Do("lock", {"a", before, "0", "10"}));
  Require(actor.Open("b", "/t/file", "rdwr"));
  Require(actor.Pwrite("b", 0, "new"));

  EXPECT_THAT(actor.DoAs(0, 0, "lock", {"b", after, "5", "1"}), FailsWith(EAGAIN));
  EXPECT_THAT(actor.DoAs(0, 0, "lock", {"b", after, "10", "5"}), Succeeds()) << "beside it";
  Require(actor.Do("lock", {"a", "u", "0", "10"}));
  EXPECT_THAT(actor.DoAs(0, 0, "lock", {"b", after, "5", "1"}), Succeeds()) << "once released";
  actor.Finish();
}

COWBELL_CASE(COW_098, ReadLockConflictsWithWriteLock) { ExpectRecordLockConflict(scene, "r", "w"); }
COWBELL_CASE(COW_098, WriteLockConflictsWithReadLock) { ExpectRecordLockConflict(scene, "w", "r"); }
COWBELL_CASE(COW_098, WriteLockConflictsWithWriteLock) {
  ExpectRecordLockConflict(scene, "w", "w");
}

// What a watch has seen since it was asked last.
Result<std::vector<std::string>> EventsOf(Actor& actor, const std::string& watch) {
  const probe::Reply reply = TRY(actor.Do("events", {watch}));
  return Split(reply.Get("events"), '/');
}

COWBELL_CASE(COW_099, WatchOfAnImageFileSeesWrites) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(OneFile())));
  Require(actor.Do("watch", {"w", "/t/file"}));

  Require(actor.Append("/t/file", "er"));

  EXPECT_THAT(EventsOf(actor, "w"), Yields(IsSupersetOf({"modify", "closewrite"})));
  actor.Finish();
}

COWBELL_CASE(COW_100, WatchOfAMergedDirectorySeesItsEntries) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(
      {Layer().Dir("t/").File("t/lower", "1").File("t/both", "1").File("t/deleted", "1"),
       Layer().Dir("t/").File("t/upper", "2").File("t/both", "2")})));
  Require(actor.Do("watch", {"w", "/t"}));

  Require(actor.CreateFile("/t/new", "n"));
  Require(actor.Append("/t/both", "!"));
  Require(actor.Rename("/t/lower", "/t/moved"));
  Require(actor.Unlink("/t/deleted"));
  Require(actor.CreateFile("/t/deleted", "again"));

  EXPECT_THAT(EventsOf(actor, "w"),
              Yields(IsSupersetOf({"create new", "modify both", "movedfrom lower", "movedto moved",
                                   "delete deleted", "create deleted"})));
  actor.Finish();
}

// What `tail -f` does: a descriptor and a watch, both from before the copy-up.
COWBELL_CASE(COW_101, FollowerOfAnImageFileSeesWhatExecAppends) {
  Container& container = scene.Create(scene.MakeImage(OneFile()));
  Actor actor = scene.Start(container);
  Require(actor.Open("log", "/t/file", "rdonly"));
  Require(actor.Do("watch", {"w", "/t/file"}));

  scene.Must({"exec", container.id(), probe::kProbePath, "do", "append", "/t/file", " and new"});

  EXPECT_THAT(EventsOf(actor, "w"), Yields(Contains("modify")));
  EXPECT_THAT(actor.Pread("log", 0, 100), Yields(std::string("old and new")));
  actor.Finish();
}

// The probe itself is the program: without arguments it reads a script, and ends with its input.
constexpr char kProgram[] = "/t/program";
constexpr char kWholeRun[] = "cowbell-probe 1\nend 0\n";

std::vector<Layer> ImageWithProgram(Scene& scene) {
  const Layer probe_layer = scene.ProbeLayer();
  for (const Entry& entry : probe_layer.entries()) {
    if ("/" + entry.name != probe::kProbePath) continue;
    return {Layer().Dir("t/").File("t/program", entry.content).Mode(0755)};
  }
  throw SceneError("the probe's layer does not hold the probe");
}

// Runs `path` to its end as root.
Result<std::string> OutputOf(Actor& actor, const std::string& path) {
  const probe::Reply reply = TRY(actor.Do("exec", {"0", "0", path}));
  return reply.Get("out");
}

COWBELL_CASE(COW_102, RunningImageProgramCannotBeOpenedForWriting) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(ImageWithProgram(scene))));
  Require(actor.Do("spawn", {"p", "0", "0", kProgram}));

  EXPECT_THAT(actor.Open("f", kProgram, "wronly"), FailsWith(ETXTBSY));

  const auto ended = Require(actor.Do("join", {"p"}));
  EXPECT_EQ(ended.Get("out"), kWholeRun);
  actor.Finish();
}

COWBELL_CASE(COW_103, ProgramOpenForWritingCannotBeRun) {
  Actor actor = scene.Start(scene.Create(scene.MakeImage(ImageWithProgram(scene))));
  Require(actor.Open("f", kProgram, "wronly"));

  EXPECT_THAT(OutputOf(actor, kProgram), FailsWith(ETXTBSY));

  Require(actor.Close("f"));
  EXPECT_THAT(OutputOf(actor, kProgram), Yields(std::string(kWholeRun)));
  actor.Finish();
}

constexpr int kScripts = 100;

std::string ScriptName(int number) { return "t/script" + std::to_string(number); }

COWBELL_CASE(COW_104, ImageScriptRunsRightAfterChmod) {
  Layer layer = Layer().Dir("t/");
  for (int i = 0; i < kScripts; ++i) {
    layer.File(ScriptName(i), "#!" + std::string(probe::kProbePath) + " echo\n").Mode(0644);
  }
  Actor actor = scene.Start(scene.Create(scene.MakeImage({layer})));

  for (int i = 0; i < kScripts; ++i) {
    const std::string path = "/" + ScriptName(i);
    Require(actor.Chmod(path, 0755));
    // The kernel adds the script's path to the interpreter's arguments.
    EXPECT_THAT(OutputOf(actor, path), Yields(path + "\n"));
  }
  actor.Finish();
}

COWBELL_CASE(COW_105, RunningProgramIsReplaced) {
  Container& container = scene.Create(scene.MakeImage(ImageWithProgram(scene)));
  const std::string replacement = "#!" + std::string(probe::kProbePath) + " echo\n";
  const std::string replacement_output = std::string(kProgram) + "\n";
  {
    Actor actor = scene.Start(container);
    Require(actor.Do("spawn", {"old", "0", "0", kProgram}));
    Require(actor.CreateFile("/t/new", replacement, 0755));

    EXPECT_THAT(actor.Rename("/t/new", kProgram), Succeeds());

    EXPECT_THAT(OutputOf(actor, kProgram), Yields(replacement_output));
    const auto ended = Require(actor.Do("join", {"old"}));
    EXPECT_EQ(ended.Get("code"), "0");
    EXPECT_EQ(ended.Get("signal"), "0");
    EXPECT_EQ(ended.Get("out"), kWholeRun);
    actor.Finish();
  }
  Actor actor = scene.Start(container);
  EXPECT_THAT(OutputOf(actor, kProgram), Yields(replacement_output)) << "after a restart";
  actor.Finish();
}

}  // namespace
}  // namespace cowbell::conformance
