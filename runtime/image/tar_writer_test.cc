#include "runtime/image/tar_writer.h"

#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/image/test_archive.h"

namespace cowbell {
namespace {

using ::testing::HasSubstr;

// Writes one entry and reads it back.
TarEntry RoundTrip(const TarEntry& entry, const std::string& content, std::string* read_content) {
  std::string bytes;
  TarWriter writer([&](std::string_view piece) {
    bytes.append(piece);
    return Ok();
  });
  EXPECT_TRUE(writer.Add(entry).has_value());
  EXPECT_TRUE(content.empty() || writer.Write(content).has_value());
  EXPECT_TRUE(writer.Finish().has_value());
  EXPECT_EQ(bytes.size() % 512, 0U);
  StringSource source(std::move(bytes));
  TarReader reader(source);
  TarEntry out;
  EXPECT_TRUE(reader.Next(&out).value());
  const Status status = reader.ReadContent([&](uint64_t, std::string_view piece) {
    read_content->append(piece);
    return Ok();
  });
  EXPECT_TRUE(status.has_value());
  TarEntry end;
  EXPECT_FALSE(reader.Next(&end).value());
  return out;
}

TEST(TarWriterTest, KeepsWhatAnEntryCanSay) {
  TarEntry entry;
  entry.name = std::string(300, 'n') + "/\xff\n";
  entry.mode = 06751;
  entry.uid = 3000000;
  entry.gid = 4000000000;
  entry.mtime_seconds = -5;
  entry.mtime_nanoseconds = 123456789;
  entry.xattrs = {{"user.k", std::string("\0=\n", 3)}};
  entry.size = 4;
  std::string content;
  const TarEntry back = RoundTrip(entry, "text", &content);
  EXPECT_EQ(content, "text");
  EXPECT_EQ(back.name, entry.name);
  EXPECT_EQ(back.type, TarEntry::Type::kFile);
  EXPECT_EQ(back.mode, entry.mode);
  EXPECT_EQ(back.uid, entry.uid);
  EXPECT_EQ(back.gid, entry.gid);
  EXPECT_EQ(back.mtime_seconds, entry.mtime_seconds);
  EXPECT_EQ(back.mtime_nanoseconds, entry.mtime_nanoseconds);
  EXPECT_EQ(back.xattrs, entry.xattrs);
}

TEST(TarWriterTest, KeepsEveryType) {
  for (const auto type :
       {TarEntry::Type::kDirectory, TarEntry::Type::kSymlink, TarEntry::Type::kHardLink,
        TarEntry::Type::kCharacterDevice, TarEntry::Type::kBlockDevice, TarEntry::Type::kFifo}) {
    TarEntry entry;
    entry.type = type;
    entry.name = type == TarEntry::Type::kDirectory ? "d/" : "d";
    if (type == TarEntry::Type::kSymlink || type == TarEntry::Type::kHardLink) entry.link = "x\xfe";
    if (type == TarEntry::Type::kCharacterDevice || type == TarEntry::Type::kBlockDevice) {
      entry.device_major = 4095;
      entry.device_minor = 1048575;
    }
    std::string content;
    const TarEntry back = RoundTrip(entry, "", &content);
    EXPECT_EQ(back.type, type);
    EXPECT_EQ(back.name, entry.name);
    EXPECT_EQ(back.link, entry.link);
    EXPECT_EQ(back.device_major, entry.device_major);
    EXPECT_EQ(back.device_minor, entry.device_minor);
  }
}

TEST(TarWriterTest, AnEmptyArchiveIsTwoBlocksOfZeros) {
  std::string bytes;
  TarWriter writer([&](std::string_view piece) {
    bytes.append(piece);
    return Ok();
  });
  ASSERT_TRUE(writer.Finish().has_value());
  EXPECT_EQ(bytes, std::string(1024, '\0'));
}

TEST(TarWriterTest, TheSinksErrorComesBack) {
  TarWriter writer([](std::string_view) -> Status { return Error::FromErrno(ENOSPC, "sink"); });
  TarEntry entry;
  entry.name = "f";
  const Status added = writer.Add(entry);
  const Status ended = added.has_value() ? writer.Finish() : added;
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().errno_value(), ENOSPC);
  EXPECT_THAT(ended.error().ToString(), HasSubstr("sink"));
}

}  // namespace
}  // namespace cowbell
