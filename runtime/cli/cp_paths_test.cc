#include "runtime/cli/cp_paths.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/base/file.h"

namespace cowbell {
namespace {

// `host/` and `root/` stand for the host and a container's root; every case starts from the same
// two trees.
class CpPathsTest : public ::testing::TestWithParam<bool> {
 protected:
  // True: from the host into the container, else out of it.
  bool inwards() const { return GetParam(); }

  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "cp sets owners, which needs root";
    for (const char* side : {"host", "root"}) {
      const std::string base = At(side);
      ASSERT_TRUE(MakeDirs(base + "/srv/dir").has_value());
      ASSERT_TRUE(MakeDirs(base + "/src/dir/sub").has_value());
      ASSERT_TRUE(MakeDirs(base + "/dst/have").has_value());
      ASSERT_TRUE(MakeDirs(base + "/src/dot./x").has_value());
      File(base + "/src/f", "f");
      File(base + "/src/dir/s", "s");
      File(base + "/src/dir/sub/ss", "ss");
      File(base + "/dst/file", "a long old content");
      File(base + "/dst/have/s", "old");
      File(base + "/dst/have/keep", "keep");
      Link("f", base + "/src/lf");
      Link("dir", base + "/src/ld");
      Link("nothing", base + "/src/lb");
      Link("/src/dir", base + "/src/labs");
      Link("l2", base + "/src/l1");
      Link("l1", base + "/src/l2");
      Link("file", base + "/dst/lf");
      Link("have", base + "/dst/ld");
      Link("/dst/have", base + "/dst/labs");
      Link("made", base + "/dst/lb");
      Link("lb", base + "/dst/lb2");
      Link("/no/where/x", base + "/dst/ldeep");
      Link("loop", base + "/dst/loop");
    }
    File(At("outside"), "outside");
    host_ = Open(At("host"), O_RDONLY | O_DIRECTORY).value();
    root_ = Open(At("root"), O_RDONLY | O_DIRECTORY).value();
  }

  std::string At(const std::string& path) const { return temp_.path() + "/" + path; }
  static void File(const std::string& path, const std::string& content) {
    ASSERT_TRUE(WriteFile(path, content).has_value()) << path;
  }
  static void Link(const std::string& text, const std::string& path) {
    ASSERT_EQ(symlink(text.c_str(), path.c_str()), 0) << path;
  }

  // "" or the error.
  std::string Copy(const std::string& from, const std::string& to, bool follow = false) {
    CopyPlace host{host_.get(), inwards() ? from : to, "", {}};
    CopyPlace container{root_.get(), inwards() ? to : from, "c", {}};
    uint64_t bytes = 0;
    const auto skipped =
        CopyBetween(inwards() ? host : container, inwards() ? container : host, follow, {}, &bytes);
    return skipped.has_value() ? "" : skipped.error().ToString();
  }
  std::string From(const std::string& path) const { return At(inwards() ? "host" : "root") + path; }
  std::string To(const std::string& path) const { return At(inwards() ? "root" : "host") + path; }

  // The tree below a target directory, one line per entry: "have/s=old", "lf->file".
  std::string Tree(const std::string& path) const {
    std::string out;
    List(To(path), "", &out);
    return out;
  }
  static void List(const std::string& dir, const std::string& prefix, std::string* out) {
    const std::vector<std::string> names = ListDir(dir).value();
    for (const std::string& name : names) {
      const std::string path = dir + "/" + name;
      struct stat st = {};
      ASSERT_EQ(lstat(path.c_str(), &st), 0);
      if (S_ISDIR(st.st_mode)) {
        *out += prefix + name + "/ ";
        List(path, prefix + name + "/", out);
      } else if (S_ISLNK(st.st_mode)) {
        char text[256];
        const ssize_t n = readlink(path.c_str(), text, sizeof(text));
        *out += prefix + name + "->" + std::string(text, static_cast<size_t>(n)) + " ";
      } else {
        *out += prefix + name + "=" + ReadFile(path).value() + " ";
      }
    }
  }

