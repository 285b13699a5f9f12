// Volumes as users of calf see them, end to end.

#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/calf_fixture.h"
#include "runtime/store/volumes.h"

namespace cowbell {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

TEST_F(Calf, ANamedVolumeOutlivesItsContainers) {
  EXPECT_EQ(Out({"run", "--rm", "-v", "data:/v", "base", "sh", "-c", "echo x > /v/f"}), "");
  EXPECT_EQ(Out({"volume", "ls", "-q"}), "data\n");
  EXPECT_EQ(Out({"run", "--name", "web", "-v", "data:/new/place:ro", "base", "sh", "-c",
                 "cat /new/place/f; touch /new/place/g 2>/dev/null || echo refused"}),
            "x\nrefused\n");
  const std::string place = Out({"volume", "inspect", "-f", "{{.Mountpoint}}", "data"});
  EXPECT_EQ(ReadFile(place.substr(0, place.size() - 1) + "/f").value(), "x\n");
  EXPECT_EQ(Out({"inspect", "-f", "{{range .Mounts}}{{.Type}} {{.Name}} {{.RW}}{{end}}", "web"}),
            "volume data false\n");
  const std::string daemon = "Error response from daemon: ";
  const CommandResult used = Run({"volume", "rm", "data"});
  EXPECT_EQ(used.status.value, 1);
  EXPECT_EQ(used.err, daemon + "remove data: volume is in use - [" + IdOf("web") + "]\n");
  EXPECT_EQ(Out({"rm", "-v", "web"}), "web\n");
  EXPECT_EQ(Out({"volume", "rm", "data"}), "data\n");
  EXPECT_EQ(Run({"volume", "rm", "data"}).err, daemon + "get data: no such volume\n");
  EXPECT_EQ(Out({"volume", "rm", "-f", "data"}), "data\n");
  EXPECT_EQ(Run({"volume", "inspect", "data"}).err, daemon + "get data: no such volume\n");
}

TEST_F(Calf, AnEmptyVolumeIsFilledFromTheImage) {
  const std::string in_image =
      store_.LayerDiff(FindImage(store_, "base").value().chain[0]) + "/opt";
  ASSERT_TRUE(MakeDirs(in_image + "/sub").has_value());
  ASSERT_TRUE(WriteFile(in_image + "/sub/f", "image", 0640).has_value());
  ASSERT_EQ(symlink("sub/f", (in_image + "/link").c_str()), 0);
  ASSERT_EQ(chown(in_image.c_str(), 1000, 50), 0);
  ASSERT_EQ(chmod(in_image.c_str(), 02750), 0);
  const std::string look = "cat /opt/link; ls -ldn /opt";
  const std::string filled = Out({"run", "--rm", "-v", "data:/opt:ro", "base", "sh", "-c", look});
  EXPECT_THAT(filled, StartsWith("imagedrwxr-s---"));
  EXPECT_THAT(filled, HasSubstr(" 1000     50 "));
  // Not again, not over what is there, not where it is not wanted.
  ASSERT_EQ(Code({"run", "--rm", "-v", "data:/opt", "base", "rm", "-r", "/opt/sub"}), 0);
  EXPECT_EQ(Out({"run", "--rm", "-v", "data:/opt", "base", "ls", "/opt"}), "link\n");
  EXPECT_EQ(Out({"run", "--rm", "-v", "bare:/opt:nocopy", "base", "ls", "/opt"}), "");
  const CommandResult file = Run({"run", "--rm", "-v", "data:/input.txt", "base", "true"});
  EXPECT_EQ(file.status.value, 125);
  EXPECT_THAT(file.err, HasSubstr("is not directory"));
  EXPECT_EQ(Out({"volume", "rm", "bare", "data"}), "bare\ndata\n");
}

TEST_F(Calf, AnonymousVolumesGoWithTheirContainerWhenAsked) {
  ImageRecord image = FindImage(store_, "base").value();
  image.config.volumes = {"/data"};
  ASSERT_TRUE(WriteFile(ImageRecordPath(store_, image.id), EncodeImageRecord(image)).has_value());
  ASSERT_EQ(Code({"run", "--rm", "-v", "/anon", "-v", "named:/n", "base", "touch", "/anon/f",
                  "/data/f", "/n/f"}),
            0);
  EXPECT_EQ(Out({"volume", "ls", "-q"}), "named\n");
  ASSERT_EQ(Code({"run", "--name", "web", "--mount", "dst=/anon", "base", "touch", "/data/f"}), 0);
  EXPECT_EQ(Out({"start", "-a", "web"}), "");
  EXPECT_EQ(Lines(Out({"volume", "ls", "-q"})).size(), 3U);
  EXPECT_EQ(Out({"rm", "-v", "web"}), "web\n");
  EXPECT_EQ(Out({"volume", "ls", "-q"}), "named\n");
  ASSERT_EQ(Code({"create", "--name", "web", "base", "true"}), 0);
  EXPECT_EQ(Out({"rm", "web"}), "web\n");
  EXPECT_THAT(Out({"volume", "prune", "-f"}), StartsWith("Deleted Volumes:\n"));
  EXPECT_EQ(Run({"volume", "prune", "-a"}, "n\n").status.value, 0);
  EXPECT_EQ(Out({"volume", "ls", "-q"}), "named\n");
  EXPECT_EQ(Out({"volume", "prune", "-af"}),
            "Deleted Volumes:\nnamed\n\nTotal reclaimed space: 0B\n");
}

TEST_F(Calf, VolumesAreNeitherDifferenceNorSize) {
  ASSERT_EQ(Code({"run", "--name", "web", "-v", "data:/srv", "--tmpfs", "/tmp", "base", "sh", "-c",
                  "head -c 100000 /dev/zero > /srv/f; head -c 100000 /dev/zero > /tmp/f"}),
            0);
  EXPECT_EQ(Out({"diff", "web"}), "");
  EXPECT_EQ(Out({"inspect", "-s", "-f", "{{.SizeRw}}", "web"}), "0\n");
  const std::string file = dir_.path() + "/f";
  ASSERT_TRUE(WriteFile(file, "copied").has_value());
  EXPECT_EQ(Out({"cp", file, "web:/srv/g"}), "");
  EXPECT_EQ(ReadFile(VolumeData(store_, "data") + "/g").value(), "copied");
  EXPECT_EQ(Out({"rm", "web"}), "web\n");
  EXPECT_EQ(Out({"volume", "rm", "data"}), "data\n");
}

TEST_F(Calf, VolumesAreListedByFilter) {
  EXPECT_EQ(Out({"volume", "create", "--label", "k=v", "one"}), "one\n");
  EXPECT_EQ(Out({"volume", "create", "two"}), "two\n");
  EXPECT_EQ(Out({"volume", "create", "two"}), "two\n");
  EXPECT_THAT(Out({"volume", "create"}), MatchesRegex("[0-9a-f]{64}\n"));
  ASSERT_EQ(Code({"create", "--name", "web", "-v", "two:/v", "base", "true"}), 0);
  EXPECT_EQ(Out({"volume", "ls", "-f", "name=t"}), "DRIVER    VOLUME NAME\nlocal     two\n");
  EXPECT_EQ(Out({"volume", "ls", "-q", "-f", "label=k=v"}), "one\n");
  EXPECT_EQ(Out({"volume", "ls", "-q", "-f", "dangling=false"}), "two\n");
  EXPECT_EQ(Run({"volume", "create", "a/b"}).status.value, 1);
  EXPECT_THAT(Out({"volume", "inspect", "one"}), HasSubstr("\"k\": \"v\""));
  EXPECT_EQ(Out({"ps", "-a", "--format", "{{.Mounts}} {{.LocalVolumes}}"}), "two 1\n");
  EXPECT_EQ(Out({"rm", "web"}), "web\n");
  EXPECT_EQ(Code({"volume", "prune", "-af"}), 0);
}

}  // namespace
}  // namespace cowbell
