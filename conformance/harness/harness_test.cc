#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <deque>

#include "conformance/harness/case_context.h"
#include "conformance/harness/case_log.h"
#include "conformance/harness/leftovers.h"
#include "conformance/harness/scene.h"
#include "conformance/harness/suite.h"
#include "conformance/harness/volume.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

using record::CaseResult;
using record::CaseStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A session that answers from a list.
class ScriptedSession : public Session {
 public:
  explicit ScriptedSession(std::deque<Result<probe::Reply>> replies, ExitStatus end = {})
      : replies_(std::move(replies)), end_(end) {}
  Result<probe::Reply> Do(const probe::Op&) override {
    if (replies_.empty()) return Error::FromErrno(ETIMEDOUT, "no answer");
    Result<probe::Reply> reply = std::move(replies_.front());
    replies_.pop_front();
    return reply;
  }
  Result<ExitStatus> Finish() override { return end_; }

 private:
  std::deque<Result<probe::Reply>> replies_;
  ExitStatus end_;
};

Actor ActorOf(std::deque<Result<probe::Reply>> replies, ExitStatus end = {}) {
  return Actor(std::make_unique<ScriptedSession>(std::move(replies), end));
}

probe::Reply Answer(std::map<std::string, std::string> values) {
  return {.error = 0, .call = "", .values = std::move(values)};
}

class ActorTest : public ::testing::Test {
 protected:
  void SetUp() override { CaseLog::Current().Begin(); }
  static CaseResult Conclude() {
    CaseResult result;
    CaseLog::Current().Conclude(result);
    return result;
  }
};

TEST_F(ActorTest, AnswersBecomeValues) {
  Actor actor = ActorOf({Answer({{"data", "old"}}),
                         probe::Reply{.error = ENOENT, .call = "open", .values = {}},
                         Answer({{"names", "b/a"}, {"count", "2"}, {"errors", ""}})});
  EXPECT_THAT(actor.Read("/t"), Yields("old"));
  EXPECT_THAT(actor.Read("/u"), FailsWith(ENOENT));
  EXPECT_THAT(actor.Names("/t"), Yields(ElementsAre("a", "b")));
  actor.Finish();
  EXPECT_THAT(Conclude().transcript, testing::SizeIs(4));
}

TEST_F(ActorTest, TroubleWithTheSessionIsAnError) {
  Actor actor = ActorOf({});
  EXPECT_THROW((void)actor.Read("/t"), SceneError);
  EXPECT_THROW((void)actor.Read("/t"), SceneError);
}

TEST_F(ActorTest, AnAnswerThatLacksItsValueIsAnError) {
  Actor actor = ActorOf({Answer({}), Answer({{"names", "a"}, {"count", "2"}, {"errors", ""}})});
  EXPECT_THROW((void)actor.Read("/t"), SceneError);
  EXPECT_THROW((void)actor.List("/t"), SceneError);
  actor.Abandon();
}

TEST_F(ActorTest, AnotherEndThanToldIsAnError) {
  Actor wrong = ActorOf({}, {false, 3});
  EXPECT_THROW(wrong.Finish(), SceneError);
  Actor told = ActorOf({Answer({})}, {false, 3});
  EXPECT_TRUE(told.Do("exit", {"3"}).has_value());
  EXPECT_NO_THROW(told.Finish());
  Actor raised = ActorOf({Answer({})}, {false, 128 + 9});
  EXPECT_TRUE(raised.Do("raise", {"9"}).has_value());
  EXPECT_NO_THROW(raised.Finish());
}

TEST_F(ActorTest, LettingGoOfASessionIsAnError) {
  { const Actor actor = ActorOf({}); }
  EXPECT_EQ(Conclude().status, CaseStatus::kError);
  EXPECT_THAT(Conclude().message, HasSubstr("Finish()"));
}

TEST_F(ActorTest, AnAbandonedSessionIsNone) {
  Actor actor = ActorOf({});
  actor.Abandon();
  EXPECT_THROW(actor.Finish(), SceneError);
}

class CaseLogTest : public ActorTest {};

TEST_F(CaseLogTest, AFailureCountsMoreThanAnErrorThatFollows) {
  CaseLog& log = CaseLog::Current();
  log.Did("unlink /t -> ok");
  log.Failed({"a.cc", 7, "Expected: x\nActual: y"});
  log.Broke("the session died");
  const CaseResult result = Conclude();
  EXPECT_EQ(result.status, CaseStatus::kFail);
  EXPECT_EQ(result.message, "Expected: x; Actual: y");
  EXPECT_THAT(result.failures[0].text, HasSubstr("unlink /t -> ok"));
}

TEST_F(CaseLogTest, ACaseThatJudgesNothingIsAnError) {
  EXPECT_EQ(Conclude().status, CaseStatus::kError);
  CaseLog::Current().Asserted();
  EXPECT_EQ(Conclude().status, CaseStatus::kPass);
}

