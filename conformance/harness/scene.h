// What a check is written in: a scene that is set, actors in it, and judgements by GoogleTest.
//
// A function that sets the scene either works or ends the case as *error* (it throws SceneError,
// which COWBELL_CASE turns into that outcome): "the judge could not judge". What the clause is
// about comes back as a value and is judged by EXPECT_THAT: only that is a *failure* of the
// subject.
//
//   COWBELL_CASE(COW_058, UnlinkedImageFileStaysGone) {
//     Image& image = scene.MakeImage({Layer().Dir("t/").File("t/foo", "old")});
//     Container& c = scene.Create(image);
//     {
//       Actor a = scene.Start(c);
//       EXPECT_THAT(a.Unlink("/t/foo"), Succeeds());
//       EXPECT_THAT(a.Lstat("/t/foo"), FailsWith(ENOENT));
//       a.Finish();
//     }
//     Actor a = scene.Start(c);  // the same RW layer again
//     EXPECT_THAT(a.Lstat("/t/foo"), FailsWith(ENOENT));
//     a.Finish();
//   }

#ifndef COWBELL_CONFORMANCE_HARNESS_SCENE_H_
#define COWBELL_CONFORMANCE_HARNESS_SCENE_H_

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "conformance/harness/assertions.h"
#include "fixtures/engine/subject.h"
#include "fixtures/image/tree.h"
#include "runtime/base/result.h"

namespace cowbell::conformance {

// The case could not be judged; the text says why.
class SceneError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The value, or SceneError with the error's text.
template <typename T>
T Require(Result<T> result) {
  if (!result.has_value()) throw SceneError(result.error().ToString());
  return std::move(result).value();
}

struct FileStat {
  char type = '?';
  uint32_t mode = 0;  // permission bits
  uint64_t uid = 0, gid = 0, size = 0, nlink = 0, ino = 0, dev = 0;
  TimeSpec mtime, atime, ctime;
  uint64_t device_major = 0, device_minor = 0;
};

struct Listing {
  std::vector<std::string> names;       // in the order of getdents, without . and ..
  std::vector<std::string> unstatable;  // listed, but lstat fails
};

// A running probe. Every function is one operation of fixtures/probe/operations.md; an Error
// carries the errno of the failing call. Trouble with the session itself throws SceneError. The
// operations and answers so far are added to the message of a failing assertion.
class Actor {
 public:
  // `label` stands before its lines in the transcript.
  explicit Actor(std::unique_ptr<Session> session, const std::string& label = {});
  ~Actor();
  Actor(Actor&&) noexcept;
  Actor& operator=(Actor&&) noexcept;

  Status Open(const std::string& fd, const std::string& path, const std::string& flags,
              uint32_t mode = 0644);
  Status Close(const std::string& fd);
  Result<std::string> Pread(const std::string& fd, uint64_t offset, uint64_t count);
  Status Pwrite(const std::string& fd, uint64_t offset, const std::string& data);
  Status Append(const std::string& path, const std::string& data);
  Result<std::string> Read(const std::string& path);
  Status Write(const std::string& path, const std::string& data);
  Status CreateFile(const std::string& path, const std::string& data, uint32_t mode = 0644);
  Status Truncate(const std::string& path, uint64_t size);
  Status Fsync(const std::string& fd);
  Status Unlink(const std::string& path);
  Status Rmdir(const std::string& path);
  Status RemoveTree(const std::string& path);
  Status Mkdir(const std::string& path, uint32_t mode = 0755);
  Status Rename(const std::string& from, const std::string& to);
  Status Link(const std::string& from, const std::string& to);
  Status Symlink(const std::string& target, const std::string& path);
  Status Mknod(const std::string& path, char type, uint32_t mode, uint64_t major = 0,
               uint64_t minor = 0);
  Status Chmod(const std::string& path, uint32_t mode);
  Status Chown(const std::string& path, uint64_t uid, uint64_t gid);
  Status Lchown(const std::string& path, uint64_t uid, uint64_t gid);
  Status SetTimes(const std::string& path, TimeSpec atime, TimeSpec mtime);
  Status Setxattr(const std::string& path, const std::string& name, const std::string& value);
  Result<std::string> Getxattr(const std::string& path, const std::string& name);
  Status Removexattr(const std::string& path, const std::string& name);
  Result<FileStat> Stat(const std::string& path);
  Result<FileStat> Lstat(const std::string& path);
  Result<FileStat> Fstat(const std::string& fd);
  Result<std::string> Readlink(const std::string& path);
  Result<Listing> List(const std::string& path);
  // The names alone, sorted; a name that cannot be stat'ed is included.
  Result<std::vector<std::string>> Names(const std::string& path);
  // Everything below `path`, paths absolute; /.cowbell, /proc, /sys, /dev and what the engine
  // manages (profile) are left out when `path` is "/".
  Result<Tree> ReadTree(const std::string& path);
  Status Flock(const std::string& fd, const std::string& mode, bool nonblocking);
  // Any operation, raw: for those without a function here.
  Result<probe::Reply> Do(const std::string& name, std::vector<std::string> args);
  // As `Do`, in a child with these ids.
  Result<probe::Reply> DoAs(uint64_t uid, uint64_t gid, const std::string& name,
                            std::vector<std::string> args);

  // Further paths that ReadTree("/") leaves out.
  void LeaveOut(std::vector<std::string> paths);

