#include "runtime/rootfs/unpack.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/image/test_tar.h"
#include "runtime/rootfs/overlay.h"

namespace cowbell {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using Lines = std::vector<std::string>;

class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<size_t> Read(char* buffer, size_t size) override {
    // Odd portions: nothing may depend on how a stream is cut.
    const size_t n = std::min({size, bytes_.size() - at_, size_t{777}});
    memcpy(buffer, bytes_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

class Unpack : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "layers are unpacked with root's privilege";
  }

  Status Add(const std::string& tar) {
    const std::string layer = dir_.path() + "/" + std::to_string(lowers_.size());
    TRY(MakeDirs(layer));
    StringSource source(tar);
    bytes_ = TRY(UnpackLayer(source, lowers_, layer));
    lowers_.insert(lowers_.begin(), layer + "/diff");
    return Ok();
  }
  Status Add(const Lines& lines) { return Add(TestTar(lines)); }

  // What a container sees, in the language of TestTar; attributes only where they are unusual.
  void Mount() {
    const std::string base = dir_.path() + "/view" + std::to_string(views_++);
    ASSERT_TRUE(MakeDirs(base + "/upper").has_value());
    ASSERT_TRUE(MakeDirs(base + "/work").has_value());
    Result<UniqueFd> mount = MountOverlay({lowers_, base + "/upper", base + "/work"});
    ASSERT_TRUE(mount.has_value()) << mount.error().ToString();
    view_ = std::move(mount).value();
  }
  struct stat Stat(const std::string& path) {
    struct stat st = {};
    EXPECT_EQ(fstatat(view_.get(), path.c_str(), &st, AT_SYMLINK_NOFOLLOW), 0) << path;
    return st;
  }
  std::string Content(const std::string& path) {
    const Result<UniqueFd> fd = OpenAt(view_.get(), path, O_RDONLY);
    if (!fd.has_value()) return fd.error().ToString();
    return ReadAll(fd.value().get()).value();
  }
  std::string Describe(const std::string& path) {
    const struct stat st = Stat(path);
    std::string out = path;
    mode_t usual = 0644;
    if (S_ISDIR(st.st_mode)) {
      out += "/";
      usual = 0755;
    } else if (S_ISLNK(st.st_mode)) {
      char target[PATH_MAX];
      const ssize_t n = readlinkat(view_.get(), path.c_str(), target, sizeof(target));
      out += "->" + std::string(target, static_cast<size_t>(n));
      usual = 0777;
    } else if (S_ISREG(st.st_mode)) {
      out += "=" + Content(path);
    } else if (S_ISFIFO(st.st_mode)) {
      out += "|";
    } else {
      out += "!" + std::to_string(major(st.st_rdev)) + ":" + std::to_string(minor(st.st_rdev));
    }
    char text[64];
    if ((st.st_mode & 07777) != usual) {
      snprintf(text, sizeof(text), " %04o", st.st_mode & 07777);
      out += text;
    }
    if (st.st_uid != 0 || st.st_gid != 0) {
      out += " " + std::to_string(st.st_uid) + ":" + std::to_string(st.st_gid);
    }
    return out;
  }
  void List(const std::string& path, Lines* out) {
    const Result<UniqueFd> fd = OpenAt(view_.get(), path.empty() ? "." : path, O_RDONLY);
    ASSERT_TRUE(fd.has_value()) << fd.error().ToString();
    const Result<std::vector<std::string>> names = ListDirFd(fd.value().get());
    ASSERT_TRUE(names.has_value());
    for (const std::string& name : names.value()) {
      const std::string child = path.empty() ? name : path + "/" + name;
      out->push_back(Describe(child));
      if (S_ISDIR(Stat(child).st_mode)) List(child, out);
    }
  }
  Lines Tree() {
    Mount();
    Lines out;
    List("", &out);
    return out;
  }
  std::string Xattrs(const std::string& path) {
    const std::string full = "/proc/self/fd/" + std::to_string(view_.get()) + "/" + path;
    char names[4096];
    const ssize_t size = llistxattr(full.c_str(), names, sizeof(names));
    std::string out;
    for (const std::string& name :
         Split(std::string_view(names, static_cast<size_t>(std::max<ssize_t>(size, 0))), '\0')) {
      if (name.empty()) continue;
      char value[256];
      const ssize_t n = lgetxattr(full.c_str(), name.c_str(), value, sizeof(value));
      out += name + "=" + std::string(value, static_cast<size_t>(std::max<ssize_t>(n, 0))) + ";";
    }
    return out;
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "unpack-").value();
  Lines lowers_;  // top first
  UniqueFd view_;
  int views_ = 0;
  uint64_t bytes_ = 0;
};

// --- Whole trees: one row per clause ---------------------------------------------------------

struct TreeRow {
  const char* name;
  std::vector<Lines> layers;
  Lines tree;
};

void PrintTo(const TreeRow& row, std::ostream* out) { *out << row.name; }

class UnpackTree : public Unpack, public ::testing::WithParamInterface<TreeRow> {};

TEST_P(UnpackTree, IsWhatTheLayersSay) {
  const TreeRow& row = GetParam();
  for (const Lines& layer : row.layers) {
    const Status added = Add(layer);
    ASSERT_TRUE(added.has_value()) << added.error().ToString();
  }
  EXPECT_THAT(Tree(), ElementsAreArray(row.tree));
}

const TreeRow kTreeRows[] = {
    {"Lay004DirectoryEntryKeepsTheChildren",
     {{"t/dir/ 0700 1000:1000", "t/dir/x=", "t/dir/y="}, {"t/dir/ 0711 7:8"}},
     {"t/", "t/dir/ 0711 7:8", "t/dir/x=", "t/dir/y="}},
    {"Lay009FileReplacesSubtree", {{"t/dir/x=", "t/dir/y/z="}, {"t/dir=new"}}, {"t/", "t/dir=new"}},
    {"Lay010DirectoryReplacesFile",
     {{"t/foo="}, {"t/foo/", "t/foo/z="}},
     {"t/", "t/foo/", "t/foo/z="}},
    {"Lay011SymlinkReplacesDirectory",
     {{"t/a/a=", "t/b/k="}, {"t/a->b"}},
     {"t/", "t/a->b", "t/b/", "t/b/k="}},
    {"Lay012DirectoryReplacesSymlink",
     {{"t/real/k=", "t/ln->real"}, {"t/ln/", "t/ln/q="}},
     {"t/", "t/ln/", "t/ln/q=", "t/real/", "t/real/k="}},
    {"Lay013FileReplacesSymlink",
     {{"t/target=T", "t/ln->target"}, {"t/ln=N"}},
     {"t/", "t/ln=N", "t/target=T"}},
    {"Lay014DirectoryFileDirectory", {{"t/d/x="}, {"t/d="}, {"t/d/"}}, {"t/", "t/d/"}},
    {"Lay018WhiteoutBeforeTheNewFile",
     {{"t/foo=old"}, {"t/.wh.foo=", "t/foo=new"}},
     {"t/", "t/foo=new"}},
    {"Lay019WhiteoutAfterTheNewFile",
     {{"t/foo=old"}, {"t/foo=new", "t/.wh.foo="}},
     {"t/", "t/foo=new"}},
    {"Lay020DirectoryRemovedAndMadeAnew",
     {{"t/dir/x=", "t/dir/y="}, {"t/.wh.dir=", "t/dir/", "t/dir/new="}},
     {"t/", "t/dir/", "t/dir/new="}},
    {"Lay021DirectoryMadeAnewAndRemoved",
     {{"t/dir/x=", "t/dir/sub/y="}, {"t/dir/", "t/dir/new=", "t/dir/sub/n=", "t/.wh.dir="}},
     {"t/", "t/dir/", "t/dir/new=", "t/dir/sub/", "t/dir/sub/n="}},
    {"Lay021ImpliedDirectoryBeforeItsWhiteoutIsANewOne",
     {{"t/dir/ 0700 5:6", "t/dir/x="}, {"t/dir/new=", "t/.wh.dir="}},
     {"t/", "t/dir/", "t/dir/new="}},
    {"Lay023RemovedAtEveryDepth",
     {{"t/d1/d2/foo="}, {"t/.wh.d1="}, {"t/d1/", "t/d1/d2/"}},
     {"t/", "t/d1/", "t/d1/d2/"}},
    {"Lay024RemovedThenImplied",
     {{"t/d1/d2/foo="}, {"t/.wh.d1="}, {"t/d1/d2/new="}},
     {"t/", "t/d1/", "t/d1/d2/", "t/d1/d2/new="}},
    {"Lay025WhiteoutOfNothing",
     {{"t/"}, {"t/.wh.ghost=", "t2/", "t2/.wh.ghost2=", "none/.wh.x="}},
     {"t/", "t2/"}},
    {"Lay026WhiteoutInTheBottomLayer",
     {{"t/", "t/.wh.ghost=", "t/.wh..wh..opq=", "t/x="}},
     {"t/", "t/x="}},
    {"Lay028WhiteoutOfItsOwnDirectoryOnly",
     {{"a/test=", "b/test=", "test="}, {".wh.test="}},
     {"a/", "a/test=", "b/", "b/test="}},
    {"Lay029WhiteoutOfASymlink",
     {{"etc/passwd=p", "le->/etc"}, {".wh.le="}},
     {"etc/", "etc/passwd=p"}},
    {"Lay030WhiteoutOfADotFile", {{".baz=", "baz="}, {".wh..baz="}}, {"baz="}},
    {"Lay034WhiteoutWithDataOrAsDirectory",
     {{"t/a=", "t/b="}, {"t/.wh.a=data", "t/.wh.b/"}},
     {"t/"}},
    {"Lay035MetaNamesRemoveNothing", {{"t/foo="}, {"t/.wh..wh.foo="}}, {"t/", "t/foo="}},
    {"Lay036AufsEntriesAreHiddenAndTheirLinksResolve",
     {{".wh..wh.aufs=", ".wh..wh.orph/", ".wh..wh.plnk/", ".wh..wh.plnk/1=data",
       "t/h=>.wh..wh.plnk/1"}},
     {"t/", "t/h=data"}},
    {"Lay037WhiteoutBelowANewSymlink",
     {{"t/a/k=", "t/b/k="}, {"t/a->b", "t/a/.wh.k="}},
     {"t/", "t/a->b", "t/b/", "t/b/k="}},
    {"Lay037WhiteoutBeforeTheNewSymlink",
     {{"t/a/k=", "t/b/k="}, {"t/a/.wh.k=", "t/a->b"}},
     {"t/", "t/a->b", "t/b/", "t/b/k="}},
    {"Lay038Opaque", {{"bin/a=", "bin/tools/c="}, {"bin/", "bin/.wh..wh..opq="}}, {"bin/"}},
    {"Lay039OpaqueLast",
     {{"t/dir/x=", "t/dir/y="}, {"t/dir/", "t/dir/new=", "t/dir/.wh..wh..opq="}},
     {"t/", "t/dir/", "t/dir/new="}},
    {"Lay039OpaqueFirst",
     {{"t/dir/x=", "t/dir/y="}, {"t/dir/.wh..wh..opq=", "t/dir/", "t/dir/new="}},
     {"t/", "t/dir/", "t/dir/new="}},
    {"Lay040OpaqueDescendants",
     {{"a/b/c/bar="}, {"a/", "a/.wh..wh..opq=", "a/b/", "a/b/c/", "a/b/c/foo="}},
     {"a/", "a/b/", "a/b/c/", "a/b/c/foo="}},
    {"Lay040OpaqueDescendantsLast",
     {{"a/b/c/bar=", "a/b/x="}, {"a/b/c/foo=", "a/.wh..wh..opq="}},
     {"a/", "a/b/", "a/b/c/", "a/b/c/foo="}},
    {"Lay041OpaqueRoot",
     {{"a/b=", "c=", "t/old="}, {".wh..wh..opq=", "t/", "t/only="}},
     {"t/", "t/only="}},
    {"Lay041OpaqueRootLast",
     {{"a/b=", "c=", "t/old="}, {"t/", "t/only=", ".wh..wh..opq="}},
     {"t/", "t/only="}},
    {"Lay042OpaqueKeepsItsOwnAttributes",
     {{"d/", "d/x="}, {"d/ 0700 5:6", "d/.wh..wh..opq="}},
     {"d/ 0700 5:6"}},
    {"Lay043OpaqueAndWhiteouts",
     {{"t/dir/x=", "t/dir/y="}, {"t/dir/", "t/dir/.wh.x=", "t/dir/.wh..wh..opq=", "t/dir/new="}},
     {"t/", "t/dir/", "t/dir/new="}},
    {"Lay043WhiteoutsAfterOpaque",
     {{"t/dir/x=", "t/dir/y="}, {"t/dir/", "t/dir/.wh..wh..opq=", "t/dir/new=", "t/dir/.wh.x="}},
     {"t/", "t/dir/", "t/dir/new="}},
    {"Lay044LayerAboveAnOpaqueDirectory",
     {{"lib/hidden="}, {"lib/", "lib/.wh..wh..opq=", "lib/not-hidden="}, {"lib/newfile="}},
     {"lib/", "lib/newfile=", "lib/not-hidden="}},
    {"Lay046ImpliedParentKeepsItsAttributes",
     {{"t/dir/ 0700 1000:1000"}, {"t/dir/new="}},
     {"t/", "t/dir/ 0700 1000:1000", "t/dir/new="}},
    {"Lay047ParentOfAWhiteoutKeepsItsAttributes",
     {{"t/dir/ 0700 1000:1000", "t/dir/x="}, {"t/dir/.wh.x="}},
     {"t/", "t/dir/ 0700 1000:1000"}},
    {"Lay048NewParentsAre0755Root", {{"n1/n2/f="}}, {"n1/", "n1/n2/", "n1/n2/f="}},
    {"Lay049LowerSymlinkAsParent",
     {{"u/lib/a=", "lib->u/lib"}, {"lib/b="}},
     {"lib->u/lib", "u/", "u/lib/", "u/lib/a=", "u/lib/b="}},
    {"Lay049WhiteoutThroughALowerSymlink",
     {{"u/lib/a=", "u/lib/b=", "lib->u/lib"}, {"lib/.wh.a="}},
     {"lib->u/lib", "u/", "u/lib/", "u/lib/b="}},
    {"Lay050SymlinkOfThisLayerAsParent",
     {{"u/lib/a=", "lib->u/lib", "lib/b=", "abs->/u/lib", "abs/c="}},
     {"abs->/u/lib", "lib->u/lib", "u/", "u/lib/", "u/lib/a=", "u/lib/b=", "u/lib/c="}},
    {"Lay051FileMakesRoomForAParent", {{"t/foo="}, {"t/foo/sub="}}, {"t/", "t/foo/", "t/foo/sub="}},
    {"Lay053NamesStayInside", {{"../x=1", "/../y=2", "a/../../z=3"}}, {"x=1", "y=2", "z=3"}},
    {"Lay059PrivateAttributesMeanNothing",
     {{"t/ov/x=", "t/other/o="},
      {"t/ov/ +trusted.overlay.opaque=y", "t/red/ +trusted.overlay.redirect=/t/other",
       "t/u/ +user.overlay.opaque=y"}},
     {"t/", "t/other/", "t/other/o=", "t/ov/", "t/ov/x=", "t/red/", "t/u/"}},
    {"Lay065FormsOfAName", {{"a/b=1"}, {"./a/b=2"}, {"/a/b=3"}}, {"a/", "a/b=3"}},
    {"Lay067LastOfDuplicatesWins",
     {{"t/d=first 0600", "t/d=second"}, {"t/e=1", "t/e/f=2", "t/e=3"}},
     {"t/", "t/d=second", "t/e=3"}},
    {"Lay085SpecialBitsSurviveTheOwner",
     {{"a=x 4755 1000:0", "b=x 2755 0:1000", "c/ 1777", "d/ 2775 0:50"}},
     {"a=x 4755 1000:0", "b=x 2755 0:1000", "c/ 1777", "d/ 2775 0:50"}},
    {"Lay083LargeOwners", {{"a= 2147483646:4294967294"}}, {"a= 2147483646:4294967294"}},
    {"Lay091Devices",
     {{"c!1:3 0666", "b!7:0 0660 #4", "p| 0622"}},
     {"b!7:0 0660", "c!1:3 0666", "p| 0622"}},
    {"Lay100HardLinkToALowerFile",
     {{"t/foo=old"}, {"t/hl=>t/foo"}},
     {"t/", "t/foo=old", "t/hl=old"}},
    {"Lay101OtherNameOfAPair",
     {{"t/a=A", "t/b=>t/a", "t/c=>t/a"}, {"t/a=NEW", "t/.wh.c="}},
     {"t/", "t/a=NEW", "t/b=A"}},
    {"Lay102EmptyLayer", {{"t/a="}, {}}, {"t/", "t/a="}},
    {"ADirectoryIsReplacedAndLinkedWithinOneLayer",
     {{"t/d/x=", "t/d=f", "t/d/", "t/d/y=", "t/l->d", "t/l/z="}},
     {"t/", "t/d/", "t/d/y=", "t/d/z=", "t/l->d"}},
};

INSTANTIATE_TEST_SUITE_P(All, UnpackTree, ::testing::ValuesIn(kTreeRows),
                         [](const auto& row) { return std::string(row.param.name); });

// --- What is refused -------------------------------------------------------------------------

struct RefusedRow {
  const char* name;
  Lines layer;
  const char* text;
};

void PrintTo(const RefusedRow& row, std::ostream* out) { *out << row.name; }

class UnpackRefuses : public Unpack, public ::testing::WithParamInterface<RefusedRow> {};

TEST_P(UnpackRefuses, WithTheEntryNamed) {
  const Status base = Add(Lines{"etc/passwd=p", "t/x="});
  ASSERT_TRUE(base.has_value()) << base.error().ToString();
  const Status added = Add(GetParam().layer);
  ASSERT_FALSE(added.has_value());
  EXPECT_THAT(added.error().ToString(), HasSubstr(GetParam().text));
  EXPECT_THAT(Tree(), ElementsAreArray({"etc/", "etc/passwd=p", "t/", "t/x="}));
}

const RefusedRow kRefusedRows[] = {
    {"Lay032BareWhiteout", {"t/.wh.="}, "layer entry 't/.wh.': a deletion of nothing"},
    {"Lay033WhiteoutOfDot", {"etc/.wh..="}, "layer entry 'etc/.wh..': a deletion of"},
    {"Lay033WhiteoutOfDotDot", {"etc/.wh...="}, "layer entry 'etc/.wh...': a deletion of"},
    {"WhiteoutAsDirectory", {"t/.wh.sub/child="}, "'.wh.' marks deletions"},
    {"Lay055HardLinkOutside", {"t/h=>../../../../etc/hostname"}, "No such file or directory"},
    {"Lay056SymlinkAsRoot", {"/.->/tmp"}, "only a directory can be the root"},
    {"Lay056FileAsRoot", {"..="}, "only a directory can be the root"},
    {"Lay058DeviceMajor", {"d!4294967297:0"}, "is out of range"},
    {"Lay060DeletionDevice", {"t/x!0:0"}, "would be taken for a deletion"},
    {"Lay064UnknownType", {"t/z=data #Z"}, "unknown tar type flag 'Z'"},
    {"Lay072LongName", {"t/" + std::string(256, 'n') + "="}, "File name too long"},
    {"LongPath",
     {[] {
       std::string path;
       for (int i = 0; i < 2100; ++i)
         path += "d/";
       return path + "f=";
     }()},
     "File name too long"},
    {"HardLinkToADirectory", {"t/h=>etc"}, "a directory"},
    {"HardLinkToNothing", {"t/h=>t/none"}, "hard link to 't/none': No such file"},
    {"LinkLoop", {"l->m", "m->l", "l/x="}, "Too many levels of symbolic links"},
    {"OwnerMinusOne", {"f= 4294967295:0"}, "out of range"},
};

INSTANTIATE_TEST_SUITE_P(All, UnpackRefuses, ::testing::ValuesIn(kRefusedRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(Unpack, RefusesBrokenArchives) {
  const std::string tar = TestTar({"t/a=" + std::string(5000, 'x'), "t/b=y"});
  EXPECT_FALSE(Add(tar.substr(0, 700)).has_value());      // inside a content
  EXPECT_FALSE(Add(tar.substr(0, 300)).has_value());      // inside a header
  EXPECT_FALSE(Add(std::string(4096, 'j')).has_value());  // no tar at all
  std::string damaged = tar;
  damaged[512 + 5120 + 3] ^= 1;  // the name in the second header
  EXPECT_FALSE(Add(damaged).has_value());
}

TEST_F(Unpack, ReadsArchivesWithoutEndAndWithMuchOfIt) {
  const std::string tar = TestTar({"t/a=x"});
  EXPECT_TRUE(Add(tar.substr(0, 1024)).has_value());
  EXPECT_TRUE(Add(tar + std::string(20480, '\0')).has_value());
  EXPECT_TRUE(Add(std::string()).has_value());
}

// --- Attributes ------------------------------------------------------------------------------

TEST_F(Unpack, Lay052RootEntrySetsTheAttributesOfRoot) {
  ASSERT_TRUE(Add(Lines{"./ 0711 5:6 @1400000000", "a="}).has_value());
  ASSERT_TRUE(Add(Lines{"b="}).has_value());  // without an entry they stay
  struct stat st = {};
  ASSERT_EQ(stat(lowers_.front().c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0711u);
  EXPECT_EQ(st.st_uid, 5u);
  EXPECT_EQ(st.st_gid, 6u);
  EXPECT_EQ(st.st_mtim.tv_sec, 1400000000);
  ASSERT_TRUE(Add(Lines{"/ 0750 7:8 @1500000000", "c="}).has_value());
  ASSERT_EQ(stat(lowers_.front().c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0750u);
  EXPECT_EQ(st.st_uid, 7u);
  EXPECT_EQ(st.st_mtim.tv_sec, 1500000000);
}

TEST_F(Unpack, Lay006And080TimesAreThoseOfTheHeaders) {
  ASSERT_TRUE(Add(Lines{"t/d/ @1234567890.25", "t/d/c=x @1500000000.123456789",
                        "t/d/l->c @1600000000.5", "t/z= @0", "t/old= @-100", "t/far= @4294967297"})
                  .has_value());
  ASSERT_TRUE(
      Add(Lines{"t/d/new=", "t/d/.wh.c="}).has_value());  // no entry of t/d: it keeps its time
  Mount();
  EXPECT_EQ(Stat("t/d").st_mtim.tv_sec, 1234567890);
  EXPECT_EQ(Stat("t/d").st_mtim.tv_nsec, 250000000);
  EXPECT_EQ(Stat("t/d/l").st_mtim.tv_sec, 1600000000);
  EXPECT_EQ(Stat("t/d/l").st_mtim.tv_nsec, 500000000);
  EXPECT_EQ(Stat("t/z").st_mtim.tv_sec, 0);
  EXPECT_EQ(Stat("t/old").st_mtim.tv_sec, -100);
  EXPECT_EQ(Stat("t/far").st_mtim.tv_sec, 4294967297);
}

TEST_F(Unpack, Lay005And088XattrsAreReplacedWithTheDirectory) {
  ASSERT_TRUE(Add(Lines{"d/ +user.a=1", "f=x +user.f=2", "l->f +trusted.l=3"}).has_value());
  Mount();
  EXPECT_EQ(Xattrs("d"), "user.a=1;");
  EXPECT_EQ(Xattrs("f"), "user.f=2;");
  EXPECT_EQ(Xattrs("l"), "trusted.l=3;");
  ASSERT_TRUE(Add(Lines{"d/ +user.b=2", "f=y"}).has_value());
  Mount();
  EXPECT_EQ(Xattrs("d"), "user.b=2;");
  EXPECT_EQ(Xattrs("f"), "");
}

TEST_F(Unpack, Lay087CapabilitiesSurvive) {
  // Revision 2, effective, permitted CAP_NET_BIND_SERVICE (linux/capability.h).
  const std::string capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  TestTarEntry entry = ParseTestTarEntry("t/x=prog 0755 7:8");
  entry.xattrs.emplace_back("security.capability", capability);
  ASSERT_TRUE(Add(TestTarBytes(entry) + std::string(1024, '\0')).has_value());
  Mount();
  EXPECT_EQ(Xattrs("t/x"), "security.capability=" + capability + ";");
}

TEST_F(Unpack, Lay089DefaultAclIsNotForEntries) {
  // user::rw- user:1000:rwx group::r-- mask::rwx other::--- (linux/posix_acl_xattr.h).
  const std::string acl(
      "\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\7\0\xe8\3\0\0\4\0\4\0\xff\xff\xff\xff"
      "\x10\0\7\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff",
      44);
  TestTarEntry entry = ParseTestTarEntry("d/ 0751");
  entry.xattrs.emplace_back("system.posix_acl_default", acl);
  ASSERT_TRUE(
      Add(TestTarBytes(entry) + TestTar({"d/f=x 0604", "d/p|", "d/sub/ 0705", "d/implied/f=y"}))
          .has_value());
  Mount();
  EXPECT_EQ(Xattrs("d"), "system.posix_acl_default=" + acl + ";");
  for (const char* path : {"d/f", "d/p", "d/sub", "d/implied", "d/implied/f"})
    EXPECT_EQ(Xattrs(path), "") << path;
  EXPECT_EQ(Stat("d/f").st_mode & 0777, 0604U);
  EXPECT_EQ(Stat("d/implied").st_mode & 0777, 0755U);
}

TEST_F(Unpack, Lay090ForeignPolicyLabelsAreNoObstacle) {
  EXPECT_TRUE(Add(Lines{"a= +security.selinux=system_u:object_r:x:s0"}).has_value());
}

TEST_F(Unpack, Lay096HardLinksShareAnInode) {
  ASSERT_TRUE(Add(Lines{"t/a=x", "t/b=>t/a", "t/c=>./t/a", "t/d=>/t/a", "t/s->a", "t/hs=>t/s"})
                  .has_value());
  Mount();
  EXPECT_EQ(Stat("t/a").st_nlink, 4u);
  EXPECT_EQ(Stat("t/d").st_ino, Stat("t/a").st_ino);
  EXPECT_TRUE(S_ISLNK(Stat("t/hs").st_mode));
  EXPECT_EQ(Stat("t/hs").st_ino, Stat("t/s").st_ino);
  EXPECT_EQ(bytes_, 1u);  // links are counted once
}

TEST_F(Unpack, Lay054And057NothingOutsideIsTouched) {
  const std::string host = dir_.path() + "/host";
  ASSERT_TRUE(MakeDirs(host).has_value());
  ASSERT_TRUE(WriteFile(host + "/file", "mine", 0400).has_value());
  ASSERT_TRUE(Add(Lines{"t/e->" + host, "t/e/ESC=x", "t/s->" + host + "/file", "t/hs=>t/s 0777 1:1",
                        "up->../../../../../.." + host, "up/ESC2=y"})
                  .has_value());
  EXPECT_THAT(ListDir(host).value(), ElementsAreArray({"file"}));
  struct stat st = {};
  ASSERT_EQ(stat((host + "/file").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0400u);
  EXPECT_EQ(st.st_uid, 0u);
  // As in a container: the link leads to the same path inside.
  Mount();
  EXPECT_EQ(Content("." + host + "/ESC"), "x");
}

TEST_F(Unpack, Lay068And071LongNamesAndOddBytesAreKept) {
  const std::string part(200, 'p');
  const std::string path = part + "/" + part + "/" + part + "/" + std::string(250, 'f');
  std::string target;
  for (int i = 0; i < 2000; ++i)
    target += "a/";
  const std::string odd("o\n-\\*\xff\xfe", 7);
  ASSERT_TRUE(Add(Lines{path + "=deep", "l->" + target + "x", "m->x//y/../z", odd + "=odd",
                        std::string(90, 'q') + "\xff" + std::string(90, 'r') + "=long"})
                  .has_value());
  Mount();
  EXPECT_EQ(Content(path), "deep");
  EXPECT_EQ(Stat("l").st_size, 4001);
  EXPECT_EQ(Describe("m"), "m->x//y/../z");
  EXPECT_EQ(Content(odd), "odd");
  EXPECT_EQ(Content(std::string(90, 'q') + "\xff" + std::string(90, 'r')), "long");
}

TEST_F(Unpack, Lay031WhiteoutOfTheLongestName) {
  const std::string name(255, 'n');
  ASSERT_TRUE(Add(Lines{"t/" + name + "="}).has_value());
  ASSERT_TRUE(Add(Lines{"t/.wh." + name + "="}).has_value());
  EXPECT_THAT(Tree(), ElementsAreArray({"t/"}));
}

TEST_F(Unpack, Lay093SparseFilesHaveTheirLogicalContent) {
  // PAX GNU.sparse 1.0 (GNU tar manual, "PAX Format, Version 1.0"): one byte at 4 MiB of 8 MiB.
  const std::string map = Padded512("2\n4194304\n1\n8388608\n0\n");
  const std::string pax = PaxRecord("GNU.sparse.major", "1") + PaxRecord("GNU.sparse.minor", "0") +
                          PaxRecord("GNU.sparse.name", "t/big") +
                          PaxRecord("GNU.sparse.realsize", "8388608");
  TestTarEntry entry = ParseTestTarEntry("GNUSparseFile.0/big=");
  entry.content = map + "X";
  ASSERT_TRUE(Add(UstarHeader({}, "PaxHeaders/x", 'x', pax.size()) + Padded512(pax) +
                  TestTarBytes(entry) + std::string(1024, '\0'))
                  .has_value());
  Mount();
  EXPECT_EQ(Stat("t/big").st_size, 8388608);
  const std::string content = Content("t/big");
  EXPECT_EQ(content.find_first_not_of('\0'), 4194304u);
  EXPECT_EQ(content[4194304], 'X');
  EXPECT_LT(Stat("t/big").st_blocks, 1000);
}

TEST_F(Unpack, RunsOfZerosBecomeHoles) {
  TestTarEntry entry = ParseTestTarEntry("zeros=");
  entry.content =
      "a" + std::string(size_t{4} << 20, '\0') + "b" + std::string(size_t{2} << 20, '\0');
  ASSERT_TRUE(Add(TestTarBytes(entry) + std::string(1024, '\0')).has_value());
  Mount();
  EXPECT_EQ(Content("zeros"), entry.content);
  EXPECT_LT(Stat("zeros").st_blocks, 3000) << "of 12289";
}

TEST_F(Unpack, Lay105And107ManyLayers) {
  for (int i = 0; i < 130; ++i) {
    const std::string n = std::to_string(i);
    const Status added = Add(Lines{"f" + n + "=" + n, "over=" + n});
    ASSERT_TRUE(added.has_value()) << added.error().ToString();
  }
  Mount();
  EXPECT_EQ(Content("over"), "129");
  EXPECT_EQ(Content("f0"), "0");
}

TEST_F(Unpack, LeavesNoTraceOfTheMountInTheLayer) {
  ASSERT_TRUE(Add(Lines{"d/x=1", "d/y=2"}).has_value());
  ASSERT_TRUE(Add(Lines{"d/x=>d/y", "d/.wh..wh..opq="}).has_value());
  EXPECT_THAT(ListDir(dir_.path() + "/1").value(), ElementsAreArray({"diff"}));
  const std::string path = dir_.path() + "/1/diff/d";
  EXPECT_LT(lgetxattr(path.c_str(), "trusted.overlay.origin", nullptr, 0), 0);
  EXPECT_EQ(errno, ENODATA);
}

}  // namespace
}  // namespace cowbell