  TempDir temp_ = TempDir::Create("/tmp", "views-cp-").value();
  UniqueFd host_;
  UniqueFd root_;
};

constexpr char kDst[] =
    "file=a long old content have/ have/keep=keep have/s=old labs->/dst/have lb->made lb2->lb "
    "ld->have ldeep->/no/where/x lf->file loop->loop ";

// How /dst differs from kDst: what is new, then what is gone.
std::string Changes(const std::string& tree) {
  const auto words = [](const std::string& text) {
    std::vector<std::string> out;
    std::string word;
    for (size_t i = 0; i < text.size(); ++i) {
      const bool end = text[i] == ' ' && (i + 1 == text.size() || text.find('=', i) > i);
      if (text[i] == ' ' && end) {
        out.push_back(word);
        word.clear();
      } else {
        word += text[i];
      }
    }
    return out;
  };
  const std::vector<std::string> before = words(kDst);
  const std::vector<std::string> after = words(tree);
  std::string out;
  for (const std::string& word : after) {
    if (std::find(before.begin(), before.end(), word) == before.end()) out += "+" + word + " ";
  }
  for (const std::string& word : before) {
    if (std::find(after.begin(), after.end(), word) == after.end()) out += "-" + word + " ";
  }
  return out;
}

struct Case {
  const char* from;
  const char* to;
  const char* changes;  // of /dst
};

// The SRC × DEST matrix; letters as in moby's integration tests.
TEST_P(CpPathsTest, Matrix) {
  const Case cases[] = {
      {"/src/f", "/dst/A", "+A=f "},
      {"src/f", "dst/A", "+A=f "},
      {"/src/f", "/dst/file", "+file=f -file=a -long -old -content "},
      {"/src/f", "/dst/have", "+have/f=f "},
      {"/src/f", "/dst/have/", "+have/f=f "},
      {"/src/f", "/dst/have/.", "+have/f=f "},
      {"/src/dir", "/dst/E", "+E/ +E/s=s +E/sub/ +E/sub/ss=ss "},
      {"/src/dir", "/dst/E/", "+E/ +E/s=s +E/sub/ +E/sub/ss=ss "},
      {"/src/dir/", "/dst/E", "+E/ +E/s=s +E/sub/ +E/sub/ss=ss "},
      {"/src/dir", "/dst/have", "+have/dir/ +have/dir/s=s +have/dir/sub/ +have/dir/sub/ss=ss "},
      {"/src/dir/", "/dst/have/", "+have/dir/ +have/dir/s=s +have/dir/sub/ +have/dir/sub/ss=ss "},
      {"/src/dir/.", "/dst/H", "+H/ +H/s=s +H/sub/ +H/sub/ss=ss "},
      {"/src/dir/.", "/dst/H/", "+H/ +H/s=s +H/sub/ +H/sub/ss=ss "},
      {"/src/dir/.", "/dst/have", "+have/s=s +have/sub/ +have/sub/ss=ss -have/s=old "},
      {"/src/dir/./", "/dst/have", "+have/s=s +have/sub/ +have/sub/ss=ss -have/s=old "},
      {"/src/dot.", "/dst/D", "+D/ +D/x/ "},
      {"/src/dir/sub/..", "/dst/have",
       "+have/dir/ +have/dir/s=s +have/dir/sub/ +have/dir/sub/ss=ss "},
      {"/../../src/f", "/dst/../../../dst/A", "+A=f "},
      // Links as sources.
      {"/src/lf", "/dst/A", "+A->f "},
      {"/src/lf", "/dst/have", "+have/lf->f "},
      {"/src/lb", "/dst/have", "+have/lb->nothing "},
      {"/src/l1", "/dst/have", "+have/l1->l2 "},
      {"/src/ld", "/dst/have", "+have/ld->dir "},
      {"/src/ld/", "/dst/have", "+have/ld/ +have/ld/s=s +have/ld/sub/ +have/ld/sub/ss=ss "},
      {"/src/labs/.", "/dst/E", "+E/ +E/s=s +E/sub/ +E/sub/ss=ss "},
      {"/src/labs/s", "/dst/A", "+A=s "},
      // Links as targets.
      {"/src/f", "/dst/lf", "+file=f -file=a -long -old -content "},
      {"/src/f", "/dst/ld", "+have/f=f "},
      {"/src/f", "/dst/labs", "+have/f=f "},
      {"/src/dir", "/dst/labs/", "+have/dir/ +have/dir/s=s +have/dir/sub/ +have/dir/sub/ss=ss "},
      {"/src/f", "/dst/lb", "+made=f "},
      {"/src/f", "/dst/lb2", "+made=f "},
      {"/src/dir", "/dst/lb2", "+made/ +made/s=s +made/sub/ +made/sub/ss=ss "},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Copy(c.from, c.to), "") << c.from << " " << c.to;
    EXPECT_EQ(Changes(Tree("/dst")), c.changes) << c.from << " " << c.to;
    ASSERT_TRUE(RemoveTree(To("/dst")).has_value());
    ASSERT_TRUE(MakeDirs(To("/dst/have")).has_value());
    File(To("/dst/file"), "a long old content");
    File(To("/dst/have/s"), "old");
    File(To("/dst/have/keep"), "keep");
    Link("file", To("/dst/lf"));
    Link("have", To("/dst/ld"));
    Link("/dst/have", To("/dst/labs"));
    Link("made", To("/dst/lb"));
    Link("lb", To("/dst/lb2"));
    Link("/no/where/x", To("/dst/ldeep"));
    Link("loop", To("/dst/loop"));
  }
}

