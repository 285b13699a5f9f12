#include "runtime/rootfs/copy.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/file.h"

namespace cowbell {
namespace {

class CopyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "owners and devices need root";
    for (const char* dir : {"from", "to"})
      ASSERT_EQ(mkdir(At(dir).c_str(), 0755), 0);
  }

  std::string At(const std::string& path) const { return temp_.path() + "/" + path; }

  void File(const std::string& path, const std::string& content) {
    ASSERT_TRUE(MakeDirs(At(path.substr(0, path.rfind('/')))).has_value()) << path;
    ASSERT_TRUE(WriteFile(At(path), content).has_value()) << path;
  }
  std::string Content(const std::string& path) const {
    const Result<std::string> content = ReadFile(At(path));
    return content.has_value() ? content.value() : content.error().ToString();
  }
  struct stat Stat(const std::string& path) const {
    struct stat st = {};
    EXPECT_EQ(lstat(At(path).c_str(), &st), 0) << path;
    return st;
  }

  // Copies from/NAME to to/NAME; "" or the error's text.
  std::string Copy(const std::string& name, bool keep_owner = false) {
    CopyOptions options;
    options.keep_owner = keep_owner;
    options.shown_target = "/to";
    TreeCopier copier(std::move(options));
    const UniqueFd from = Open(At("from"), O_RDONLY | O_DIRECTORY).value();
    const UniqueFd to = Open(At("to"), O_RDONLY | O_DIRECTORY).value();
    const Entry source = OpenEntry(from.get(), name).value();
    const Status status = copier.CopyAs(source, to.get(), name);
    skipped_ = copier.skipped();
    return status.has_value() ? "" : status.error().ToString();
  }

  TempDir temp_ = TempDir::Create("/tmp", "views-copy-").value();
  std::vector<std::string> skipped_;
};

