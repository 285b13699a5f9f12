#include "runtime/cli/flags.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/cli/output.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

int Nothing(const CommandContext&, const std::vector<std::string>&) { return 0; }

constexpr Command kRun = {"container run", "run", "[OPTIONS] IMAGE [COMMAND] [ARG...]",
                          "Create and run a new container from an image", Nothing};

// One call of a command with one flag of each kind, and what it printed.
struct Call {
  bool interactive = false;
  bool tty = false;
  std::string name;
  std::optional<std::string> entrypoint;
  std::vector<std::string> env;
  int timeout = -1;
  std::vector<std::string> operands;
  std::optional<int> code;
  std::string out;
  std::string err;

  Call& Parse(const std::vector<std::string>& args, int min = 0, int max = -1, bool stop = true) {
    const GlobalOptions globals;
    const CommandContext context(globals, kRun, "run");
    FlagSet flags(context);
    flags.Bool('i', "interactive", &interactive, "Keep STDIN open even if not attached");
    flags.Bool('t', "tty", &tty, "Allocate a pseudo-TTY");
    flags.String('\0', "name", &name, "Assign a name to the container");
    flags.OptionalString('\0', "entrypoint", &entrypoint, "Overwrite the default ENTRYPOINT");
    flags.Int('\0', "stop-timeout", &timeout, "Seconds");
    flags.Value(
        'e', "env", "list",
        [this](const std::string& value) -> Status {
          if (value.rfind('=', 0) == 0) {
            return Error::FromMessage("invalid environment variable: " + value);
          }
          env.push_back(value);
          return Ok();
        },
        "Set environment variables");
    flags.Operands(min, max, &operands);
    if (stop) flags.StopAtFirstOperand();
    flags.Example("calf run --rm alpine true");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    code = flags.Parse(args);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return *this;
  }
};

constexpr char kHint[] =
    "\n\nUsage:  calf run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\n"
    "Run 'calf run --help' for more information\n";

TEST(Flags, ClustersAndValuesInEverySpelling) {
  Call call;
  call.Parse({"-it", "--name=x", "-e", "A=1", "-eB=2", "-e=C=3", "--env", "-D=4",
              "--entrypoint=", "--stop-timeout", "-1", "img", "-e", "--name", "--", "x"});
  EXPECT_EQ(call.code, std::nullopt) << call.err;
  EXPECT_TRUE(call.interactive && call.tty);
  EXPECT_EQ(call.name, "x");
  EXPECT_EQ(call.entrypoint, "");
  EXPECT_THAT(call.env, ElementsAre("A=1", "B=2", "C=3", "-D=4"));
  EXPECT_THAT(call.operands, ElementsAre("img", "-e", "--name", "--", "x"));
}

TEST(Flags, LastValueWinsAndBoolsTakeValues) {
  Call call;
  call.Parse({"--name", "a", "--name", "[b,c]", "--tty=true", "--tty=0", "-i=true", "img"});
  EXPECT_EQ(call.code, std::nullopt) << call.err;
  EXPECT_EQ(call.name, "[b,c]");
  EXPECT_FALSE(call.tty);
  EXPECT_TRUE(call.interactive);
}

TEST(Flags, InterspersedUntilTwoDashes) {
  Call call;
  call.Parse({"a", "-t", "b", "--", "-i"}, 0, -1, false);
  EXPECT_TRUE(call.tty);
  EXPECT_FALSE(call.interactive);
  EXPECT_THAT(call.operands, ElementsAre("a", "b", "-i"));
  EXPECT_THAT(Call().Parse({"-"}, 0, -1, false).operands, ElementsAre("-"));
}

TEST(Flags, UsageErrorsAreDockersTexts) {
  const struct {
    std::vector<std::string> args;
    const char* text;
  } kCases[] = {
      {{"--bogus", "img"}, "unknown flag: --bogus"},
      {{"--bogus=1"}, "unknown flag: --bogus"},
      {{"-ix"}, "unknown shorthand flag: 'x' in -x"},
      {{"--name"}, "flag needs an argument: --name"},
      {{"-ie"}, "flag needs an argument: 'e' in -e"},
      {{"-e", "=x"},
       "invalid argument \"=x\" for \"-e, --env\" flag: invalid environment variable: =x"},
      {{"--tty=maybe"},
       "invalid argument \"maybe\" for \"-t, --tty\" flag: strconv.ParseBool: parsing \"maybe\": "
       "invalid syntax"},
      {{"--stop-timeout", "1s"},
       "invalid argument \"1s\" for \"--stop-timeout\" flag: strconv.ParseInt: parsing \"1s\": "
       "invalid syntax"},
      {{"--=x"}, "bad flag syntax: --=x"},
  };
  for (const auto& c : kCases) {
    Call call;
    call.Parse(c.args);
    EXPECT_EQ(call.code, 125) << c.text;
    EXPECT_EQ(call.err, std::string(c.text) + kHint);
    EXPECT_THAT(call.out, IsEmpty());
  }
}

