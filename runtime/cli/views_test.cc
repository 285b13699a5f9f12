// The lists and documents of a store made by hand, whole texts.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/cli/command.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/inspect_document.h"
#include "runtime/cli/ps_filter.h"
#include "runtime/cli/ps_row.h"
#include "runtime/store/image_record.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

std::string Hex(char digit) { return std::string(64, digit); }

class ViewsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "calf works only for root";
    globals_.root = temp_.path() + "/store";
    store_.emplace(Store::Open(globals_.root).value());
  }

  void AddImage(char id, const std::vector<std::string>& chain,
                const std::vector<std::string>& refs, const std::string& created,
                const std::string& parent = "") {
    ImageRecord image;
    image.id = Hex(id);
    image.chain = chain;
    for (const std::string& layer : chain) {
      image.diff_ids.push_back("sha256:" + layer);
      ASSERT_TRUE(MakeDirs(store_->LayerDiff(layer)).has_value());
    }
    image.created = created;
    image.parent = parent;
    image.size = 1'990'000;
    image.config.labels = {{"kind", std::string(1, id)}};
    ASSERT_TRUE(MakeDirs(store_->ImageDir(image.id)).has_value());
    ASSERT_TRUE(
        WriteFile(ImageRecordPath(*store_, image.id), EncodeImageRecord(image)).has_value());
    for (const std::string& ref : refs)
      ASSERT_TRUE(SetTag(*store_, ref, image.id, "").has_value());
  }

  // One container per digit; later digits are newer.
  ContainerConfig AddContainerOf(char id, const std::string& name, char image,
                                 const std::string& ref, const std::vector<std::string>& chain) {
    ContainerConfig config;
    config.id = Hex(id);
    config.name = name;
    config.created = std::string("2026-11-23T15:59:2") + id + "Z";
    config.image_id = Hex(image);
    config.image_ref = ref;
    config.chain = chain;
    config.cmd = {"/bin/sh", "-c", "cat /in; echo \"x\""};
    config.labels = {{"n", name}};
    EXPECT_TRUE(AddContainer(*store_, config).has_value());
    return config;
  }
  void Exit(char id, int code) {
    ContainerState state;
    state.state = RunState::kExited;
    state.exit_code = code;
    state.started_at = "2026-11-23T16:00:00Z";
    state.finished_at = "2026-11-23T16:00:01.5Z";
    ASSERT_TRUE(WriteContainerState(*store_, Hex(id), state).has_value());
  }

  struct Output {
    int code;
    std::string out;
    std::string err;
  };
  Output Run(CommandFunction function, const char* words, const std::vector<std::string>& args) {
    const Command command = {words, "", "", "", function};
    const CommandContext context(globals_, command, words);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = function(context, args);
    return {code, ::testing::internal::GetCapturedStdout(),
            ::testing::internal::GetCapturedStderr()};
  }

  TempDir temp_ = TempDir::Create("/tmp", "views-test-").value();
  GlobalOptions globals_;
  std::optional<Store> store_;
};

TEST(PsRow, Status) {
  const TimePoint now = ParseTime("2026-11-23T16:01:05Z").value();
  ContainerState state;
  EXPECT_EQ(StatusText(state, now), "Created");
  state.state = RunState::kRunning;
  state.started_at = "2026-11-23T16:01:00.9Z";
  EXPECT_EQ(StatusText(state, now), "Up 5 seconds");
  state.state = RunState::kExited;
  state.exit_code = 137;
  state.finished_at = "2026-11-23T16:00:00Z";
  EXPECT_EQ(StatusText(state, now), "Exited (137) About a minute ago");
}

TEST(PsRow, CommandLines) {
  ContainerConfig config;
  config.entrypoint = {"/bin/my prog"};
  config.cmd = {"-c", "a b", "tab\t\"q\" \\ \x01"};
  EXPECT_EQ(CommandText(config), "/bin/my prog -c 'a b' 'tab\t\"q\" \\ \x01'");
  EXPECT_EQ(GoQuote("a\t\"q\" \\ \x01 é"), "\"a\\t\\\"q\\\" \\\\ \\x01 é\"");
}

