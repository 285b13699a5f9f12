#include "runtime/rootfs/tree_tar.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/image/test_archive.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;

class TreeTarTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "devices and owners need root";
    ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
  }
  std::string Path(const std::string& name) { return dir_.path() + "/" + name; }
  std::string Bytes() {
    std::string out;
    TarWriter writer([&](std::string_view piece) {
      out.append(piece);
      return Ok();
    });
    const UniqueFd root = Open(dir_.path(), O_PATH | O_DIRECTORY).value();
    TreeTar tree(writer);
    const Status added = tree.AddTree(root.get());
    EXPECT_TRUE(added.has_value()) << added.error().ToString();
    EXPECT_TRUE(writer.Finish().has_value());
    return out;
  }
  std::vector<std::string> Entries() { return EntryLines(Bytes()); }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "tree-tar-").value();
};

TEST_F(TreeTarTest, EverythingInOneOrder) {
  ASSERT_EQ(mkdir(Path("d").c_str(), 0755), 0);
  ASSERT_TRUE(WriteFile(Path("d/f"), "text").has_value());
  ASSERT_EQ(link(Path("d/f").c_str(), Path("d-link").c_str()), 0);
  ASSERT_EQ(link(Path("d/f").c_str(), Path("z").c_str()), 0);
  ASSERT_EQ(symlink("nowhere", Path("l").c_str()), 0);
  ASSERT_EQ(mkfifo(Path("p").c_str(), 0600), 0);
  ASSERT_EQ(mknod(Path("n").c_str(), S_IFCHR | 0600, makedev(1, 3)), 0);
  ASSERT_EQ(setxattr(Path("d").c_str(), "user.a", "1", 1, 0), 0);
  ASSERT_EQ(setxattr(Path("d").c_str(), "trusted.overlay.opaque", "y", 1, 0), 0);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  strcpy(address.sun_path, Path("s").c_str());
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  close(listener);
  EXPECT_THAT(Entries(),
              ElementsAre("d/ +user.a=1", "d/f", "d-link=>d/f", "l->nowhere", "n", "p", "z=>d/f"));
  EXPECT_EQ(Bytes(), Bytes());
}

TEST_F(TreeTarTest, TheTopIsAnEntryWhenItIsNotPlain) {
  EXPECT_THAT(Entries(), ElementsAre());
  ASSERT_EQ(chmod(dir_.path().c_str(), 01777), 0);
  EXPECT_THAT(Entries(), ElementsAre("./"));
}

TEST_F(TreeTarTest, HolesAreZeros) {
  const UniqueFd file = Open(Path("f"), O_RDWR | O_CREAT, 0644).value();
  ASSERT_EQ(pwrite(file.get(), "x", 1, 3 << 20), 1);
  ASSERT_EQ(ftruncate(file.get(), 5 << 20), 0);
  StringSource source(Bytes());
  TarReader reader(source);
  TarEntry entry;
  ASSERT_TRUE(reader.Next(&entry).value());
  EXPECT_EQ(entry.size, uint64_t{5} << 20);
  std::string content;
  ASSERT_TRUE(reader
                  .ReadContent([&](uint64_t, std::string_view piece) {
                    content.append(piece);
                    return Ok();
                  })
                  .has_value());
  std::string expected(5 << 20, '\0');
  expected[3 << 20] = 'x';
  EXPECT_TRUE(content == expected);
}

}  // namespace
}  // namespace cowbell
