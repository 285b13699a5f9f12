// A suite of its own under the same commands: every way a check can end, on a subject that needs
// nothing. What the tests of the runner run.

#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "conformance/cli/program.h"
#include "conformance/harness/scene.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

// An engine that refuses everything.
class DeafEngine : public Engine {
 public:
  Result<CommandResult> Call(const std::vector<std::string>&, const CommandOptions&) override {
    return Error::FromErrno(ENOTSUP, "the deaf engine takes no commands");
  }
  std::vector<std::string> Argv(const std::vector<std::string>& words) const override {
    return words;
  }
  Result<std::unique_ptr<Image>> Load(const ImageSpec&) override {
    return Error::FromErrno(ENOTSUP, "the deaf engine loads no images");
  }
  const std::string& run_label() const override { return label_; }

 private:
  const std::string label_ = "deaf";
};

// A subject that answers its version and nothing else. "deaf" is an engine, the others are not.
class FakeSubject : public Subject {
 public:
  explicit FakeSubject(Profile profile) : profile_(std::move(profile)) {}
  const Profile& profile() const override { return profile_; }
  Result<std::string> Version() override { return std::string("1.2"); }
  Result<std::unique_ptr<Image>> MakeImage(const std::vector<Layer>&) override {
    return Error::FromErrno(ENOTSUP, "the fake makes no images");
  }
  Result<std::unique_ptr<Container>> Create(const Image&, const ContainerSpec&) override {
    return Error::FromErrno(ENOTSUP, "the fake makes no containers");
  }
  Engine* engine() override { return profile_.name == "deaf" ? &engine_ : nullptr; }

 private:
  Profile profile_;
  DeafEngine engine_;
};

Result<Profile> FindFake(const std::string& name) {
  if (name != "fake" && name != "missing" && name != "deaf") {
    return Error::FromErrno(ENOENT, "no profile '" + name + "'");
  }
  Profile profile;
  profile.name = name;
  profile.kind = SubjectKind::kFileSystem;
  profile.driver = "fake";
  return profile;
}

Result<std::unique_ptr<Subject>> MakeFake(const Profile& profile, const SubjectOptions&) {
  if (profile.name == "missing") return Error::FromErrno(ENOENT, "no program 'missing'");
  return std::unique_ptr<Subject>(new FakeSubject(profile));
}

Result<std::vector<std::string>> Sweep(Subject& subject, const std::string&) {
  const CommandResult result = TRY(subject.engine()->Call({"ps"}, {}));
  return std::vector<std::string>{result.out};
}

// The fault is told to the cases through the profile's description.
Result<std::unique_ptr<Subject>> PlantFake(std::unique_ptr<Subject> subject,
                                           const std::string& fault) {
  if (fault != "breaks" && fault != "harmless" && fault != "crashes") {
    return Error::FromMessage("unknown fault '" + fault + "'");
  }
  Profile profile = subject->profile();
  profile.description = fault;
  return std::unique_ptr<Subject>(new FakeSubject(profile));
}

constexpr Clause Row(std::string_view id, Level level, std::string_view sentence,
                     std::string_view needs = "", std::string_view excluded = "") {
  return {.id = id,
          .level = level,
          .via = Via::kBoth,
          .sentence = sentence,
          .source = "demo",
          .needs = needs,
          .labels = "",
          .excluded = excluded};
}

constexpr Clause kClauses[] = {
    Row("DMO-001", Level::kMust, "passes"),
    Row("DMO-002", Level::kMust, "fails"),
    Row("DMO-003", Level::kMust, "cannot be judged"),
    Row("DMO-004", Level::kMust, "crashes between two cases"),
    Row("DMO-005", Level::kMust, "exits with 0 and says nothing"),
    Row("DMO-006", Level::kMust, "hangs"),
    Row("DMO-007", Level::kMust, "leaves a mount"),
    Row("DMO-008", Level::kMust, "leaves a process"),
    Row("DMO-009", Level::kMust, "judges nothing"),
    Row("DMO-010", Level::kMust, "does not apply"),
    Row("DMO-011", Level::kMust, "is blocked"),
    Row("DMO-012", Level::kShould, "is not met"),
    Row("DMO-013", Level::kMust, "leaves a file"),
    Row("DMO-014", Level::kMust, "throws"),
    Row("DMO-015", Level::kMust, "has no check"),
    Row("DMO-016", Level::kMust, "is excluded", "", "for the tests"),
    Row("DMO-017", Level::kMust, "needs what the fake lacks", "wings"),
    Row("DMO-018", Level::kMust, "fails with a fault"),
    Row("DMO-019", Level::kMust, "reports in two processes"),
    Row("DMO-020", Level::kMust, "prints foreign bytes and fails"),
};