TEST_F(CopyTest, KeepsWhatAFileIs) {
  File("from/t/f", "content");
  ASSERT_EQ(chown(At("from/t/f").c_str(), 1234, 2345), 0);
  ASSERT_EQ(chmod(At("from/t/f").c_str(), 04751), 0);
  ASSERT_EQ(setxattr(At("from/t/f").c_str(), "user.foo", "bar", 3, 0), 0);
  const std::string capability(
      "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
  ASSERT_EQ(setxattr(At("from/t/f").c_str(), "security.capability", capability.data(),
                     capability.size(), 0),
            0);
  const struct timespec times[2] = {{1, 2}, {981173106, 789000001}};
  ASSERT_EQ(utimensat(AT_FDCWD, At("from/t/f").c_str(), times, 0), 0);
  ASSERT_EQ(chmod(At("from/t").c_str(), 03770), 0);
  ASSERT_EQ(utimensat(AT_FDCWD, At("from/t").c_str(), times, 0), 0);

  for (const bool keep_owner : {false, true}) {
    EXPECT_EQ(Copy("t", keep_owner), "");
    const struct stat st = Stat("to/t/f");
    EXPECT_EQ(st.st_mode, S_IFREG | 04751U);
    EXPECT_EQ(st.st_uid, keep_owner ? 1234U : 0U);
    EXPECT_EQ(st.st_gid, keep_owner ? 2345U : 0U);
    EXPECT_EQ(st.st_mtim.tv_sec, 981173106);
    EXPECT_EQ(st.st_mtim.tv_nsec, 789000001);
    EXPECT_EQ(Content("to/t/f"), "content");
    char value[64];
    EXPECT_EQ(getxattr(At("to/t/f").c_str(), "user.foo", value, sizeof(value)), 3);
    EXPECT_EQ(getxattr(At("to/t/f").c_str(), "security.capability", value, sizeof(value)), 20);
    EXPECT_EQ(std::string(value, 20), capability);
    EXPECT_EQ(Stat("to/t").st_mode, S_IFDIR | 03770U);
    EXPECT_EQ(Stat("to/t").st_mtim.tv_nsec, 789000001);
  }
  EXPECT_EQ(Stat("from/t/f").st_atim.tv_sec, 1) << "reading left a trace";
}

TEST_F(CopyTest, AllTypes) {
  File("from/t/empty", "");
  ASSERT_EQ(symlink("../../../etc/passwd", At("from/t/link").c_str()), 0);
  ASSERT_EQ(lchown(At("from/t/link").c_str(), 5, 6), 0);
  ASSERT_EQ(mkfifo(At("from/t/fifo").c_str(), 0640), 0);
  ASSERT_EQ(mknod(At("from/t/null").c_str(), S_IFCHR | 0600, makedev(1, 3)), 0);
  ASSERT_EQ(mkdir(At("from/t/none").c_str(), 0), 0);
  const UniqueFd socket_fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  At("from/t/sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
  const void* untyped = &address;
  ASSERT_EQ(bind(socket_fd.get(), static_cast<const sockaddr*>(untyped), sizeof(address)), 0);

  EXPECT_EQ(Copy("t", true), "");
  EXPECT_EQ(Copy("t", true), "") << "again over the first copy";
  EXPECT_EQ(skipped_, std::vector<std::string>{"t/sock"});
  EXPECT_EQ(ListDir(At("to/t")).value(),
            (std::vector<std::string>{"empty", "fifo", "link", "none", "null"}));
  char text[64];
  EXPECT_EQ(
      std::string(text, static_cast<size_t>(readlink(At("to/t/link").c_str(), text, sizeof(text)))),
      "../../../etc/passwd");
  EXPECT_EQ(Stat("to/t/link").st_uid, 5U);
  EXPECT_EQ(Stat("to/t/fifo").st_mode, S_IFIFO | 0640U);
  EXPECT_EQ(Stat("to/t/null").st_mode, S_IFCHR | 0600U);
  EXPECT_EQ(Stat("to/t/null").st_rdev, makedev(1, 3));
  EXPECT_EQ(Stat("to/t/none").st_mode, S_IFDIR | 0U);
}

TEST_F(CopyTest, HardLinksWithinOneCopy) {
  File("from/t/a/one", "x");
  File("from/t/b/other", "y");
  ASSERT_EQ(link(At("from/t/a/one").c_str(), At("from/t/b/two").c_str()), 0);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Copy("t"), "");
    EXPECT_EQ(Stat("to/t/a/one").st_ino, Stat("to/t/b/two").st_ino);
    EXPECT_EQ(Stat("to/t/a/one").st_nlink, 2U);
    EXPECT_EQ(ListDir(At("to/t/b")).value(), (std::vector<std::string>{"other", "two"}));
  }
  EXPECT_NE(Stat("to/t/a/one").st_ino, Stat("from/t/a/one").st_ino);
}

TEST_F(CopyTest, HolesStayHoles) {
  File("from/hole", "");
  const UniqueFd fd = Open(At("from/hole"), O_WRONLY).value();
  ASSERT_EQ(pwrite(fd.get(), "data", 4, off_t{64} << 20), 4);
  ASSERT_EQ(ftruncate(fd.get(), off_t{256} << 20), 0);
  EXPECT_EQ(Copy("hole"), "");
  EXPECT_EQ(Stat("to/hole").st_size, off_t{256} << 20);
  EXPECT_LE(Stat("to/hole").st_blocks, 64);
  const UniqueFd copy = Open(At("to/hole"), O_RDONLY).value();
  char data[4];
  ASSERT_EQ(pread(copy.get(), data, 4, off_t{64} << 20), 4);
  EXPECT_EQ(std::string(data, 4), "data");
}

TEST_F(CopyTest, LargeContent) {
  std::string content(3'000'001, '\0');
  for (size_t i = 0; i < content.size(); ++i)
    content[i] = static_cast<char>(i * 2654435761U >> 13);
  File("from/large", content);
  EXPECT_EQ(Copy("large"), "");
  EXPECT_EQ(Content("to/large"), content);
}

