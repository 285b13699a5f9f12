// calf commit, end to end.

#include <sys/stat.h>
#include <sys/xattr.h>

#include "runtime/cli/calf_fixture.h"

namespace cowbell {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

using Commit = Calf;

constexpr char kId[] = "sha256:[0-9a-f]{64}\n";

TEST_F(Commit, TheImageHasWhatTheContainerHas) {
  ASSERT_EQ(Code({"run", "--name", "web", "-e", "A=1", "-w", "/srv", "base", "sh", "-c",
                  "mkdir -m 2750 d && echo new > d/f && ln d/f hard && chown 5:7 d && "
                  "rm -r /home && echo more >> /input.txt && touch -d @1500000000 d/f"}),
            0);
  EXPECT_THAT(Out({"commit", "-a", "me", "-m", "why", "-c", "CMD [\"sh\"]", "web", "new:1"}),
              MatchesRegex(kId));
  EXPECT_EQ(Out({"run", "--rm", "new:1", "sh", "-c",
                 "cat d/f hard /input.txt; echo $A; ls -d /home 2>/dev/null; ls -ldn d | head -c "
                 "30; test d/f -ef hard && echo same"}),
            "new\nnew\nimage\nmore\n1\ndrwxr-s---    2 5        7    same\n");
  EXPECT_EQ(Out({"image", "inspect", "-f",
                 "{{.Author}} {{.Comment}} {{.Config.Cmd}} {{.Config.WorkingDir}} {{len "
                 ".RootFS.Layers}}",
                 "new:1"}),
            "me why [sh] /srv 2\n");
  // The base and the container are what they were.
  EXPECT_EQ(Out({"run", "--rm", "base", "cat", "/input.txt"}), "image\n");
  EXPECT_THAT(Out({"diff", "web"}), HasSubstr("A /srv/d/f\n"));
}

TEST_F(Commit, EqualChangesGiveEqualLayersAndNoChangesNone) {
  ASSERT_EQ(Code({"run", "--name", "web", "base", "sh", "-c", "echo x > /f; rm /input.txt"}), 0);
  const auto top = [&](const std::string& tag) {
    EXPECT_EQ(Code({"commit", "web", tag}), 0);
    return Out({"image", "inspect", "-f", "{{index .RootFS.Layers 1}}", tag});
  };
  EXPECT_EQ(top("a"), top("b"));
  ASSERT_EQ(Code({"create", "--name", "idle", "base", "true"}), 0);
  ASSERT_EQ(Code({"commit", "idle", "c"}), 0);
  EXPECT_EQ(Out({"image", "inspect", "-f", "{{len .RootFS.Layers}}", "c"}), "1\n");
}

TEST_F(Commit, ARunningContainerGoesOnAndAPausedOneStaysPaused) {
  Start("web", "echo x > /f; echo up; sleep 1000");
  AwaitLog("web", "up");
  EXPECT_EQ(Code({"commit", "web", "a"}), 0);
  EXPECT_EQ(Out({"inspect", "-f", "{{.State.Status}}", "web"}), "running\n");
  EXPECT_EQ(Out({"exec", "web", "cat", "/f"}), "x\n");
  EXPECT_EQ(Code({"commit", "--pause=false", "web", "b"}), 0);
  ASSERT_EQ(Code({"pause", "web"}), 0);
  EXPECT_EQ(Code({"commit", "web", "c"}), 0);
  EXPECT_EQ(Out({"inspect", "-f", "{{.State.Status}}", "web"}), "paused\n");
  for (const char* tag : {"a", "b", "c"})
    EXPECT_EQ(Out({"run", "--rm", tag, "cat", "/f"}), "x\n");
}

TEST_F(Commit, AContainerWhoseImageWasRemoved) {
  ASSERT_EQ(Code({"run", "--name", "web", "base", "sh", "-c", "echo x > /f"}), 0);
  ASSERT_EQ(Code({"rmi", "-f", "base"}), 0);
  EXPECT_EQ(Code({"commit", "web", "new"}), 0);
  EXPECT_EQ(Out({"run", "--rm", "new", "cat", "/f", "/input.txt"}), "x\nimage\n");
}

TEST_F(Commit, RefusesWithDockersTextsAndLeavesNothing) {
  const std::string images = Out({"images", "-aq"});
  const CommandResult unknown = Run({"commit", "nosuch"});
  EXPECT_EQ(unknown.status.value, 1);
  EXPECT_EQ(unknown.err, "Error response from daemon: No such container: nosuch\n");
  ASSERT_EQ(Code({"run", "--name", "web", "base", "touch", "/.wh.input.txt"}), 0);
  EXPECT_THAT(Run({"commit", "web", "new"}).err,
              HasSubstr("'/.wh.input.txt': the name begins with '.wh.'"));
  EXPECT_EQ(Run({"commit", "-c", "RUN x", "web"}).err,
            "Error response from daemon: run is not a valid change command\n");
  EXPECT_EQ(Run({"commit", "web", "Bad/Name"}).err,
            "invalid reference format: repository name (Name) must be lowercase\n");
  EXPECT_EQ(Run({"commit"}).status.value, 1);
  EXPECT_EQ(Out({"images", "-aq"}), images);
}

}  // namespace
}  // namespace cowbell