  // Ends the session properly; throws SceneError if the probe did not end as told. Not calling it
  // before destruction kills the container, and makes the case an error.
  void Finish();
  // Lets go of a session that the case has ended from outside (`stop`, `kill`, `rm -f`): the
  // answers so far count, the missing end does not.
  void Abandon();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The context of one case.
class Scene {
 public:
  virtual ~Scene() = default;
  virtual Subject& subject() = 0;
  const Profile& profile() { return subject().profile(); }
  // REQUIRES: the clause is via engine.
  virtual Engine& engine() = 0;
  // A directory of this case on this host, removed afterwards.
  virtual const std::string& work_dir() = 0;

  // Objects live until the case ends, or until they are removed by hand.
  virtual Image& MakeImage(const std::vector<Layer>& layers) = 0;
  // For rows that judge the loading itself.
  virtual Result<Image*> TryImage(const std::vector<Layer>& layers) = 0;
  virtual Image& Load(const ImageSpec& spec) = 0;  // engines; the probe's layer is not added
  virtual Result<Image*> TryLoad(const ImageSpec& spec) = 0;
  virtual Container& Create(Image& image, const ContainerSpec& spec = {}) = 0;
  virtual Result<Container*> TryCreate(Image& image, const ContainerSpec& spec = {}) = 0;
  virtual Actor Start(Container& container) = 0;
  virtual Result<Actor> TryStart(Container& container) = 0;

  // The probe's layer, for rows that build whole images themselves.
  virtual Layer ProbeLayer() = 0;
  // A name nobody else uses, with the run's label in front: for --name, tags, files.
  virtual std::string UniqueName(const std::string& stem) = 0;
  // A full image reference nobody else uses: "localhost/<label>/<stem>:1".
  virtual std::string UniqueRef(const std::string& stem) = 0;
  // Engine commands. Run: any exit status is a value. Must: non-zero ends the case as error.
  virtual CommandResult Run(const std::vector<std::string>& words,
                            const std::string& input = {}) = 0;
  virtual CommandResult Must(const std::vector<std::string>& words,
                             const std::string& input = {}) = 0;
  // Removes these at the end of the case, whatever happens (containers with force).
  virtual void RemoveLater(const std::string& kind /* "container", "image" */,
                           const std::string& name) = 0;
  // Records which of the outcomes a row allows occurred.
  virtual void Outcome(const std::string& key, const std::string& value) = 0;
  // From here on a failure is the kernel's where the profile has a value for this choice
  // ("kernel.overlay.*"): what the bare file system does not do, no engine on top of it can.
  virtual void RelaxFor(const std::string& choice) = 0;
  // From here on the subject's store has only this many bytes left, until the next call or the end
  // of the case. REQUIRES: the clause has the label "volume".
  virtual void LeaveFree(uint64_t bytes) = 0;
  // Ends the case as skipped(na) or skipped(blocked).
  [[noreturn]] virtual void SkipNotApplicable(const std::string& reason) = 0;
  [[noreturn]] virtual void SkipBlocked(const std::string& reason) = 0;
};

// Runs `body` in a scene on the subject of this process and turns SceneError into *error*.
void RunCase(const char* clause, const char* name, void (*body)(Scene&));

MATCHER(Succeeds, negation ? "fails" : "succeeds") {
  (void)result_listener;
  return arg.has_value();
}
MATCHER(IsRefused, negation ? "succeeds" : "is refused") {
  (void)result_listener;
  return !arg.has_value();
}
MATCHER_P(FailsWith, errno_value,
          std::string(negation ? "does not fail with " : "fails with ") + ErrnoName(errno_value)) {
  (void)result_listener;
  return !arg.has_value() && arg.error().errno_value() == errno_value;
}
MATCHER_P(Yields, inner,
          "yields a value that " +
              ::testing::DescribeMatcher<typename std::decay_t<arg_type>::value_type>(inner,
                                                                                      negation)) {
  return arg.has_value() && ::testing::ExplainMatchResult(inner, arg.value(), result_listener);
}
// Equal trees; otherwise prints the differences, entry by entry.
MATCHER_P(IsTree, expected, "is the expected tree") {
  const std::string difference = DiffTrees(expected, arg);
  *result_listener << (difference.empty() ? "" : "which differs:\n") << difference;
  return difference.empty();
}
// A CommandResult.
MATCHER_P(ExitsWith, code, "exits with " + ::testing::PrintToString(code)) {
  *result_listener << "stdout: " << arg.out << "\nstderr: " << arg.err;
  return !arg.status.signalled && arg.status.value == code;
}

}  // namespace cowbell::conformance

namespace cowbell {
// GoogleTest prints a Result and what is in it through these.
inline void PrintTo(const Node& node, std::ostream* os) {
  *os << node.type << " " << std::oct << node.mode << std::dec << " " << node.uid << ":"
      << node.gid;
}
inline void PrintTo(const CommandResult& result, std::ostream* os) {
  *os << result.status.ToString();
}
template <typename T>
void PrintTo(const Result<T>& result, std::ostream* os) {
  if (!result.has_value()) {
    *os << "error \"" << result.error().ToString() << "\"";
  } else if constexpr (std::is_same_v<T, Done>) {
    *os << "success";
  } else {
    *os << "value " << ::testing::PrintToString(result.value());
  }
}
}  // namespace cowbell

// Declares one case of the check of a clause; '_' stands for '-' in the id. The body sees `scene`.
#define COWBELL_CASE(clause, name)                                                                 \
  static void Case_##clause##_##name(::cowbell::conformance::Scene& scene);                        \
  TEST(clause, name) { ::cowbell::conformance::RunCase(#clause, #name, &Case_##clause##_##name); } \
  static void Case_##clause##_##name([[maybe_unused]] ::cowbell::conformance::Scene& scene)

#endif  // COWBELL_CONFORMANCE_HARNESS_SCENE_H_
