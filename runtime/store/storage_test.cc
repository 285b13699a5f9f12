#include "runtime/store/storage.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/store/layout.h"

namespace cowbell {
namespace {

using ::testing::HasSubstr;

TEST(StorageTest, TheCommandLineSaysWhich) {
  EXPECT_EQ(ParseStorage("", {}).value(), Storage());
  EXPECT_EQ(ParseStorage("overlay2", {}).value(), Storage());
  EXPECT_EQ(ParseStorage("vfs", {}).value().driver, StorageDriver::kVfs);
  EXPECT_EQ(ParseStorage("", {"overlay.mount_program=/bin/x"}).value().mount_program, "/bin/x");
  EXPECT_THAT(ParseStorage("zfs", {}).error().ToString(),
              HasSubstr("'zfs' is not supported; the drivers are: overlay, vfs"));
  EXPECT_THAT(ParseStorage("", {"size=1"}).error().ToString(), HasSubstr("is not supported"));
  for (const char* option : {"overlay.mount_program=x", "overlay.mount_program="})
    EXPECT_THAT(ParseStorage("", {option}).error().ToString(), HasSubstr("an absolute path"));
  EXPECT_FALSE(ParseStorage("vfs", {"overlay.mount_program=/bin/x"}).has_value());
}

TEST(StorageTest, TheVersionFileKeepsIt) {
  for (const Storage& storage : {Storage(), Storage{StorageDriver::kVfs, ""},
                                 Storage{StorageDriver::kOverlay, "/usr/bin/a program"}}) {
    EXPECT_EQ(DecodeStorage(EncodeStorage(storage)).value(), storage);
  }
  EXPECT_EQ(EncodeStorage(Storage()), "");
  EXPECT_FALSE(DecodeStorage("driver zfs\n").has_value());
  EXPECT_FALSE(DecodeStorage("colour blue\n").has_value());
}

TEST(StorageTest, AStoreStaysWhatItWasMadeAs) {
  const TempDir dir = TempDir::Create(::testing::TempDir(), "storage-").value();
  const std::string root = dir.path() + "/root";
  const Storage vfs{StorageDriver::kVfs, ""};
  EXPECT_EQ(Store::Open(root, vfs).value().storage(), vfs);
  EXPECT_EQ(Store::Open(root).value().storage(), vfs);
  EXPECT_THAT(
      Store::Open(root, Storage()).error().ToString(),
      HasSubstr("it was made with --storage-driver vfs, not with --storage-driver overlay"));
  EXPECT_EQ(Store::Open(dir.path() + "/plain").value().storage(), Storage());
  EXPECT_EQ(ReadFile(dir.path() + "/plain/version").value(), "calf-store 1\n");
  ASSERT_TRUE(WriteFile(root + "/version", "calf-store 2\n").has_value());
  EXPECT_THAT(Store::Open(root).error().ToString(), HasSubstr("its format is 'calf-store 2'"));
}

}  // namespace
}  // namespace cowbell
