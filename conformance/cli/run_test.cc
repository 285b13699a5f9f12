// The runner from outside: every way a check can end, every exit code.

#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "reports/record/json.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"

namespace cowbell {
namespace {

using record::CaseResult;
using record::CaseStatus;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<TempDir> dir = TempDir::Create(::testing::TempDir(), "cowbell-run-test-");
    ASSERT_TRUE(dir.has_value()) << dir.error().ToString();
    dir_ = std::make_unique<TempDir>(std::move(dir).value());
    ASSERT_TRUE(MakeDirs(work()).has_value());
  }

  std::string out() const { return dir_->path() + "/out"; }
  std::string work() const { return dir_->path() + "/work"; }

  // `cowbell_demo WORDS…`; the exit code.
  int Call(std::vector<std::string> words) {
    words.insert(words.begin(), COWBELL_DEMO);
    CommandOptions options;
    options.cwd = dir_->path();
    options.env = {"PATH=/usr/bin:/bin", "COWBELL_PROBE=/bin/true", "NO_COLOR=1"};
    Result<CommandResult> result = RunCommand(words, options);
    EXPECT_TRUE(result.has_value()) << result.error().ToString();
    if (!result.has_value()) return -1;
    text_ = result.value().out;
    err_ = result.value().err;
    EXPECT_FALSE(result.value().status.signalled) << text_ << err_;
    return result.value().status.value;
  }

  // `run` on the fake; afterwards `run_` holds the record.
  int Run(std::vector<std::string> words) {
    std::vector<std::string> all = {"run", "--out", out(), "--work-dir", work()};
    all.insert(all.end(), words.begin(), words.end());
    const int code = Call(all);
    ReadRecord(out() + "/latest");
    EXPECT_EQ(run_.exit_code, code) << text_ << err_;
    // Whatever happened, nothing is left.
    const auto left = ListDir(work());
    EXPECT_TRUE(left.has_value() && left.value().empty());
    return code;
  }

  void ReadRecord(const std::string& dir) {
    const Result<std::string> json = ReadFile(dir + "/run.json");
    ASSERT_TRUE(json.has_value()) << text_ << err_;
    Result<record::RunRecord> run = record::DecodeRun(json.value());
    ASSERT_TRUE(run.has_value()) << run.error().ToString();
    run_ = std::move(run).value();
    EXPECT_TRUE(run_.complete);
    pugi::xml_document junit;
    ASSERT_TRUE(junit.load_file((dir + "/junit.xml").c_str()));
    const pugi::xml_node root = junit.child("testsuites");
    red_ = root.attribute("failures").as_int() + root.attribute("errors").as_int();
    EXPECT_EQ(red_ > 0, run_.exit_code != 0);
  }

  const CaseResult& Case(const std::string& name = "Case") {
    for (const CaseResult& result : run_.results) {
      if (result.name == name) return result;
    }
    ADD_FAILURE() << "no case " << name << "\n" << text_;
    static const CaseResult kNone;
    return kNone;
  }

  std::unique_ptr<TempDir> dir_;
  std::string text_;
  std::string err_;
  record::RunRecord run_;
  int red_ = 0;
};

struct Ending {
  const char* name;
  const char* clause;
  int exit_code;
  CaseStatus status;
  std::string_view type;
  const char* message;
};

class Endings : public RunTest, public ::testing::WithParamInterface<Ending> {};

