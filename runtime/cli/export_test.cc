// calf export, end to end.

#include "runtime/cli/calf_fixture.h"
#include "runtime/image/test_archive.h"

namespace cowbell {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

using Export = Calf;

// Changes of every kind below /srv, and mounts with content.
constexpr char kScript[] =
    "mkdir -m 2750 /srv/d && echo new > /srv/d/f && ln /srv/d/f /srv/hard && ln -s ../x /srv/soft "
    "&& mknod /srv/null c 1 3 && mkfifo /srv/pipe && rm /input.txt && touch /t/x && "
    "touch -d @1500000000 /srv/d; echo up; test -z $1 || sleep 1000";

TEST_F(Export, ShowsTheMergedViewInEveryState) {
  const std::string host = dir_.path() + "/host";
  ASSERT_TRUE(MakeDirs(host).has_value());
  ASSERT_TRUE(WriteFile(host + "/secret", "x").has_value());
  ASSERT_EQ(Code({"create", "--name", "web", "--tmpfs", "/t", "-v", host + ":/m", "base", "sh",
                  "-c", kScript, "sh", "stay"}),
            0);
  const std::vector<std::string> created = EntryLines(Out({"export", "web"}));
  EXPECT_THAT(created, IsSupersetOf({"bin/", "bin/busybox", "bin/sh->busybox", "input.txt", "proc/",
                                     "etc/hosts", "srv/"}));
  ASSERT_EQ(Out({"start", "web"}), "web\n");
  AwaitLog("web", "up");
  const std::string running = Out({"container", "export", "web"});
  EXPECT_THAT(EntryLines(running),
              IsSupersetOf({"m/", "t/", "srv/d/", "srv/d/f", "srv/hard=>srv/d/f", "srv/null",
                            "srv/pipe", "srv/soft->../x", "proc/", "dev/"}));
  for (const char* gone : {"input.txt", "m/secret", "t/x", "dev/null", "proc/1/"})
    EXPECT_THAT(EntryLines(running), Not(Contains(gone)));
  ASSERT_EQ(Code({"kill", "web"}), 0);
  ASSERT_EQ(Code({"wait", "web"}), 0);
  const std::string path = dir_.path() + "/web.tar";
  EXPECT_EQ(Out({"export", "-o", path, "web"}), "");
  EXPECT_TRUE(ReadFile(path).value() == running);
}

TEST_F(Export, RefusesWithDockersTextsAndLeavesNothing) {
  const CommandResult unknown = Run({"export", "-o", dir_.path() + "/x.tar", "nosuch"});
  EXPECT_EQ(unknown.status.value, 1);
  EXPECT_EQ(unknown.err, "Error response from daemon: No such container: nosuch\n");
  EXPECT_EQ(unknown.out, "");
  const CommandResult place = Run({"export", "-o", dir_.path() + "/no/x.tar", "nosuch"});
  EXPECT_EQ(place.status.value, 1);
  EXPECT_EQ(place.err, "failed to export container: invalid output path: stat " + dir_.path() +
                           "/no: no such file or directory\n");
  EXPECT_EQ(Run({"export"}).status.value, 1);
  EXPECT_THAT(Run({"export"}).err, HasSubstr("'calf export' requires 1 argument"));
  EXPECT_EQ(ListDir(dir_.path()).value(), std::vector<std::string>{"root"});
}

}  // namespace
}  // namespace cowbell
