#include "runtime/build/context.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Context : public ::testing::Test {
 protected:
  void Put(const std::string& path, const std::string& content = "x") {
    const std::string full = dir_.path() + "/ctx/" + path;
    ASSERT_TRUE(MakeDirs(full.substr(0, full.rfind('/'))).has_value());
    ASSERT_TRUE(WriteFile(full, content).has_value());
  }
  BuildContext Open() { return BuildContext::Open(dir_.path() + "/ctx").value(); }
  static std::vector<std::string> Names(const BuildContext& context, const std::string& pattern) {
    const auto found = context.Find(pattern);
    if (!found.has_value()) return {found.error().ToString()};
    std::vector<std::string> out;
    for (const ContextSource& source : found.value())
      out.push_back(source.path);
    return out;
  }
  std::string Hash(const std::string& path) {
    const BuildContext context = Open();
    const auto found = context.Find(path);
    return context.Hash(found.value().front()).value();
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "context-").value();
};

TEST_F(Context, FindsByNameAndPattern) {
  for (const char* name : {"a.txt", "b.txt", ".hidden.txt", "arr[0].txt", "d/c.txt"})
    Put(name);
  const BuildContext context = Open();
  EXPECT_THAT(Names(context, "a.txt"), ElementsAre("a.txt"));
  EXPECT_THAT(Names(context, "/a.txt"), ElementsAre("a.txt"));
  EXPECT_THAT(Names(context, "./d/../a.txt"), ElementsAre("a.txt"));
  EXPECT_THAT(Names(context, "*.txt"), ElementsAre(".hidden.txt", "a.txt", "arr[0].txt", "b.txt"));
  EXPECT_THAT(Names(context, "?.txt"), ElementsAre("a.txt", "b.txt"));
  EXPECT_THAT(Names(context, "arr[[]0].txt"), ElementsAre("arr[0].txt"));
  EXPECT_THAT(Names(context, "."), ElementsAre(""));
}

TEST_F(Context, NothingOutsideIsFound) {
  Put("a");
  ASSERT_TRUE(WriteFile(dir_.path() + "/outside", "secret").has_value());
  ASSERT_EQ(symlink("../outside", (dir_.path() + "/ctx/up").c_str()), 0);
  ASSERT_EQ(symlink("/etc/passwd", (dir_.path() + "/ctx/abs").c_str()), 0);
  const BuildContext context = Open();
  EXPECT_THAT(Names(context, "../outside"),
              ElementsAre("COPY failed: forbidden path outside the build context: ../outside ()"));
  const std::string text =
      "COPY failed: file not found in build context or excluded by .dockerignore: stat ";
  EXPECT_THAT(Names(context, "up"), ElementsAre(text + "up: file does not exist"));
  EXPECT_THAT(Names(context, "abs"), ElementsAre(text + "abs: file does not exist"));
  EXPECT_THAT(Names(context, "none"), ElementsAre(text + "none: file does not exist"));
  EXPECT_THAT(Names(context, "*.none"), ElementsAre("COPY failed: no source files were specified"));
}

struct IgnoreRow {
  std::string patterns, path;
  bool ignored;
};

TEST(Ignore, LastMatchDecides) {
  const IgnoreRow rows[] = {
      {"a", "a", true},
      {"a", "b", false},
      {"/a", "a", true},
      {"./a/", "a/x/y", true},
      {"*.md", "x.md", true},
      {"*.md", "d/x.md", false},
      {"**/*.md", "d/x.md", true},
      {"**/*.md", "x.md", true},
      {"*\n!a", "a", false},
      {"*\n!a", "b", true},
      {"d\n!d/keep", "d/keep", false},
      {"d\n!d/keep", "d/x", true},
      {"!a\na", "a", true},
      {"# a\n\n", "a", false},
      {"a/**/z", "a/b/c/z", true},
      {"a?", "ab", true},
      {"*/t", "x/t", true},
  };
  for (const IgnoreRow& row : rows) {
    const auto patterns = ParseIgnoreFile(row.patterns);
    ASSERT_TRUE(patterns.has_value()) << row.patterns;
    EXPECT_EQ(IsIgnored(patterns.value(), row.path), row.ignored)
        << row.patterns << " on " << row.path;
  }
  EXPECT_FALSE(ParseIgnoreFile("!").has_value());
  EXPECT_FALSE(ParseIgnoreFile("[").has_value());
}

TEST_F(Context, AnExceptionKeepsItsDirectories) {
  Put(".dockerignore", "d\n!d/sub/keep\n");
  Put("d/sub/keep");
  Put("d/other");
  const BuildContext context = Open();
  EXPECT_FALSE(context.IsLeftOut("d"));
  EXPECT_FALSE(context.IsLeftOut("d/sub/keep"));
  EXPECT_TRUE(context.IsLeftOut("d/other"));
}

TEST_F(Context, TheHashIsThatOfContentAndMode) {
  Put("d/a", "1");
  const std::string before = Hash("d");
  const timespec times[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, (dir_.path() + "/ctx/d/a").c_str(), times, 0), 0);
  EXPECT_EQ(Hash("d"), before);
  Put("other", "2");
  EXPECT_EQ(Hash("d"), before);
  ASSERT_EQ(chmod((dir_.path() + "/ctx/d/a").c_str(), 0600), 0);
  const std::string with_mode = Hash("d");
  EXPECT_NE(with_mode, before);
  Put("d/a", "12");
  EXPECT_NE(Hash("d"), with_mode);
}

TEST(ContextErrors, NameTheDirectory) {
  const auto got = BuildContext::Open("/nonexistent/x");
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().ToString(), "unable to prepare context: path \"/nonexistent/x\" not found");
}

}  // namespace
}  // namespace cowbell
