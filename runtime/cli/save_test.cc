// calf save, load, import and tag, end to end.

#include <sys/stat.h>

#include "runtime/cli/calf_fixture.h"
#include "runtime/image/test_archive.h"
#include "runtime/image/test_tar.h"

namespace cowbell {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class Save : public Calf {
 protected:
  // An image of two layers that came as archives: "two:1".
  void SetUp() override {
    Calf::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(
        Run({"import", "-c", "ENV PATH=/bin", "-", "one:1"}, Out({"export", Idle()})).status.value,
        0);
    ASSERT_EQ(Code({"run", "--name", "maker", "one:1", "sh", "-c", "rm /input.txt; echo 2 > /two"}),
              0);
    ASSERT_EQ(Code({"commit", "-c", "CMD [\"cat\", \"/two\"]", "maker", "two:1"}), 0);
  }
  std::string Idle() {
    EXPECT_EQ(Code({"create", "--name", "idle", "base", "true"}), 0);
    return "idle";
  }
  std::string IdOfImage(const std::string& name) {
    return Out({"image", "inspect", "-f", "{{.Id}}", name});
  }
  void RemoveAll() {
    ASSERT_EQ(Code({"rm", "maker", "idle"}), 0);
    ASSERT_EQ(Code({"rmi", "two:1", "one:1"}), 0);
    ASSERT_EQ(Run({"image", "inspect", "two:1"}).status.value, 1);
  }
  // Content of one member of an archive.
  static std::string Member(const std::string& bytes, const std::string& name) {
    StringSource source(bytes);
    TarReader reader(source);
    TarEntry entry;
    std::string content;
    while (reader.Next(&entry).value()) {
      if (entry.name != name) continue;
      const Status read = reader.ReadContent([&](uint64_t, std::string_view piece) {
        content.append(piece);
        return Ok();
      });
      EXPECT_TRUE(read.has_value());
    }
    return content;
  }
};

TEST_F(Save, LoadGivesTheSameImageAgain) {
  const std::string id = IdOfImage("two:1");
  const std::string saved = Out({"save", "two:1", "one"});
  EXPECT_THAT(EntryLines(saved), Contains(id.substr(7, 64) + ".json"));
  RemoveAll();
  EXPECT_EQ(Run({"load"}, saved).out, "Loaded image: two:1\nLoaded image: one:1\n");
  EXPECT_EQ(IdOfImage("two:1"), id);
  EXPECT_EQ(Out({"run", "--rm", "two:1"}), "2\n");
  // Byte for byte, layers too.
  EXPECT_TRUE(Out({"image", "save", "two:1", "one"}) == saved);
}

TEST_F(Save, LayersHashToTheirDiffIds) {
  const std::string saved = Out({"save", "two:1"});
  const std::string manifest = Member(saved, "manifest.json");
  EXPECT_THAT(manifest, HasSubstr("\"RepoTags\":[\"two:1\"]"));
  std::vector<std::string> digests;
  for (const std::string& line : EntryLines(saved)) {
    if (line.find("/layer.tar") == std::string::npos) continue;
    digests.push_back("sha256:" + Sha256Hex(Member(saved, line)));
    EXPECT_THAT(manifest, HasSubstr("\"" + line + "\""));
  }
  EXPECT_EQ("[" + Join(digests, " ") + "]\n",
            Out({"image", "inspect", "-f", "{{.RootFS.Layers}}", "two:1"}));
}

TEST_F(Save, ByIdThereIsNoTag) {
  const std::string id = IdOfImage("one:1").substr(7, 12);
  const std::string saved = Out({"save", id});
  EXPECT_THAT(Member(saved, "manifest.json"), HasSubstr("\"RepoTags\":null"));
  EXPECT_THAT(Run({"load"}, saved).out, MatchesRegex("Loaded image ID: sha256:[0-9a-f]{64}\n"));
}

TEST_F(Save, RefusesWithDockersTextsAndLeavesNothing) {
  const CommandResult unknown = Run({"save", "-o", dir_.path() + "/x.tar", "one:1", "nosuch"});
  EXPECT_EQ(unknown.status.value, 1);
  EXPECT_EQ(unknown.err, "Error response from daemon: No such image: nosuch\n");
  const CommandResult place = Run({"save", "-o", dir_.path() + "/no/x.tar", "one:1"});
  EXPECT_EQ(place.status.value, 1);
  EXPECT_EQ(place.err, "failed to save image: invalid output path: stat " + dir_.path() +
                           "/no: no such file or directory\n");
  EXPECT_EQ(ListDir(dir_.path()).value(), std::vector<std::string>{"root"});
}

TEST_F(Save, ImportMakesOneLayerWithItsConfig) {
  const CommandResult imported =
      Run({"import", "-m", "why", "-c", "CMD [\"x\"]", "-c", "USER 5", "-", "flat"},
          TestTar({"d/ 0700 5:6", "d/f=text"}));
  EXPECT_THAT(imported.out, MatchesRegex("sha256:[0-9a-f]{64}\n"));
  EXPECT_EQ(
      Out({"image", "inspect", "-f",
           "{{len .RootFS.Layers}} {{.Config.Cmd}} {{.Config.User}} {{.Comment}} {{.Os}}", "flat"}),
      "1 [x] 5 why linux\n");
}

TEST_F(Save, ImportRefusesWhatIsWrongAndLeavesNothing) {
  const std::string images = Out({"images", "-aq"});
  const CommandResult missing = Run({"import", dir_.path() + "/none.tar"});
  EXPECT_EQ(missing.status.value, 1);
  EXPECT_EQ(missing.err, "open " + dir_.path() + "/none.tar: no such file or directory\n");
  const CommandResult change = Run({"import", "-c", "RUN x", "-"}, TestTar({"f=x"}));
  EXPECT_EQ(change.status.value, 1);
  EXPECT_EQ(change.err, "Error response from daemon: run is not a valid change command\n");
  EXPECT_EQ(Run({"import", "-"}, "no archive, just some text").status.value, 1);
  EXPECT_EQ(
      Run({"import", "-"}, TestTar({"f=" + std::string(5000, 'x')}).substr(0, 3000)).status.value,
      1);
  EXPECT_EQ(Out({"images", "-aq"}), images);
}

TEST_F(Save, TagsNameTheSameImage) {
  EXPECT_EQ(Out({"tag", "one:1", "other"}), "");
  EXPECT_EQ(IdOfImage("other:latest"), IdOfImage("one:1"));
  EXPECT_EQ(Out({"image", "tag", "two:1", "other"}), "");
  EXPECT_EQ(IdOfImage("other"), IdOfImage("two:1"));
  const CommandResult unknown = Run({"tag", "nosuch:1", "x"});
  EXPECT_EQ(unknown.status.value, 1);
  EXPECT_EQ(unknown.err, "Error response from daemon: No such image: nosuch:1\n");
  const CommandResult bad = Run({"tag", "one:1", "Bad/Name:tag"});
  EXPECT_EQ(bad.status.value, 1);
  EXPECT_EQ(bad.err,
            "Error parsing reference: \"Bad/Name:tag\" is not a valid repository/tag: invalid "
            "reference format: repository name (Name) must be lowercase\n");
}

}  // namespace
}  // namespace cowbell