TEST_F(ViewsTest, PsTable) {
  AddImage('a', {Hex('1')}, {"web:1"}, "2026-11-23T10:00:00Z");
  AddContainerOf('1', "first", 'a', "web:1", {Hex('1')});
  AddContainerOf('2', "second", 'a', "moved:1", {Hex('1')});
  Exit('2', 9);
  const std::string format = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.State}}\t{{.Names}}";
  const Output table = Run(PsCommand, "ps", {"-a", "--format", format});
  EXPECT_EQ(table.out,
            "CONTAINER ID   IMAGE          COMMAND                  STATE     NAMES\n"
            "222222222222   aaaaaaaaaaaa   \"/bin/sh -c 'cat /in…\"   exited    second\n"
            "111111111111   web:1          \"/bin/sh -c 'cat /in…\"   created   first\n");
  EXPECT_EQ(table.err, "");
  EXPECT_EQ(table.code, 0);
  EXPECT_EQ(Run(PsCommand, "ps", {}).out,
            "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n");
  EXPECT_EQ(Run(PsCommand, "ps", {"-aq"}).out, "222222222222\n111111111111\n");
  EXPECT_EQ(Run(PsCommand, "ps", {"-q"}).out, "");
  EXPECT_EQ(Run(PsCommand, "ps", {"-lq", "--no-trunc"}).out, Hex('2') + "\n");
  EXPECT_EQ(Run(PsCommand, "ps", {"-as", "--format", "{{.Names}} {{.Size}} {{.Label \"n\"}}"}).out,
            "second 0B (virtual 1.99MB) second\nfirst 0B (virtual 1.99MB) first\n");
}

TEST_F(ViewsTest, PsFilters) {
  AddImage('a', {Hex('1')}, {"web:latest"}, "2026-11-23T10:00:00Z");
  AddImage('b', {Hex('1'), Hex('2')}, {"child:1"}, "2026-11-23T11:00:00Z", Hex('a'));
  AddContainerOf('1', "one", 'a', "web", {Hex('1')});
  AddContainerOf('2', "two", 'b', "child:1", {Hex('1'), Hex('2')});
  AddContainerOf('3', "three", 'a', "web", {Hex('1')});
  Exit('3', 9);
  const std::pair<const char*, const char*> cases[] = {
      {"name=t", "three two "},
      {"name=^/?two$", "two "},
      {"name=[", ""},
      {"id=11", "one "},
      {"status=exited", "three "},
      {"status=created", "two one "},
      {"exited=9", "three "},
      {"exited=0", ""},
      {"label=n", "three two one "},
      {"label=n=two", "two "},
      {"label=x", ""},
      {"ancestor=web", "three two one "},
      {"ancestor=child:1", "two "},
      {"ancestor=none", ""},
      {"before=two", "one "},
      {"since=one", "three two "},
      {"network=none", "three two one "},
  };
  for (const auto& [filter, names] : cases) {
    const Output list = Run(PsCommand, "ps", {"-a", "-f", filter, "--format", "{{.Names}}"});
    EXPECT_EQ(Join(Lines(list.out), " ") + (list.out.empty() ? "" : " "), names) << filter;
  }
  EXPECT_EQ(Run(PsCommand, "ps", {"-qn", "1", "-f", "name=o"}).out, "222222222222\n");
}

TEST_F(ViewsTest, PsErrors) {
  struct Case {
    std::vector<std::string> args;
    int code;
    const char* first_line;
  };
  const Case cases[] = {
      {{"--filter", "bad=1"}, 1, "Error response from daemon: Invalid filter 'bad'"},
      {{"-f", "status=bogus"}, 1, "Error response from daemon: Invalid filter 'status=bogus'"},
      {{"-f", "exited=x"}, 1, "Error response from daemon: Invalid filter 'exited=x'"},
      {{"-f", "since=zz"}, 1, "Error response from daemon: no such container zz"},
      {{"-f", "x"},
       125,
       "invalid argument \"x\" for \"-f, --filter\" flag: invalid filter 'x' (expected "
       "name=value)"},
      {{"--format", "{{.Nope}}"},
       1,
       "failed to execute template: template: :1:2: executing \"\" at <.Nope>: can't evaluate "
       "field "
       "Nope in type *formatter.ContainerContext"},
      {{"--format", "{{"}, 1, "template parsing error: template: :1: unclosed action"},
      {{"x"}, 1, "calf: 'calf ps' accepts no arguments"},
  };
  for (const Case& c : cases) {
    const Output list = Run(PsCommand, "ps", c.args);
    EXPECT_EQ(Lines(list.err).at(0), c.first_line);
    EXPECT_EQ(list.code, c.code) << c.first_line;
    EXPECT_EQ(list.out, "");
  }
}

