#include "runtime/build/dockerfile.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Texts(const std::string& file) {
  const auto parsed = ParseDockerfile(file);
  if (!parsed.has_value()) return {parsed.error().ToString()};
  std::vector<std::string> out;
  for (const Instruction& step : parsed.value())
    out.push_back(std::to_string(step.line) + " " + step.Text());
  return out;
}

TEST(Dockerfile, JoinsLinesAndDropsComments) {
  EXPECT_THAT(
      Texts("\xef\xbb\xbf# syntax=x\r\nfrom a\r\n\r\nRun b \\\r\n  # inside\r\n\r\n  c\r\n"),
      ElementsAre("2 FROM a", "4 RUN b   c"));
  EXPECT_THAT(Texts("FROM a\nCOPY x y \\"), ElementsAre("1 FROM a", "2 COPY x y"));
  EXPECT_THAT(Texts("FROM a\n  # c\n\tRUN echo '#no comment'"),
              ElementsAre("1 FROM a", "3 RUN echo '#no comment'"));
}

TEST(Dockerfile, ErrorsNameTheLine) {
  EXPECT_THAT(Texts("FROM a\nBOGUS x\n"),
              ElementsAre("dockerfile parse error line 2: unknown instruction: BOGUS"));
  EXPECT_THAT(Texts("FROM a\n\nRUN\n"),
              ElementsAre("dockerfile parse error line 3: RUN requires at least one argument"));
  EXPECT_THAT(Texts(""), ElementsAre("the Dockerfile (Dockerfile) cannot be empty"));
  EXPECT_THAT(Texts("# only\n"), ElementsAre("the Dockerfile (Dockerfile) cannot be empty"));
  EXPECT_THAT(Texts("FROM a\nRUN <<E\nE\n"),
              ElementsAre("dockerfile parse error line 2: here-documents are not supported"));
}

TEST(Dockerfile, KnowsTheExecForm) {
  EXPECT_THAT(*ParseExecForm(R"(["a", "b c"])"), ElementsAre("a", "b c"));
  for (const char* shell : {"a b", "['a']", R"(["a")", "[1]", "[[ -f x ]] && y", ""}) {
    EXPECT_FALSE(ParseExecForm(shell).has_value()) << shell;
  }
}

TEST(Dockerfile, TakesFlags) {
  std::string arguments = "--chown=1:2  --x a b";
  EXPECT_THAT(TakeFlags(&arguments), ElementsAre(std::pair("chown", "1:2"), std::pair("x", "")));
  EXPECT_EQ(arguments, "a b");
}

struct ExpandRow {
  std::string text, expected;
};

TEST(Dockerfile, ExpandsVariables) {
  const Variables values = {{"A", "one"}, {"B_2", "two words"}, {"E", ""}};
  const ExpandRow rows[] = {
      {"$A", "one"},       {"${A}x", "onex"},  {"$B_2", "two words"},  {"$none", ""},
      {"${none:-w}", "w"}, {"${A:-w}", "one"}, {"${E:-$A}", "one"},    {"${A:+y}", "y"},
      {"${none:+y}", ""},  {R"(\$A)", "$A"},   {"'$A'", "'$A'"},       {"\"$A\"", "\"one\""},
      {"$", "$"},          {"$1", "$1"},       {R"(a\ b)", R"(a\ b)"}, {"a$A/b", "aone/b"},
  };
  for (const ExpandRow& row : rows) {
    const auto got = Expand(row.text, values);
    ASSERT_TRUE(got.has_value()) << row.text;
    EXPECT_EQ(got.value(), row.expected) << row.text;
  }
  for (const char* bad : {"${A", "${A:?x}", "${}", "${A-x}"}) {
    EXPECT_FALSE(Expand(bad, values).has_value()) << bad;
  }
}

TEST(Dockerfile, SplitsWords) {
  EXPECT_THAT(SplitWords(R"(A=1  B="two words" C=a\ b 'D=x "y"')").value(),
              ElementsAre("A=1", "B=two words", "C=a b", "D=x \"y\""));
  EXPECT_THAT(SplitWords(R"("a\"b" '' c\\d)").value(), ElementsAre("a\"b", "", "c\\d"));
  EXPECT_FALSE(SplitWords("\"open").has_value());
}

}  // namespace
}  // namespace cowbell
