#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/container/create.h"
#include "runtime/container/log_file.h"
#include "runtime/container/process.h"
#include "runtime/container/signals.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Log, EntriesAreDockersAndComeBackByteForByte) {
  EXPECT_EQ(EncodeLogEntry("a\t\"b\"\\\n", LogStream::kStdout, "T"),
            "{\"log\":\"a\\u0009\\\"b\\\"\\\\\\n\",\"stream\":\"stdout\",\"time\":\"T\"}\n");
  std::string every;
  for (int i = 0; i < 256; ++i)
    every += static_cast<char>(i);
  const std::string line = EncodeLogEntry(every, LogStream::kStderr, "T");
  const Result<LogEntry> entry = DecodeLogEntry(std::string_view(line).substr(0, line.size() - 1));
  ASSERT_TRUE(entry.has_value()) << entry.error().ToString();
  EXPECT_EQ(entry.value().text, every);
  EXPECT_EQ(entry.value().stream, LogStream::kStderr);
  EXPECT_EQ(entry.value().time, "T");
}

TEST(Log, OtherWritersEscapesAreUnderstood) {
  EXPECT_EQ(DecodeLogEntry(R"({"log":"\u00e9\u003c\/","stream":"stdout","time":"T"})").value().text,
            "é</");
}

TEST(Log, GarbageIsAnError) {
  for (const char* line : {"", "{", "{}", "{\"log\":\"x", "{\"log\":\"\\u12\"}", "{\"log\":1}",
                           "{\"log\":\"x\"}trailing"}) {
    EXPECT_FALSE(DecodeLogEntry(line).has_value()) << line;
  }
}

TEST(Log, LinesArePutTogetherAndTheLastOneIsKept) {
  const TempDir dir = TempDir::Create(::testing::TempDir(), "log-").value();
  const std::string path = dir.path() + "/log.json";
  LogWriter log = LogWriter::Open(path).value();
  ASSERT_TRUE(log.Write(LogStream::kStdout, "on").has_value());
  ASSERT_TRUE(log.Write(LogStream::kStderr, "err").has_value());
  ASSERT_TRUE(log.Write(LogStream::kStdout, "e\ntwo\nlast").has_value());
  ASSERT_TRUE(log.Flush().has_value());
  std::vector<std::string> texts;
  for (const std::string& line : Lines(ReadFile(path).value()))
    texts.push_back(DecodeLogEntry(line).value().text);
  EXPECT_THAT(texts, ElementsAre("one\n", "two\n", "last", "err"));
}

TEST(Log, LongLinesAreCutInPieces) {
  const TempDir dir = TempDir::Create(::testing::TempDir(), "log-").value();
  const std::string path = dir.path() + "/log.json";
  LogWriter log = LogWriter::Open(path).value();
  const std::string bytes(50000, 'x');
  ASSERT_TRUE(log.Write(LogStream::kStdout, bytes).has_value());
  ASSERT_TRUE(log.Flush().has_value());
  std::string all;
  const std::vector<std::string> lines = Lines(ReadFile(path).value());
  EXPECT_THAT(lines, SizeIs(4));
  for (const std::string& line : lines)
    all += DecodeLogEntry(line).value().text;
  EXPECT_EQ(all, bytes);
}

TEST(Signals, EverySpelling) {
  for (const char* text : {"9", "KILL", "SIGKILL", "kill", "sigkill"})
    EXPECT_EQ(ParseSignal(text).value(), SIGKILL) << text;
  EXPECT_EQ(ParseSignal("RTMIN+3").value(), SIGRTMIN + 3);
  EXPECT_EQ(ParseSignal("SIGRTMAX-1").value(), SIGRTMAX - 1);
  for (const char* text : {"NOPE", "", "0", "65", "-1", "9x", "RTMIN+99"}) {
    EXPECT_EQ(ParseSignal(text).error().ToString(), "Invalid signal: " + std::string(text));
  }
}