TEST_F(CaseLogTest, EveryAssertionIsCounted) {
  EXPECT_EQ(1, 1);
  EXPECT_THAT(std::string("ab"), HasSubstr("a"));
  EXPECT_TRUE(true);
  EXPECT_FALSE(false);
  EXPECT_LT(1, 2);
  EXPECT_STREQ("a", "a");
  EXPECT_EQ(Conclude().assertions, 6);
}

TEST_F(CaseLogTest, AnErrorCountsMoreThanASkip) {
  CaseLog::Current().Skipped(CaseStatus::kSkippedBlocked, "no loop devices");
  EXPECT_EQ(Conclude().type, record::kTypeBlocked);
  CaseLog::Current().Broke("and broke");
  EXPECT_EQ(Conclude().status, CaseStatus::kError);
}

TEST(ClauseOfTestSuite, KnowsTheForms) {
  EXPECT_EQ(ClauseOfTestSuite("COW_058"), "COW-058");
  EXPECT_EQ(ClauseOfTestSuite("All/COW_058"), "COW-058");
  EXPECT_EQ(ClauseOfTestSuite("CaseLogTest"), "");
}

TEST(NotApplicableReason, TellsKindAndNeeds) {
  Profile file_system;
  file_system.name = "overlayfs";
  file_system.kind = SubjectKind::kFileSystem;
  file_system.capabilities = {"merge"};
  Profile engine;
  engine.name = "docker";
  engine.capabilities = {"apply"};
  Clause clause;
  clause.via = Via::kEngine;
  EXPECT_EQ(NotApplicableReason(clause, engine), "");
  EXPECT_THAT(NotApplicableReason(clause, file_system), HasSubstr("engines"));
  clause.via = Via::kMount;
  EXPECT_THAT(NotApplicableReason(clause, engine), HasSubstr("file systems"));
  clause.via = Via::kBoth;
  clause.needs = "apply|merge";
  EXPECT_EQ(NotApplicableReason(clause, file_system), "");
  EXPECT_EQ(NotApplicableReason(clause, engine), "");
  clause.needs = "apply pull";
  EXPECT_THAT(NotApplicableReason(clause, engine), HasSubstr("'pull'"));
  clause.needs = "";
  clause.labels = "private volume";
  EXPECT_EQ(NotApplicableReason(clause, file_system), "");
  EXPECT_THAT(NotApplicableReason(clause, engine), HasSubstr("volume"));
  engine.private_store = {"--root", "{dir}"};
  EXPECT_EQ(NotApplicableReason(clause, engine), "");
  clause.excluded = "gone";
  EXPECT_THAT(NotApplicableReason(clause, engine), HasSubstr("gone"));
}

TEST(Volume, HoldsExactlyWhatIsLeft) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root: mounts";
  const Result<TempDir> dir = TempDir::Create(::testing::TempDir(), "cowbell-volume-");
  ASSERT_TRUE(dir.has_value());
  const std::string volume = SubjectDir(dir.value().path());
  ASSERT_TRUE(MountVolume(volume).has_value());
  EXPECT_TRUE(FillVolume(volume, 8192).has_value());
  EXPECT_EQ(WriteFile(volume + "/f", std::string(8193, 'x')).error().errno_value(), ENOSPC);
  EXPECT_TRUE(WriteFile(volume + "/f", std::string(8192, 'x')).has_value());
  EXPECT_EQ(FillVolume(volume, uint64_t{1} << 30).error().errno_value(), ENOSPC);
  EmptyVolume(volume);
  EXPECT_TRUE(WriteFile(volume + "/f", std::string(1 << 20, 'x')).has_value());
  EXPECT_EQ(umount2(volume.c_str(), MNT_DETACH), 0);
}

TEST_F(ActorTest, OnlyAFailureIsRelaxed) {
  CaseLog::Current().Relaxed("kernel.overlay.x = eexist");
  CaseLog::Current().Asserted();
  EXPECT_EQ(Conclude().relaxation, "");
  CaseLog::Current().Failed({"file", 1, "broken"});
  EXPECT_EQ(Conclude().relaxation, "kernel.overlay.x = eexist");
}

TEST(LiesBelow, ComparesWholeNames) {
  EXPECT_TRUE(LiesBelow("/a/b", "/a/b"));
  EXPECT_TRUE(LiesBelow("/a/b/c", "/a/b"));
  EXPECT_FALSE(LiesBelow("/a/bc", "/a/b"));
  EXPECT_FALSE(LiesBelow("/a", "/a/b"));
}

TEST(FilesBelow, CountsFilesNotEmptyDirectories) {
  const Result<TempDir> dir = TempDir::Create(::testing::TempDir(), "cowbell-harness-");
  ASSERT_TRUE(dir.has_value());
  const std::string root = dir.value().path();
  ASSERT_TRUE(MakeDirs(root + "/empty/deep").has_value());
  ASSERT_TRUE(MakeDirs(root + "/tmp").has_value());
  ASSERT_TRUE(WriteFile(root + "/tmp/f", "").has_value());
  EXPECT_THAT(FilesBelow(root, {"tmp"}, 5), IsEmpty());
  EXPECT_THAT(FilesBelow(root, {}, 5), ElementsAre(root + "/tmp/f"));
}

}  // namespace
}  // namespace cowbell::conformance