TEST(Flags, CountErrorsAreDockersTexts) {
  const struct {
    std::vector<std::string> args;
    int min, max;
    const char* text;
  } kCases[] = {
      {{}, 1, -1, "requires at least 1 argument"},
      {{"a"}, 2, -1, "requires at least 2 arguments"},
      {{"a"}, 0, 0, "accepts no arguments"},
      {{}, 1, 1, "requires 1 argument"},
      {{"a"}, 2, 2, "requires 2 arguments"},
      {{"a", "b"}, 0, 1, "requires at most 1 argument"},
      {{}, 1, 2, "requires at least 1 and at most 2 arguments"},
  };
  for (const auto& c : kCases) {
    Call call;
    call.Parse(c.args, c.min, c.max);
    EXPECT_EQ(call.code, 1) << c.text;
    EXPECT_EQ(call.err, std::string("calf: 'calf run' ") + c.text + kHint);
  }
}

TEST(Flags, HelpShowsUsageFlagsAndExample) {
  Call call;
  call.Parse({"--name", "x", "--help", "--bogus"});
  EXPECT_EQ(call.code, 0);
  EXPECT_EQ(call.out,
            "Usage:  calf run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\n"
            "Create and run a new container from an image\n\n"
            "Aliases:\n  calf container run, calf run\n\n"
            "Options:\n"
            "      --entrypoint string   Overwrite the default ENTRYPOINT\n"
            "  -e, --env list            Set environment variables\n"
            "  -i, --interactive         Keep STDIN open even if not attached\n"
            "      --name string         Assign a name to the container\n"
            "      --stop-timeout int    Seconds\n"
            "  -t, --tty                 Allocate a pseudo-TTY\n\n"
            "Example:\n  calf run --rm alpine true\n");
}

// Dispatch of a whole command line to a table with one row.
struct Dispatched {
  int code = 0;
  std::string out, err;
};

std::string seen;

Dispatched Calf(std::vector<std::string> argv) {
  static const std::vector<Command> kTable = {
      {"container cp", "cp", "SRC DST", "Copy",
       [](const CommandContext& context, const std::vector<std::string>& args) {
         seen = context.globals().root + "|" + context.UsageLine();
         for (const std::string& arg : args)
           seen += "|" + arg;
         return 7;
       }}};
  std::vector<char*> pointers;
  for (std::string& arg : argv)
    pointers.push_back(arg.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Dispatched result;
  result.code = Dispatch(kTable, static_cast<int>(pointers.size()), pointers.data());
  result.out = testing::internal::GetCapturedStdout();
  result.err = testing::internal::GetCapturedStderr();
  return result;
}

TEST(Dispatch, BothNamesReachTheRow) {
  EXPECT_EQ(Calf({"calf", "--root", "/r", "cp", "-a", "x"}).code, 7);
  EXPECT_EQ(seen, "/r|calf cp SRC DST|-a|x");
  EXPECT_EQ(Calf({"calf", "--root=/s", "container", "cp", "y"}).code, 7);
  EXPECT_EQ(seen, "/s|calf container cp SRC DST|y");
}

TEST(Dispatch, WhatIsUnknownIsNamed) {
  Dispatched r = Calf({"calf", "bogus"});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.err, "calf: unknown command: calf bogus\n\nRun 'calf --help' for more information\n");
  r = Calf({"calf", "container", "bogus"});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.err,
            "calf: unknown command: calf container bogus\n\nUsage:  calf container COMMAND\n\n"
            "Run 'calf container --help' for more information\n");
  r = Calf({"calf", "--bogus", "cp"});
  EXPECT_EQ(r.code, 125);
  EXPECT_EQ(r.err,
            "unknown flag: --bogus\n\nUsage:  calf [OPTIONS] COMMAND [ARG...]\n\n"
            "Run 'calf --help' for more information\n");
  r = Calf({"calf", "--storage-driver", "aufs", "cp"});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.err, "calf: --storage-driver: 'aufs' is not supported; the drivers are: overlay, vfs\n");
}

TEST(Dispatch, VersionAndHelp) {
  EXPECT_EQ(Calf({"calf", "--version"}).out, "calf version 0.1.0\n");
  EXPECT_EQ(Calf({"calf"}).code, 0);
  EXPECT_EQ(Calf({"calf", "--help"}).out, Calf({"calf", "help"}).out);
  EXPECT_EQ(Calf({"calf", "help", "cp"}).code, 7);
  EXPECT_EQ(seen, "/var/lib/calf|calf cp SRC DST|--help");
}

}  // namespace
}  // namespace cowbell