class Create : public ::testing::Test {
 protected:
  Create() {
    image_.id = std::string(64, '1');
    image_.config.env = {"PATH=/bin", "A=image"};
    image_.config.entrypoint = {"/ep"};
    image_.config.cmd = {"cmd"};
    image_.config.stop_signal = "SIGINT";
    image_.config.labels = {{"k", "image"}, {"l", "image"}};
    options_.image = "img";
  }
  ContainerConfig Config() { return MakeContainerConfig(options_, image_).value(); }
  std::string Refusal() {
    const Result<ContainerConfig> config = MakeContainerConfig(options_, image_);
    return config.has_value() ? "" : config.error().ToString();
  }
  ImageRecord image_;
  CreateOptions options_;
};

TEST_F(Create, EntrypointAndCommandFollowDockersRules) {
  EXPECT_THAT(Config().entrypoint, ElementsAre("/ep"));
  EXPECT_THAT(Config().cmd, ElementsAre("cmd"));
  options_.command = {"over"};
  EXPECT_THAT(Config().entrypoint, ElementsAre("/ep"));
  EXPECT_THAT(Config().cmd, ElementsAre("over"));
  options_.entrypoint = "/x";
  options_.command = {};
  EXPECT_THAT(Config().entrypoint, ElementsAre("/x"));
  EXPECT_THAT(Config().cmd, IsEmpty());
  options_.entrypoint = "";
  EXPECT_EQ(Refusal(), "No command specified");
}

TEST_F(Create, EnvironmentAndLabelsAreLaidOverTheImages) {
  options_.env = {"A=mine", "B=", "PATH"};
  options_.labels = {{"k", "mine"}};
  const ContainerConfig config = Config();
  EXPECT_THAT(config.env, ElementsAre("A=mine", "B="));
  EXPECT_EQ(config.labels.at("k"), "mine");
  EXPECT_EQ(config.labels.at("l"), "image");
  EXPECT_EQ(config.stop_signal, "SIGINT");
  EXPECT_EQ(config.hostname, config.id.substr(0, 12));
  EXPECT_EQ(config.name.find(config.id.substr(0, 12)), config.name.size() - 12);
}

TEST_F(Create, RefusalsAreDockersTexts) {
  for (const char* name : {"bad name", "-x", ".x", "a/b", "../x", "é", "x"}) {
    options_.name = name;
    EXPECT_EQ(Refusal(), "Invalid container name (" + std::string(name) +
                             "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
  }
  options_.name = "";
  options_.working_dir = "rel";
  EXPECT_EQ(Refusal(), "the working directory 'rel' is invalid, it needs to be an absolute path");
  options_.working_dir = "";
  options_.volumes = {"/tmp:/b", "/:/b"};
  EXPECT_EQ(Refusal(), "Duplicate mount point: /b");
  options_.volumes = {"/tmp:/proc//sys"};
  EXPECT_EQ(Refusal(), "\"/proc/sys\" cannot be mounted because it is inside /proc");
  options_.volumes = {};
  options_.network = "bridge";
  EXPECT_EQ(Refusal(), "network bridge not found (calf has the networks none and host)");
}

TEST_F(Create, AMissingBindSourceIsMadeOnlyIfAllElseIsRight) {
  const TempDir dir = TempDir::Create(::testing::TempDir(), "create-").value();
  options_.volumes = {dir.path() + "/new:/b"};
  options_.cap_add = {"BOGUS"};
  EXPECT_EQ(Refusal(), "invalid CapAdd: unknown capability: \"CAP_BOGUS\"");
  EXPECT_FALSE(Exists(dir.path() + "/new"));
  options_.cap_add = {};
  EXPECT_EQ(Refusal(), "");
  EXPECT_TRUE(Exists(dir.path() + "/new"));
}

TEST(Environment, MissingVariablesAreAdded) {
  ProcessSpec spec;
  spec.env = {"PATH=/bin"};
  spec.hostname = "h";
  EXPECT_THAT(CompleteEnvironment(spec, "/root"),
              ElementsAre("PATH=/bin", "HOSTNAME=h", "HOME=/root"));
  spec.tty = true;
  spec.env = {"HOME=/x", "HOSTNAME=y"};
  EXPECT_THAT(CompleteEnvironment(spec, "/root"),
              ElementsAre("HOME=/x", "HOSTNAME=y", "TERM=xterm"));
}

}  // namespace
}  // namespace cowbell
