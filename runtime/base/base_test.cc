#include <fcntl.h>

#include <chrono>
#include <csignal>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/result.h"
#include "runtime/base/sha256.h"
#include "runtime/base/text.h"

namespace cowbell {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

TempDir Scratch() { return TempDir::Create("/tmp", "cowbell-base-").value(); }

TEST(Result, ErrorNamesErrnoAndContexts) {
  const Error error = Error::FromErrno(ENOENT, "open '/x'").Within("load 'a'");
  EXPECT_EQ(error.ToString(), "load 'a': open '/x': No such file or directory (ENOENT)");
}

TEST(Result, TryReturnsTheError) {
  const auto inner = []() -> Result<int> { return Error::FromErrno(EIO, "read"); };
  const auto outer = [&]() -> Result<int> { return TRY(inner()) + 1; };
  EXPECT_EQ(outer().error().errno_value(), EIO);
}

TEST(File, AtomicWriteReplacesAndLeavesNothingBehind) {
  const TempDir dir = Scratch();
  const std::string path = dir.path() + "/f";
  ASSERT_TRUE(WriteFile(path, "old").has_value());
  ASSERT_TRUE(WriteFileAtomic(path, "new", 0600, true).has_value());
  EXPECT_EQ(ReadFile(path).value(), "new");
  EXPECT_THAT(ListDir(dir.path()).value(), ElementsAre("f"));
}

TEST(File, ReadFileRefusesMoreThanItsLimit) {
  const TempDir dir = Scratch();
  ASSERT_TRUE(WriteFile(dir.path() + "/f", "12345").has_value());
  EXPECT_EQ(ReadFile(dir.path() + "/f", 4).error().errno_value(), EFBIG);
}

TEST(File, RemoveTreeDoesNotFollowLinks) {
  const TempDir dir = Scratch();
  ASSERT_TRUE(MakeDirs(dir.path() + "/keep").has_value());
  ASSERT_TRUE(WriteFile(dir.path() + "/keep/f", "x").has_value());
  ASSERT_TRUE(MakeDirs(dir.path() + "/gone/deep").has_value());
  ASSERT_EQ(symlink("../keep", (dir.path() + "/gone/link").c_str()), 0);
  ASSERT_TRUE(RemoveTree(dir.path() + "/gone").has_value());
  EXPECT_FALSE(Exists(dir.path() + "/gone"));
  EXPECT_TRUE(Exists(dir.path() + "/keep/f"));
}

TEST(File, OpenInRootConfinesLinksAndDots) {
  const TempDir dir = Scratch();
  ASSERT_TRUE(WriteFile(dir.path() + "/inside", "in").has_value());
  ASSERT_EQ(symlink("/inside", (dir.path() + "/absolute").c_str()), 0);
  const UniqueFd root = Open(dir.path(), O_PATH | O_DIRECTORY).value();
  for (const char* path : {"/absolute", "../../inside", "/../inside"}) {
    Result<UniqueFd> fd = OpenInRoot(root.get(), path, O_RDONLY);
    ASSERT_TRUE(fd.has_value()) << path << ": " << fd.error().ToString();
    EXPECT_EQ(ReadAll(fd.value().get()).value(), "in");
  }
}

TEST(Process, CapturesBothStreamsAndFeedsInput) {
  const Result<CommandResult> r =
      RunCommand({"sh", "-c", "cat; echo e >&2; exit 3"}, {.env = {}, .cwd = {}, .input = "hello"});
  ASSERT_TRUE(r.has_value());
  EXPECT_EQ(r.value().out, "hello");
  EXPECT_EQ(r.value().err, "e\n");
  EXPECT_EQ(r.value().status, (ExitStatus{false, 3}));
}

TEST(Process, MissingProgramIsAnErrorNotAnExitCode) {
  EXPECT_EQ(RunCommand({"/nonexistent/program"}).error().errno_value(), ENOENT);
  EXPECT_EQ(RunCommand({"no-such-program-of-cowbell"}).error().errno_value(), ENOENT);
}

TEST(Process, TimeoutKillsTheWholeGroup) {
  const Result<CommandResult> r =
      RunCommand({"sh", "-c", "sleep 1000 & wait"},
                 {.env = {}, .cwd = {}, .input = {}, .timeout = milliseconds(50)});
  EXPECT_EQ(r.error().errno_value(), ETIMEDOUT);
}

TEST(Process, SignalIsNotAnExitCode) {
  const Result<CommandResult> r = RunCommand({"sh", "-c", "kill -9 $$"});
  EXPECT_EQ(r.value().status, (ExitStatus{true, SIGKILL}));
  EXPECT_EQ(r.value().status.ShellCode(), 137);
}

TEST(Process, ExtraDescriptorsReachTheChild) {
  Pipe pipe = MakePipe().value();
  SpawnOptions options{.argv = {"sh", "-c", "echo out >&7"},
                       .env = {},
                       .cwd = {},
                       .extra_fds = {{pipe.write.get(), 7}}};
  ChildProcess child = ChildProcess::Spawn(options).value();
  pipe.write.reset();
  EXPECT_EQ(ReadAll(pipe.read.get()).value(), "out\n");
  EXPECT_TRUE(child.Wait().value().ok());
}

TEST(Text, SanitizeShowsEveryForeignByte) {
  EXPECT_EQ(Sanitize("a\xff"
                     "b"),
            "a\\xffb");
  EXPECT_EQ(Sanitize(std::string_view("\0\x1f\x7f\t\n", 5)), "\\x00\\x1f\\x7f\t\n");
  EXPECT_EQ(Sanitize("\x1b[31mred\x1b[0m"), "red");
  EXPECT_EQ(Sanitize("\xef\xbf\xbe"), "\\u{fffe}");
  EXPECT_EQ(Sanitize("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(Sanitize("grün"), "grün");
}

TEST(Text, TimesAreGoStyle) {
  EXPECT_EQ(FormatTime(1'000'000'000, 123'456'000), "2001-09-09T01:46:40.123456Z");
  EXPECT_EQ(FormatTime(0, 0), "1970-01-01T00:00:00Z");
}

TEST(Text, ShellQuoteIsReadable) {
  EXPECT_EQ(ShellJoin({"a", "b c", "it's", ""}), "a 'b c' 'it'\\''s' ''");
}

TEST(Sha256, KnownAnswer) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Text, UlidSortsByTime) {
  const std::string a = MakeUlid();
  EXPECT_EQ(a.size(), 26U);
  EXPECT_NE(a, MakeUlid());
}

}  // namespace
}  // namespace cowbell
