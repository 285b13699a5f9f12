#include "runtime/image/kept_archive.h"

#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/image/test_archive.h"

namespace cowbell {
namespace {

std::string ReadBack(const KeptArchive& kept) {
  FileSource file(kept.file.get(), 0, kept.kept_size);
  Decompressor plain(file);
  std::string out;
  std::string buffer(100000, '\0');
  while (true) {
    const Result<size_t> n = plain.Read(buffer.data(), buffer.size());
    EXPECT_TRUE(n.has_value());
    if (!n.has_value() || n.value() == 0) return out;
    out.append(buffer, 0, n.value());
  }
}

TEST(KeptArchiveTest, GivesTheSameBytesAgain) {
  const TempDir dir = TempDir::Create(::testing::TempDir(), "kept-").value();
  std::string noise;
  for (uint32_t i = 1; noise.size() < 1'000'000; i = i * 1664525 + 1013904223)
    noise += static_cast<char>(i >> 24);
  int number = 0;
  for (const std::string& bytes :
       {std::string(), std::string("x"), noise + std::string(5'000'000, '\0')}) {
    const std::string path = dir.path() + "/" + std::to_string(number++);
    StringSource source(bytes);
    const auto keeper = ArchiveKeeper::Create(source, path).value();
    char first[3];
    const size_t n = keeper->Read(first, sizeof(first)).value();
    EXPECT_EQ(bytes.substr(0, n), std::string(first, n));
    ASSERT_TRUE(keeper->Finish().has_value());
    const KeptArchive kept = OpenKeptArchive(path).value();
    EXPECT_EQ(kept.size, bytes.size());
    EXPECT_TRUE(ReadBack(kept) == bytes);
    EXPECT_LT(kept.kept_size, 1'100'000U);
  }
}

TEST(KeptArchiveTest, ATruncatedCopyIsDamaged) {
  const TempDir dir = TempDir::Create(::testing::TempDir(), "kept-").value();
  const std::string path = dir.path() + "/short";
  ASSERT_TRUE(WriteFile(path, "abc").has_value());
  EXPECT_EQ(OpenKeptArchive(path).error().ToString(), "'" + path + "' is damaged");
  EXPECT_EQ(OpenKeptArchive(dir.path() + "/none").error().errno_value(), ENOENT);
}

}  // namespace
}  // namespace cowbell