TEST_F(ViewsTest, Inspect) {
  AddImage('a', {Hex('1')}, {"web:1", "other/web:2"}, "2026-11-23T10:00:00Z");
  AddContainerOf('1', "one", 'a', "web:1", {Hex('1')});
  Exit('1', 3);
  EXPECT_EQ(
      Run(InspectCommand, "inspect",
          {"-f", "{{.Name}} {{.State.ExitCode}} {{.State.FinishedAt}} {{json .Config.Cmd}}", "one"})
          .out,
      "/one 3 2026-11-23T16:00:01.5Z [\"/bin/sh\",\"-c\",\"cat /in; echo \\\"x\\\"\"]\n");
  EXPECT_EQ(Run(InspectCommand, "inspect", {"-f", "{{json .RepoTags}}{{.ID}}", "web:1"}).out,
            "[\"other/web:2\",\"web:1\"]sha256:" + Hex('a') + "\n");
  const Output some = Run(InspectCommand, "inspect", {"one", "nosuch", "web:1"});
  EXPECT_EQ(Json::parse(some.out).size(), 2U);
  EXPECT_EQ(some.out.substr(0, 17), "[\n    {\n        \"");
  EXPECT_EQ(some.err, "Error: No such object: nosuch\n");
  EXPECT_EQ(some.code, 1);
  const Output none = Run(InspectCommand, "container inspect", {"web:1"});
  EXPECT_EQ(none.out, "[]\n");
  EXPECT_EQ(none.err, "Error response from daemon: No such container: web:1\n");
  const Output image = Run(InspectCommand, "image inspect", {"one"});
  EXPECT_EQ(image.err,
            "Error response from daemon: no such image: one: No such image: one:latest\n");
  EXPECT_EQ(Run(InspectCommand, "inspect", {"--type", "image", "one"}).err, image.err);
  EXPECT_EQ(Run(InspectCommand, "inspect", {"--type", "x", "one"}).err,
            "\"x\" is not a valid value for --type\n");
  const Output field = Run(InspectCommand, "inspect", {"-f", "{{.Nope}}", "one"});
  EXPECT_EQ(
      field.err,
      "template parsing error: template: :1:2: executing \"\" at <.Nope>: map has no entry for "
      "key \"Nope\"\n");
  EXPECT_EQ(field.code, 1);
  const Output sized =
      Run(InspectCommand, "inspect", {"-sf", "{{.SizeRw}} {{.SizeRootFs}}", "one"});
  EXPECT_EQ(sized.out, "0 1990000\n");
}

TEST_F(ViewsTest, Images) {
  AddImage('a', {Hex('1')}, {"web:1", "reg:5000/a/b:2"}, "2026-11-23T10:00:00Z");
  AddImage('b', {Hex('1')}, {}, "2026-11-23T11:00:00Z");
  AddImage('c', {Hex('1')}, {}, "2026-11-23T09:00:00Z");
  AddImage('d', {Hex('1')}, {"built:latest"}, "2026-11-23T12:00:00Z", Hex('c'));
  const std::string format = "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.Size}}";
  EXPECT_EQ(Run(ImagesCommand, "images", {"--format", format}).out,
            "REPOSITORY     TAG       IMAGE ID       SIZE\n"
            "built          latest    dddddddddddd   1.99MB\n"
            "<none>         <none>    bbbbbbbbbbbb   1.99MB\n"
            "reg:5000/a/b   2         aaaaaaaaaaaa   1.99MB\n"
            "web            1         aaaaaaaaaaaa   1.99MB\n");
  const auto ids = [&](std::vector<std::string> args) {
    args.insert(args.begin(), {"-q"});
    std::string out;
    for (const std::string& line : Lines(Run(ImagesCommand, "images", args).out))
      out += line[0];
    return out;
  };
  EXPECT_EQ(ids({}), "dbaa");
  EXPECT_EQ(ids({"-a"}), "dbaac");
  EXPECT_EQ(ids({"web"}), "a");
  EXPECT_EQ(ids({"web:1"}), "a");
  EXPECT_EQ(ids({"w*"}), "a");
  EXPECT_EQ(ids({"none"}), "");
  EXPECT_EQ(ids({"-f", "dangling=true"}), "b");
  EXPECT_EQ(ids({"-f", "dangling=false"}), "daa");
  EXPECT_EQ(ids({"-f", "label=kind=b"}), "b");
  EXPECT_EQ(ids({"-f", "before=web:1"}), "");
  EXPECT_EQ(ids({"-f", "since=web:1"}), "db");
  EXPECT_EQ(Run(ImagesCommand, "images", {"none"}).out,
            "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n");
  EXPECT_EQ(Run(ImagesCommand, "images", {"-f", "x=1"}).err,
            "Error response from daemon: Invalid filter 'x'\n");
}