TEST_F(CopyTest, ReplacesAFileAndLeavesItsOtherNameAlone) {
  File("from/f", "new");
  File("to/f", "old and longer");
  ASSERT_EQ(link(At("to/f").c_str(), At("to/g").c_str()), 0);
  EXPECT_EQ(Copy("f"), "");
  EXPECT_EQ(Content("to/f"), "new");
  EXPECT_EQ(Content("to/g"), "old and longer");
  EXPECT_EQ(ListDir(At("to")).value(), (std::vector<std::string>{"f", "g"}));
}

TEST_F(CopyTest, NeverReplacesADirectoryOrADevice) {
  File("from/d", "file");
  ASSERT_EQ(mkdir(At("to/d").c_str(), 0755), 0);
  EXPECT_EQ(Copy("d"), "cannot overwrite directory \"/to/d\" with non-directory \"/to\"");
  File("from/e/x", "x");
  File("to/e", "file");
  EXPECT_EQ(Copy("e"), "cannot overwrite non-directory \"/to/e\" with directory \"/to\"");
  EXPECT_EQ(Content("to/e"), "file");
  ASSERT_EQ(symlink("d", At("to/l").c_str()), 0);
  File("from/l/x", "x");
  EXPECT_EQ(Copy("l"), "cannot overwrite non-directory \"/to/l\" with directory \"/to\"");
  EXPECT_EQ(ListDir(At("to/d")).value(), std::vector<std::string>{});
  File("from/null", "file");
  ASSERT_EQ(mknod(At("to/null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  EXPECT_EQ(Copy("null"), "cannot overwrite device \"/to/null\"");
  EXPECT_TRUE(S_ISCHR(Stat("to/null").st_mode));
}

TEST_F(CopyTest, ALinkAtTheTargetIsReplacedNotFollowed) {
  File("from/t/f", "new");
  File("to/t/x", "x");
  File("outside/f", "old");
  ASSERT_EQ(symlink(At("outside/f").c_str(), At("to/t/f").c_str()), 0);
  EXPECT_EQ(Copy("t"), "");
  EXPECT_EQ(Content("outside/f"), "old");
  EXPECT_EQ(Content("to/t/f"), "new");
  EXPECT_TRUE(S_ISREG(Stat("to/t/f").st_mode));
}

TEST_F(CopyTest, NeverEntersItself) {
  File("from/t/x", "x");
  ASSERT_EQ(mkdir(At("from/t/in").c_str(), 0755), 0);
  const UniqueFd from = Open(At("from"), O_RDONLY | O_DIRECTORY).value();
  const UniqueFd in = Open(At("from/t/in"), O_RDONLY | O_DIRECTORY).value();
  TreeCopier copier({});
  const Entry source = OpenEntry(from.get(), "t").value();
  const Status status = copier.CopyAs(source, in.get(), "t");
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().ToString().find("cannot copy a directory into itself"),
            std::string::npos);
  EXPECT_EQ(access(At("from/t/in/t/in/t").c_str(), F_OK), -1);
}

TEST_F(CopyTest, ContentsIntoADirectoryKeepItsAttributes) {
  File("from/t/sub/x", "x");
  ASSERT_EQ(chmod(At("from/t").c_str(), 0700), 0);
  File("to/keep", "k");
  ASSERT_EQ(chmod(At("to").c_str(), 01777), 0);
  TreeCopier copier({});
  const UniqueFd from = Open(At("from"), O_RDONLY | O_DIRECTORY).value();
  const UniqueFd to = Open(At("to"), O_RDONLY | O_DIRECTORY).value();
  EXPECT_TRUE(copier.CopyContents(OpenEntry(from.get(), "t").value(), to.get()).has_value());
  EXPECT_EQ(Stat("to").st_mode, S_IFDIR | 01777U);
  EXPECT_EQ(ListDir(At("to")).value(), (std::vector<std::string>{"keep", "sub"}));
}

TEST_F(CopyTest, OddNamesAndManyFiles) {
  const std::vector<std::string> names = {" blank ",  "a\nb", "\"'`$(x)",
                                          "\xff\xfe", "-rf",  std::string(255, 'n')};
  for (const std::string& name : names)
    File("from/t/" + name, name);
  for (int i = 0; i < 300; ++i)
    File("from/t/many/" + std::to_string(i), std::to_string(i));
  std::string deep = "from/t";
  for (int i = 0; i < 60; ++i)
    deep += "/d";
  File(deep + "/leaf", "leaf");
  EXPECT_EQ(Copy("t"), "");
  for (const std::string& name : names)
    EXPECT_EQ(Content("to/t/" + name), name);
  EXPECT_EQ(ListDir(At("to/t/many")).value().size(), 300U);
  EXPECT_EQ(Content("to" + deep.substr(4) + "/leaf"), "leaf");
}

TEST_F(CopyTest, AFileThatCannotBeCompletedIsRemoved) {
  File("from/f", std::string(1 << 20, 'x'));
  // A target that takes no data: a full device is not at hand, a size limit is.
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {4096, 4096};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    _exit(Copy("f").find("File too large (EFBIG)") == std::string::npos ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ListDir(At("to")).value(), std::vector<std::string>{});
}

// A hostile process exchanges a directory of the tree and a link to a directory outside, in the
// source and in the target, while copies run: nothing of the outside is read or written.
TEST_F(CopyTest, ExchangeOfADirectoryAndALink) {
  File("outside/flag", "host");
  File("from/t/p/flag", "container");
  ASSERT_EQ(symlink(At("outside").c_str(), At("from/t/l").c_str()), 0);
  File("to/t/p/flag", "old");
  ASSERT_EQ(symlink(At("outside").c_str(), At("to/t/l").c_str()), 0);

  std::atomic<bool> stop = false;
  std::atomic<int> rounds = 0;
  std::thread attacker([&] {
    while (!stop) {
      for (const char* side : {"from", "to"}) {
        const std::string base = At(side) + "/t/";
        (void)syscall(SYS_renameat2, AT_FDCWD, (base + "p").c_str(), AT_FDCWD, (base + "l").c_str(),
                      RENAME_EXCHANGE);
      }
      ++rounds;
    }
  });
  for (int i = 0; i < 400 || rounds < 400; ++i) {
    // It may fail ("cannot overwrite …"), it may not leave the trees.
    (void)Copy("t");
    for (const char* name : {"to/t/p", "to/t/l"}) {
      const Result<UniqueFd> dir = Open(At(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (!dir.has_value()) continue;
      const Result<UniqueFd> flag = OpenAt(dir.value().get(), "flag", O_RDONLY | O_NOFOLLOW);
      if (!flag.has_value()) continue;
      ASSERT_NE(ReadAll(flag.value().get()).value(), "host");
    }
  }
  stop = true;
  attacker.join();
  EXPECT_EQ(Content("outside/flag"), "host");
  EXPECT_EQ(ListDir(At("outside")).value(), std::vector<std::string>{"flag"});
}

TEST(CopyMounts, KernelFileSystemsAndMountPoints) {
  const UniqueFd proc = Open("/proc", O_PATH).value();
  const UniqueFd tmp = Open("/tmp", O_PATH).value();
  const UniqueFd etc = Open("/etc", O_PATH).value();
  EXPECT_TRUE(OnKernelFileSystem(proc.get()).value());
  EXPECT_FALSE(OnKernelFileSystem(tmp.get()).value());
  EXPECT_TRUE(IsMountPoint(proc.get()).value());
  EXPECT_FALSE(IsMountPoint(etc.get()).value());
}

}  // namespace
}  // namespace cowbell