TEST_P(CpPathsTest, FollowsWithL) {
  EXPECT_EQ(Copy("/src/lf", "/dst/have", true), "");
  EXPECT_EQ(Copy("/src/labs", "/dst/E", true), "");
  EXPECT_EQ(Changes(Tree("/dst")), "+E/ +E/s=s +E/sub/ +E/sub/ss=ss +have/lf=f ");
}

struct Refusal {
  const char* from;
  const char* to;
  const char* into;  // error of a copy into the container
  const char* out;   // error of a copy out of it
  bool follow = false;
};

TEST_P(CpPathsTest, Refusals) {
  const Refusal refusals[] = {
      {"/src/f", "/dst/B/", "no such directory", "no such directory"},
      {"/src/f", "/dst/B/.", "no such directory", "no such directory"},
      {"/src/f", "/dst/no/B",
       "Error response from daemon: Could not find the file /dst/no in container c",
       "invalid output path: directory \"/dst/no\" does not exist"},
      {"/src/dir", "/dst/no/B",
       "Error response from daemon: Could not find the file /dst/no in container c",
       "invalid output path: directory \"/dst/no\" does not exist"},
      {"/src/none", "/dst/x", "lstat /src/none: no such file or directory",
       "Error response from daemon: Could not find the file /src/none in container c"},
      {"/src/f/", "/dst/K", "not a directory", "Error response from daemon: not a directory"},
      {"/src/f/.", "/dst/K", "not a directory", "Error response from daemon: not a directory"},
      {"/src/f", "/dst/file/", "Error response from daemon: extraction point is not a directory",
       "not a directory"},
      {"/src/f", "/dst/file/x", "Error response from daemon: extraction point is not a directory",
       "invalid output path: \"/dst/file\": not a directory"},
      {"/src/dir", "/dst/file", "cannot copy directory", "cannot copy directory"},
      {"/src/dir/.", "/dst/file", "cannot copy directory", "cannot copy directory"},
      {"/src/l1/x", "/dst/have", "lstat /src/l1/x: too many levels of symbolic links",
       "Error response from daemon: lstat /src/l1/x: too many levels of symbolic links"},
      {"/src/l1", "/dst/have", "lstat /src/l1: too many levels of symbolic links",
       "Error response from daemon: lstat /src/l1: too many levels of symbolic links", true},
      {"/src/lb", "/dst/have", "lstat /src/lb: no such file or directory",
       "Error response from daemon: Could not find the file /src/lb in container c", true},
      {"/src/f", "/dst/ldeep",
       "Error response from daemon: Could not find the file /no/where in container c",
       "invalid output path: directory \"/no/where\" does not exist"},
      {"/src/f", "/dst/loop",
       "Error response from daemon: lstat /dst/loop: too many levels of symbolic links",
       "lstat /dst/loop: too many levels of symbolic links"},
      // Names that are not of one kind on both sides.
      {"/src/dir", "/dst/over",
       "Error response from daemon: cannot overwrite non-directory \"/dst/over/dir\" with "
       "directory "
       "\"/dst/over\"",
       "cannot overwrite non-directory \"/dst/over/dir\" with directory \"/dst/over\""},
      {"/src/f", "/dst/over",
       "Error response from daemon: cannot overwrite directory \"/dst/over/f\" with non-directory "
       "\"/dst/over\"",
       "cannot overwrite directory \"/dst/over/f\" with non-directory \"/dst/over\""},
  };
  ASSERT_TRUE(MakeDirs(To("/dst/over/f")).has_value());
  File(To("/dst/over/dir"), "file");
  const std::string before = Tree("/dst");
  for (const Refusal& r : refusals) {
    EXPECT_EQ(Copy(r.from, r.to, r.follow), inwards() ? r.into : r.out) << r.from << " " << r.to;
    EXPECT_EQ(Tree("/dst"), before) << r.from << " " << r.to;
  }
}