TEST_F(ViewsTest, RmiOfNames) {
  AddImage('a', {Hex('1'), Hex('2')}, {"web:1", "web:2"}, "2026-11-23T10:00:00Z");
  AddImage('b', {Hex('1'), Hex('3')}, {"child:1"}, "2026-11-23T11:00:00Z");
  EXPECT_EQ(Run(RmiCommand, "rmi", {"web:1"}).out, "Untagged: web:1\n");
  EXPECT_EQ(Run(RmiCommand, "rmi", {"web:2"}).out, "Untagged: web:2\nDeleted: sha256:" + Hex('a') +
                                                       "\nDeleted: sha256:" + Hex('2') + "\n");
  const Output both = Run(RmiCommand, "rmi", {"none", "child:1"});
  EXPECT_EQ(both.err, "Error response from daemon: No such image: none:latest\n");
  EXPECT_EQ(both.out, "Untagged: child:1\nDeleted: sha256:" + Hex('b') +
                          "\nDeleted: sha256:" + Hex('3') + "\nDeleted: sha256:" + Hex('1') + "\n");
  EXPECT_EQ(both.code, 1);
  EXPECT_EQ(Run(RmiCommand, "rmi", {"-f", "none"}).code, 0);
  EXPECT_EQ(ListDir(globals_.root + "/layers").value(), std::vector<std::string>{});
}

TEST_F(ViewsTest, RmiOfIds) {
  AddImage('a', {Hex('1')}, {"web:1", "other:2"}, "2026-11-23T10:00:00Z");
  EXPECT_EQ(
      Run(RmiCommand, "rmi", {"aaaa"}).err,
      "Error response from daemon: conflict: unable to delete aaaaaaaaaaaa (must be forced) - "
      "image is referenced in multiple repositories\n");
  EXPECT_EQ(Run(RmiCommand, "rmi", {"-f", "aaaa"}).out,
            "Untagged: other:2\nUntagged: web:1\nDeleted: sha256:" + Hex('a') +
                "\nDeleted: sha256:" + Hex('1') + "\n");
}

TEST_F(ViewsTest, RmiOfUsedImages) {
  AddImage('a', {Hex('1')}, {"web:1", "web:2"}, "2026-11-23T10:00:00Z");
  AddContainerOf('1', "one", 'a', "web:1", {Hex('1')});
  EXPECT_EQ(Run(RmiCommand, "rmi", {"web:1"}).out, "Untagged: web:1\n");
  const Output last = Run(RmiCommand, "rmi", {"web:2"});
  EXPECT_EQ(last.err,
            "Error response from daemon: conflict: unable to remove repository reference \"web:2\" "
            "(must force) - container 111111111111 is using its referenced image aaaaaaaaaaaa\n");
  EXPECT_EQ(last.code, 1);
  EXPECT_EQ(
      Run(RmiCommand, "rmi", {"aaaa"}).err,
      "Error response from daemon: conflict: unable to delete aaaaaaaaaaaa (must be forced) - "
      "image is being used by stopped container 111111111111\n");

  // The lock is what a monitor holds; without it the container would count as left behind.
  std::optional<RunLock> run = RunLock::Begin(*store_, Hex('1')).value();
  ContainerState state;
  state.state = RunState::kRunning;
  ASSERT_TRUE(WriteContainerState(*store_, Hex('1'), state).has_value());
  EXPECT_EQ(
      Run(RmiCommand, "rmi", {"-f", "aaaa"}).err,
      "Error response from daemon: conflict: unable to delete aaaaaaaaaaaa (cannot be forced) "
      "- image is being used by running container 111111111111\n");
  EXPECT_EQ(Run(RmiCommand, "rmi", {"-f", "web:2"}).out, "Untagged: web:2\n");
  EXPECT_TRUE(FindImage(*store_, "aaaa").has_value());

  Exit('1', 0);
  run.reset();
  EXPECT_EQ(Run(RmiCommand, "rmi", {"-f", "aaaa"}).out, "Deleted: sha256:" + Hex('a') + "\n");
  EXPECT_TRUE(Exists(store_->LayerDiff(Hex('1')))) << "the container needs it";
}