TEST_P(Endings, AreToldApart) {
  EXPECT_EQ(Run({"--clause", GetParam().clause, "--timeout", "1"}), GetParam().exit_code);
  EXPECT_EQ(Case().status, GetParam().status);
  EXPECT_EQ(Case().type, GetParam().type);
  EXPECT_THAT(Case().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, Endings,
    ::testing::Values(
        Ending{"Pass", "DMO-001", 0, CaseStatus::kPass, "", ""},
        Ending{"Fail", "DMO-002", 1, CaseStatus::kFail, record::kTypeAssert, "3"},
        Ending{"Error", "DMO-003", 4, CaseStatus::kError, record::kTypeHarness, "no images"},
        Ending{"Crash", "DMO-004", 4, CaseStatus::kError, record::kTypeCrash, "SEGV"},
        Ending{"SilentExit", "DMO-005", 4, CaseStatus::kError, record::kTypeCrash, "exit code 0"},
        Ending{"Hang", "DMO-006", 4, CaseStatus::kError, record::kTypeTimeout, "1.0 s"},
        Ending{"NoAssertion", "DMO-009", 4, CaseStatus::kError, record::kTypeHarness, "nothing"},
        Ending{"NotApplicable", "DMO-010", 3, CaseStatus::kSkippedNotApplicable,
               record::kTypeNotApplicable, "not here"},
        Ending{"Blocked", "DMO-011", 3, CaseStatus::kSkippedBlocked, record::kTypeBlocked, "loop"},
        Ending{"ShouldOutsideTheGate", "DMO-012", 0, CaseStatus::kFail, record::kTypeAssert, ""},
        Ending{"Exception", "DMO-014", 4, CaseStatus::kError, record::kTypeHarness, "thrown"}),
    [](const auto& test) { return test.param.name; });

TEST_F(RunTest, ACrashLosesNoResult) {
  EXPECT_EQ(Run({"--clause", "DMO-004"}), 4);
  EXPECT_EQ(Case("Before").status, CaseStatus::kPass);
  EXPECT_EQ(Case("Later").type, record::kTypeNotRun);
}

struct Leak {
  const char* name;
  const char* clause;
  const char* message;
};
class Leaks : public RunTest, public ::testing::WithParamInterface<Leak> {};
TEST_P(Leaks, AreFailures) {
  if (geteuid() != 0) GTEST_SKIP() << "mounts need root";
  EXPECT_EQ(Run({"--clause", GetParam().clause}), 1);
  EXPECT_EQ(Case().status, CaseStatus::kPass);
  EXPECT_EQ(Case("LeavesNothingBehind").type, record::kTypeLeak);
  EXPECT_THAT(Case("LeavesNothingBehind").message, HasSubstr(GetParam().message));
}
INSTANTIATE_TEST_SUITE_P(All, Leaks,
                         ::testing::Values(Leak{"Mount", "DMO-007", "mount of tmpfs"},
                                           Leak{"Process", "DMO-008", "process"},
                                           Leak{"File", "DMO-013", "/left"}),
                         [](const auto& test) { return test.param.name; });

// Nobody knows what such a subject keeps: that is no failure of its own, and no pass.
TEST_F(RunTest, ASubjectThatCannotBeSweptIsNotDecided) {
  EXPECT_EQ(Run({"--subject", "deaf", "--clause", "DMO-018"}), 4);
  const CaseResult& left = Case("LeavesNothingBehind");
  EXPECT_EQ(left.status, CaseStatus::kError);
  EXPECT_EQ(left.type, record::kTypeHarness);
  EXPECT_THAT(left.message, HasSubstr("takes no commands"));
}

TEST_F(RunTest, NoCheckIsAnErrorAndExclusionIsNot) {
  EXPECT_EQ(Run({"--clause", "DMO-001", "--clause", "DMO-015"}), 4);
  EXPECT_EQ(Run({"--clause", "DMO-001", "--clause", "DMO-016", "--clause", "DMO-017"}), 0);
  EXPECT_EQ(run_.results.size(), 3U);
}

TEST_F(RunTest, ChildThatRunsOnAsTheJudgeIsFound) { EXPECT_NE(Run({"--clause", "DMO-019"}), 0); }

TEST_F(RunTest, ForeignBytesReachEveryReport) {
  EXPECT_EQ(Run({"--clause", "DMO-020", "-v"}), 1);
  EXPECT_THAT(Case().out, HasSubstr("\\xff\\x01 out"));
  EXPECT_THAT(text_, Not(HasSubstr("\xff")));
}

TEST_F(RunTest, EverythingAtOnceIsJudgedInTheOrderOfThePlan) {
  EXPECT_EQ(Run({"-j", "4", "--timeout", "1"}), 1);
  std::vector<std::string> clauses;
  for (const CaseResult& result : run_.results)
    clauses.push_back(result.clause);
  EXPECT_TRUE(std::is_sorted(clauses.begin(), clauses.end()));
  EXPECT_THAT(text_, HasSubstr("NOT CONFORMING"));
  EXPECT_THAT(text_, HasSubstr("cowbell_demo run --engine fake --clause DMO-002"));
}

TEST_F(RunTest, EventsTellTheSame) {
  EXPECT_EQ(Run({"--clause", "DMO-004"}), 4);
  const Result<std::string> text = ReadFile(out() + "/latest/events.jsonl");
  ASSERT_TRUE(text.has_value());
  int ended = 0;
  std::string line;
  for (const char c : text.value()) {
    line += c;
    if (c != '\n') continue;
    const Result<record::Event> event = record::DecodeEvent(line);
    ASSERT_TRUE(event.has_value()) << line;
    ended += event.value().kind == record::Event::Kind::kCaseEnd ? 1 : 0;
    line.clear();
  }
  EXPECT_EQ(ended, 3);
}

TEST_F(RunTest, WrongUseIsTwo) {
  EXPECT_EQ(Call({"run", "--no-such-option"}), 2);
  EXPECT_THAT(err_, HasSubstr("--help"));
  EXPECT_EQ(Call({"dance"}), 2);
  EXPECT_THAT(err_, HasSubstr("unknown command 'dance'"));
  EXPECT_EQ(Call({}), 2);
  EXPECT_EQ(Call({"run", "--subject", "nobody", "--out", out()}), 2);
  EXPECT_THAT(err_, HasSubstr("nobody"));
  EXPECT_EQ(Call({"run", "--subject", "fake", "--mutant", "nonsense", "--out", out()}), 2);
  EXPECT_THAT(err_, HasSubstr("nonsense"));
  EXPECT_EQ(Call({"run", "--junit-dialect", "x"}), 2);
  EXPECT_EQ(Call({"run", "--jobs", "0"}), 2);
  EXPECT_EQ(Call({"run", "--expectations", "/no/such/file", "--out", out()}), 2);
  EXPECT_EQ(Call({"--help"}), 0);
  EXPECT_EQ(Call({"--version"}), 0);
}

TEST_F(RunTest, AnUnknownFilterIsThree) {
  EXPECT_EQ(Call({"run", "--clause", "XYZ-001"}), 3);
  EXPECT_THAT(err_, HasSubstr("XYZ-001"));
  EXPECT_EQ(Call({"run", "--clause", "DMO-001", "--clause", "DMO-9*"}), 3);
  EXPECT_EQ(Call({"run", "--area", "XYZ"}), 3);
  EXPECT_EQ(Call({"run", "--level", "might"}), 3);
  EXPECT_EQ(Call({"run", "--clause", "DMO-001", "--level", "should"}), 3);
}

TEST_F(RunTest, AMissingSubjectIsFourByNameAndNeverAPass) {
  EXPECT_EQ(Run({"--subject", "missing"}), 4);
  EXPECT_EQ(Run({"--subject", "missing", "--subjects-optional"}), 3);
  EXPECT_EQ(Run({"--subject", "fake,missing", "--clause", "DMO-001"}), 4);
}

TEST_F(RunTest, ExpectationsDecide) {
  const std::string file = dir_->path() + "/e.toml";
  const std::string head = "schema = 1\n[[expect]]\nreason = \"r\"\n";
  ASSERT_TRUE(WriteFile(file, head + "clause = \"DMO-002\"\n").has_value());
  EXPECT_EQ(Run({"--clause", "DMO-00[12]", "--expectations", file}), 0);
  EXPECT_EQ(Case().subject, "fake");
  ASSERT_TRUE(WriteFile(file, head + "clause = \"DMO-001\"\n").has_value());
  EXPECT_EQ(Run({"--clause", "DMO-001", "--expectations", file}), 0);
  EXPECT_EQ(Run({"--clause", "DMO-001", "--expectations", file, "--strict-expectations"}), 5);
  ASSERT_TRUE(WriteFile(file, "schema = 7\n").has_value());
  EXPECT_EQ(Call({"run", "--expectations", file, "--out", out()}), 2);
}

TEST_F(RunTest, SingleModeSpeaksToCtest) {
  const auto single = [&](const std::string& clause) {
    return Call({"run", "--single", "--out", out(), "--work-dir", work(), "--clause", clause});
  };
  EXPECT_EQ(single("DMO-001"), 0);
  EXPECT_TRUE(Exists(out() + "/junit.xml"));
  EXPECT_EQ(single("DMO-002"), 1);
  EXPECT_EQ(single("DMO-003"), 99);
  EXPECT_EQ(single("DMO-010"), 77);
  EXPECT_EQ(single("DMO-011"), 77);
  EXPECT_EQ(Call({"run", "--single", "--out", out(), "--subject", "missing"}), 4);
}

TEST_F(RunTest, ReportsThatCannotBeWrittenAreFour) {
  EXPECT_EQ(Call({"run", "--clause", "DMO-001", "--out", "/proc/nowhere"}), 4);
  EXPECT_EQ(Call({"run", "--clause", "DMO-001", "--out", out(), "--junit", "/proc/x.xml"}), 4);
}

TEST_F(RunTest, StandardOutputIsForTheReportThatIsSentThere) {
  EXPECT_EQ(Call({"run", "--clause", "DMO-001", "--out", out(), "--junit", "-"}), 0);
  pugi::xml_document junit;
  EXPECT_TRUE(junit.load_string(text_.c_str())) << text_;
}

TEST_F(RunTest, AMutantIsJudgedLikeAnySubject) {
  EXPECT_EQ(Run({"--clause", "DMO-018"}), 0);
  EXPECT_EQ(Run({"--clause", "DMO-018", "--mutant", "breaks"}), 1);
  EXPECT_EQ(Case().fault, "breaks");
}

TEST_F(RunTest, SelftestTellsKillsFromSurvivors) {
  EXPECT_EQ(Call({"selftest", "--mutant", "good", "--clause", "DMO-018", "--out", out()}), 0);
  EXPECT_THAT(text_, HasSubstr("1 of 1 mutants killed"));
  EXPECT_EQ(Call({"selftest", "--mutant", "harmless", "--out", out()}), 1);
  EXPECT_THAT(text_, HasSubstr("DMO-018 still passes"));
  EXPECT_EQ(Call({"selftest", "--mutant", "crasher", "--out", out()}), 1);
  EXPECT_THAT(text_, HasSubstr("does not fail by an assertion"));
  EXPECT_EQ(Call({"selftest", "--mutant", "nobody", "--out", out()}), 3);
  const Result<std::string> json = ReadFile(out() + "/selftest.json");
  ASSERT_TRUE(json.has_value());
  EXPECT_FALSE(nlohmann::json::parse(json.value(), nullptr, false).is_discarded());
}

TEST_F(RunTest, ListSpeaksThreeLanguages) {
  EXPECT_EQ(Call({"list", "--subject", "fake"}), 0);
  EXPECT_THAT(text_, HasSubstr("DMO-017"));
  EXPECT_THAT(text_, HasSubstr("not for fake: fake has no capability 'wings'"));
  EXPECT_EQ(Call({"list", "--format", "json"}), 0);
  EXPECT_THAT(nlohmann::json::parse(text_), SizeIs(20));
  EXPECT_EQ(Call({"list", "--format", "cmake", "--cowbell", "/x/cowbell", "--out", "/o"}), 0);
  EXPECT_THAT(text_, HasSubstr("conformance.fake.DMO-001"));
  EXPECT_THAT(text_, Not(HasSubstr("DMO-016")));
  EXPECT_EQ(Call({"list", "--format", "cmake"}), 2);
  EXPECT_EQ(Call({"explain", "DMO-018"}), 0);
  EXPECT_THAT(text_, HasSubstr("good: breaks in fake"));
  EXPECT_EQ(Call({"explain", "XYZ-001"}), 3);
}

// Starts a run of the check that hangs and waits until it does.
class InterruptTest : public RunTest {
 protected:
  void Start() {
    Result<Pipe> pipe = MakePipe();
    ASSERT_TRUE(pipe.has_value());
    SpawnOptions options;
    options.argv = {COWBELL_DEMO, "run", "--clause",   "DMO-006", "--clause",  "DMO-014", "-j", "1",
                    "--out",      out(), "--work-dir", work(),    "--timeout", "600"};
    options.env = {"PATH=/usr/bin:/bin", "COWBELL_PROBE=/bin/true"};
    options.stdout_fd = pipe.value().write.get();
    options.stderr_fd = pipe.value().write.get();
    Result<ChildProcess> child = ChildProcess::Spawn(options);
    ASSERT_TRUE(child.has_value()) << child.error().ToString();
    child_ = std::make_unique<ChildProcess>(std::move(child).value());
    answers_ = std::move(pipe.value().read);
    // The header is printed when signals are safe.
    ReadUntil("1 jobs");
  }
  // What the runner says up to and including `end`.
  std::string ReadUntil(std::string_view end) const {
    std::string text;
    char c = 0;
    while (text.find(end) == std::string::npos && read(answers_.get(), &c, 1) == 1)
      text += c;
    return text;
  }
  std::unique_ptr<ChildProcess> child_;
  UniqueFd answers_;
};

TEST_F(InterruptTest, TwiceKillsAndReports) {
  Start();
  ASSERT_TRUE(child_->Signal(SIGINT).has_value());
  EXPECT_THAT(ReadUntil("kill them."), HasSubstr("nothing more is started"));
  ASSERT_TRUE(child_->Signal(SIGINT).has_value());
  const Result<ExitStatus> status = child_->Wait(std::chrono::seconds(60));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status.value(), (ExitStatus{false, 130}));
  const Result<std::string> json = ReadFile(out() + "/latest/run.json");
  ASSERT_TRUE(json.has_value());
  const Result<record::RunRecord> run = record::DecodeRun(json.value());
  ASSERT_TRUE(run.has_value());
  EXPECT_FALSE(run.value().complete);
  EXPECT_EQ(run.value().results.size(), 2U);
  for (const CaseResult& result : run.value().results)
    EXPECT_EQ(result.type, record::kTypeNotRun);
  EXPECT_THAT(ListDir(work()).value(), IsEmpty());
}

}  // namespace
}  // namespace cowbell