TEST_P(CpPathsTest, DevicesAndPipesAsTargets) {
  ASSERT_EQ(mknod(To("/dst/null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(mkfifo(To("/dst/fifo").c_str(), 0644), 0);
  const std::string prefix = inwards() ? "Error response from daemon: " : "";
  EXPECT_EQ(Copy("/src/f", "/dst/null"),
            prefix +
                "invalid output path: \"/dst/null\" must be a directory or a regular file: got "
                "a device");
  EXPECT_EQ(Copy("/src/f", "/dst/fifo"),
            inwards() ? ""
                      : "invalid output path: \"/dst/fifo\" must be a directory or a regular file: "
                        "got a named pipe");
  struct stat st = {};
  ASSERT_EQ(stat(To("/dst/null").c_str(), &st), 0);
  EXPECT_TRUE(S_ISCHR(st.st_mode));
}

// Whatever a path says, it means something below its own root.
TEST_P(CpPathsTest, PathsThatWantOut) {
  Link(At("outside"), From("/src/out"));
  Link("../../../../.." + At("outside"), From("/src/up"));
  Link("/proc/self/root" + At("outside"), From("/src/proc"));
  Link(At("host"), From("/src/hostdir"));
  for (const char* link : {"/src/out", "/src/up", "/src/proc", "/src/hostdir/src/f"}) {
    EXPECT_NE(Copy(link, "/dst/A", true), "") << link;
  }
  EXPECT_NE(Copy("/../../../.." + At("outside"), "/dst/A"), "");
  EXPECT_FALSE(Exists(To("/dst/A")));

  Link(At("outside"), To("/dst/out"));
  Link("../../../../../../../" + At("outside"), To("/dst/up"));
  Link("/proc/self/root" + temp_.path(), To("/dst/procdir"));
  Link(temp_.path(), To("/dst/outdir"));
  for (const char* target : {"/dst/out", "/dst/up", "/dst/procdir/new", "/dst/outdir/new"}) {
    EXPECT_NE(Copy("/src/f", target), "") << target;
  }
  EXPECT_EQ(ReadFile(At("outside")).value(), "outside");
  EXPECT_EQ(ListDir(temp_.path()).value(), (std::vector<std::string>{"host", "outside", "root"}));
}

// The kernel's own file systems are no place to copy from or to.
TEST(CpKernelFileSystems, AreNotThere) {
  const UniqueFd host_root = Open("/", O_PATH | O_DIRECTORY).value();
  const CopyPlace proc{host_root.get(), "/proc/version", "c", {}};
  const Result<CopySource> source = ResolveSource(proc, false);
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(source.error().ToString(),
            "Error response from daemon: Could not find the file /proc/version in container c");
  const CopyPlace file{host_root.get(), "/etc/passwd", "", {}};
  const CopySource passwd = ResolveSource(file, false).value();
  const CopyPlace sys{host_root.get(), "/proc/sys/kernel/x", "c", {}};
  const Result<CopyTarget> target = ResolveTarget(sys, passwd);
  ASSERT_FALSE(target.has_value());
  EXPECT_EQ(target.error().ToString(),
            "Error response from daemon: Could not find the file /proc/sys/kernel in container c");
}

std::string Direction(const ::testing::TestParamInfo<bool>& info) {
  return info.param ? "In" : "Out";
}
INSTANTIATE_TEST_SUITE_P(Both, CpPathsTest, ::testing::Bool(), Direction);

}  // namespace
}  // namespace cowbell