TEST_F(ViewsTest, RmiOfBuiltImagesTakesUntaggedParents) {
  AddImage('a', {Hex('1')}, {"base:1"}, "2026-11-23T10:00:00Z");
  AddImage('b', {Hex('1'), Hex('2')}, {}, "2026-11-23T11:00:00Z", Hex('a'));
  AddImage('c', {Hex('1'), Hex('2'), Hex('3')}, {"top:1"}, "2026-11-23T12:00:00Z", Hex('b'));
  EXPECT_EQ(
      Run(RmiCommand, "rmi", {"bbbb"}).err,
      "Error response from daemon: conflict: unable to delete bbbbbbbbbbbb (cannot be forced) "
      "- image has dependent child images\n");
  EXPECT_EQ(Run(RmiCommand, "rmi", {"top:1"}).out,
            "Untagged: top:1\nDeleted: sha256:" + Hex('c') + "\nDeleted: sha256:" + Hex('3') +
                "\nDeleted: sha256:" + Hex('b') + "\nDeleted: sha256:" + Hex('2') + "\n");
  EXPECT_EQ(Run(ImagesCommand, "images", {"-aq"}).out, "aaaaaaaaaaaa\n");
}

TEST_F(ViewsTest, RmiRefusesWhenARecordIsDamaged) {
  AddImage('a', {Hex('1')}, {"web:1"}, "2026-11-23T10:00:00Z");
  AddContainerOf('1', "one", 'a', "web:1", {Hex('1')});
  ASSERT_TRUE(WriteFile(store_->ContainerDir(Hex('1')) + "/container.json", "{").has_value());
  const Output output = Run(RmiCommand, "rmi", {"-f", "web:1"});
  EXPECT_EQ(output.err,
            "Error response from daemon: the record of container 111111111111 is damaged, so its "
            "layers are not known (remove it with rm -f)\n");
  EXPECT_TRUE(FindImage(*store_, "web:1").has_value());
}

TEST_F(ViewsTest, Diff) {
  AddImage('a', {Hex('1')}, {"web:1"}, "2026-11-23T10:00:00Z");
  const ContainerConfig config = AddContainerOf('1', "one", 'a', "web:1", {Hex('1')});
  EXPECT_EQ(Run(DiffCommand, "diff", {"one"}).out, "");
  const std::string upper = UpperDir(*store_, config.id);
  ASSERT_TRUE(MakeDirs(upper + "/etc").has_value());
  ASSERT_TRUE(WriteFile(upper + "/etc/hosts", "").has_value());
  EXPECT_EQ(Run(DiffCommand, "diff", {"one"}).out, "");
  ASSERT_TRUE(WriteFile(upper + "/etc/x", "").has_value());
  EXPECT_EQ(Run(DiffCommand, "container diff", {"/one"}).out, "A /etc\nA /etc/x\n");
  const Output none = Run(DiffCommand, "diff", {"none"});
  EXPECT_EQ(none.err, "Error response from daemon: No such container: none\n");
  EXPECT_EQ(none.code, 1);
}

TEST_F(ViewsTest, CpArguments) {
  struct Case {
    const char* from;
    const char* to;
    const char* error;
  };
  const Case cases[] = {
      {"a", "b", "must specify at least one container source"},
      {"-", "-", "must specify at least one container source"},
      {":/a", "b", "must specify at least one container source"},
      {"./a:b", "/c:d", "must specify at least one container source"},
      {"", "c:/x", "source can not be empty"},
      {"a", "", "destination can not be empty"},
      {"c:", "o", "source can not be empty"},
      {"f", "c:", "destination can not be empty"},
      {"c:/a", "d:/b", "copying between containers is not supported"},
      {"c:/a", "o", "Error response from daemon: No such container: c"},
  };
  for (const Case& c : cases) {
    const Output output = Run(CpCommand, "cp", {c.from, c.to});
    EXPECT_EQ(output.err, std::string(c.error) + "\n") << c.from << " " << c.to;
    EXPECT_EQ(output.code, 1);
    EXPECT_EQ(output.out, "");
  }
}

}  // namespace
}  // namespace cowbell