constexpr Mutant kMutants[] = {
    {.id = "good", .fault = "breaks", .subject = "fake", .claims = "DMO-018"},
    {.id = "harmless", .fault = "harmless", .subject = "fake", .claims = "DMO-018"},
    {.id = "crasher", .fault = "crashes", .subject = "fake", .claims = "DMO-018"},
};

COWBELL_CASE(DMO_001, Case) { EXPECT_EQ(scene.profile().name, "fake"); }
COWBELL_CASE(DMO_002, Case) { EXPECT_EQ(1 + 1, 3); }
COWBELL_CASE(DMO_003, Case) {
  EXPECT_TRUE(true);
  (void)scene.MakeImage({});
}
COWBELL_CASE(DMO_004, Before) { EXPECT_TRUE(true); }
COWBELL_CASE(DMO_004, Case) { raise(SIGSEGV); }
COWBELL_CASE(DMO_004, Later) { EXPECT_TRUE(true); }
COWBELL_CASE(DMO_005, Case) { _exit(0); }
COWBELL_CASE(DMO_006, Case) {
  while (true)
    pause();
}
COWBELL_CASE(DMO_007, Case) {
  EXPECT_EQ(mount("none", scene.work_dir().c_str(), "tmpfs", 0, nullptr), 0);
}
COWBELL_CASE(DMO_008, Case) {
  const pid_t pid = fork();
  if (pid == 0) {
    setsid();
    if (fork() > 0) _exit(0);
    while (true)
      pause();
  }
  EXPECT_GT(pid, 0);
}
COWBELL_CASE(DMO_009, Case) {}
COWBELL_CASE(DMO_010, Case) { scene.SkipNotApplicable("not here"); }
COWBELL_CASE(DMO_011, Case) { scene.SkipBlocked("no loop devices"); }
COWBELL_CASE(DMO_012, Case) { EXPECT_TRUE(false); }
COWBELL_CASE(DMO_013, Case) {
  // Beside the case's own directory, which is removed.
  EXPECT_TRUE(WriteFile(scene.work_dir() + "/../left", "x").has_value());
}
COWBELL_CASE(DMO_014, Case) {
  EXPECT_TRUE(true);
  throw std::runtime_error("thrown");
}
COWBELL_CASE(DMO_018, Case) {
  if (scene.profile().description == "crashes") raise(SIGSEGV);
  EXPECT_NE(scene.profile().description, "breaks");
}
COWBELL_CASE(DMO_019, Case) {
  EXPECT_TRUE(true);
  (void)fork();
}
COWBELL_CASE(DMO_020, Case) {
  (void)WriteAll(STDOUT_FILENO, "\xff\x01 out\n");
  EXPECT_EQ(std::string("\xc3\x28"), "");
}

}  // namespace
}  // namespace cowbell::conformance

int main(int argc, char** argv) {
  using namespace cowbell;               // NOLINT(*-namespace)
  using namespace cowbell::conformance;  // NOLINT(*-namespace)
  const Program program{.name = "cowbell_demo",
                        .version = "0",
                        .suite = {.clauses = kClauses,
                                  .find_profile = FindFake,
                                  .profile_names =
                                      [] {
                                        return std::vector<std::string>{"deaf", "fake", "missing"};
                                      },
                                  .make_subject = MakeFake,
                                  .plant_fault = PlantFake,
                                  .sweep = Sweep},
                        .mutants = kMutants,
                        .default_subjects = {"fake"},
                        .default_ctest_subjects = {"fake"}};
  return RunProgram(argc, argv, program);
}
