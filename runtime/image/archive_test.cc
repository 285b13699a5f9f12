#include "runtime/image/archive.h"

#include <fcntl.h>
#include <zstd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/sha256.h"
#include "runtime/image/test_tar.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Platform kAmd64{"linux", "amd64", ""};

struct Member {
  std::string name;
  std::string content;
  char type = '0';
  std::string link = {};
};

std::string Archive(const std::vector<Member>& members) {
  std::string out;
  for (const Member& member : members) {
    TestTarEntry entry;
    entry.name = member.name;
    entry.type = member.type;
    entry.content = member.content;
    entry.link = member.link;
    out += TestTarBytes(entry);
  }
  return out + std::string(1024, '\0');
}

class ImageArchiveTest : public ::testing::Test {
 protected:
  Result<ImageArchive> OpenBytes(const std::string& bytes) {
    const std::string path = dir_.path() + "/a.tar";
    TRY(WriteFile(path, bytes));
    UniqueFd fd = TRY(Open(path, O_RDONLY));
    return ImageArchive::Open(std::move(fd), bytes.size(), kAmd64);
  }
  std::string ErrorOf(const std::string& bytes) {
    const Result<ImageArchive> archive = OpenBytes(bytes);
    return archive.has_value() ? "" : archive.error().ToString();
  }
  static std::string ReadMember(const ImageArchive& archive, const ArchiveMember& member) {
    const std::unique_ptr<ByteSource> source = archive.OpenMember(member);
    std::string out(member.size, '\0');
    size_t at = 0;
    while (at < out.size()) {
      const Result<size_t> n = source->Read(out.data() + at, out.size() - at);
      if (!n.has_value() || n.value() == 0) break;
      at += n.value();
    }
    return out.substr(0, at);
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "archive-").value();
};

TEST_F(ImageArchiveTest, ReadsADockerArchive) {
  const auto archive = OpenBytes(Archive(
      {{"c.json", "CONFIG"},
       {"1/layer.tar", "one"},
       {"2/layer.tar", "", '2', "../1/layer.tar"},
       {"manifest.json",
        R"([{"Config":"c.json","RepoTags":["x:1","x:2"],"Layers":["1/layer.tar","2/layer.tar"]},
            {"Config":"./c.json","RepoTags":null,"Layers":[]}])"}}));
  ASSERT_TRUE(archive.has_value()) << archive.error().ToString();
  ASSERT_EQ(archive.value().images().size(), 2u);
  const ArchivedImage& image = archive.value().images()[0];
  EXPECT_EQ(image.config, "CONFIG");
  EXPECT_THAT(image.refs, ElementsAre("x:1", "x:2"));
  ASSERT_EQ(image.layers.size(), 2u);
  EXPECT_EQ(ReadMember(archive.value(), image.layers[1]), "one");
  EXPECT_TRUE(archive.value().images()[1].refs.empty());
}

TEST_F(ImageArchiveTest, ReadsAnOciLayoutAndItsPlatform) {
  const auto digest = [](const std::string& bytes) { return "sha256:" + Sha256Hex(bytes); };
  const auto descriptor = [&](const std::string& bytes, const std::string& more = "") {
    return R"({"mediaType":"m","digest":")" + digest(bytes) + R"(","size":)" +
           std::to_string(bytes.size()) + more + "}";
  };
  const auto blob = [&](const std::string& bytes) {
    return Member{"blobs/sha256/" + Sha256Hex(bytes), bytes};
  };
  const std::string layer = "LAYER";
  const std::string config = "CONFIG";
  const std::string manifest = R"({"schemaVersion":2,"config":)" + descriptor(config) +
                               R"(,"layers":[)" + descriptor(layer) + "]}";
  const std::string other =
      R"({"schemaVersion":2,"config":)" + descriptor(layer) + R"(,"layers":[]})";
  const std::string inner =
      R"({"schemaVersion":2,"manifests":[)" +
      descriptor(other, R"(,"platform":{"os":"linux","architecture":"arm64"})") + "," +
      descriptor(manifest, R"(,"platform":{"os":"linux","architecture":"amd64"})") + "]}";
  const std::string index =
      R"({"schemaVersion":2,"manifests":[)" +
      descriptor(inner, R"(,"annotations":{"org.opencontainers.image.ref.name":"x:1"})") + "]}";
  const std::vector<Member> members = {{"oci-layout", "{}"}, {"index.json", index}, blob(inner),
                                       blob(manifest),       blob(other),           blob(config),
                                       blob(layer)};
  const auto archive = OpenBytes(Archive(members));
  ASSERT_TRUE(archive.has_value()) << archive.error().ToString();
  const ArchivedImage& image = archive.value().images()[0];
  EXPECT_EQ(image.config, config);
  EXPECT_THAT(image.refs, ElementsAre("x:1"));
  EXPECT_TRUE(archive.value().Verify(image.layers[0]).has_value());

  // One byte of each blob in turn: a config or manifest is refused at once, a layer by Verify.
  for (size_t i = 2; i < members.size(); ++i) {
    std::vector<Member> altered = members;
    altered[i].content[0] ^= 1;
    const auto opened = OpenBytes(Archive(altered));
    if (!opened.has_value()) {
      EXPECT_THAT(opened.error().ToString(), HasSubstr("verification failed for digest sha256:"));
    } else if (members[i].content == layer) {
      EXPECT_FALSE(opened.value().Verify(opened.value().images()[0].layers[0]).has_value());
    } else {
      EXPECT_EQ(members[i].content, other) << "an altered blob that is used was accepted";
    }
  }
}

TEST_F(ImageArchiveTest, HostileNamesReachNothing) {
  const auto with = [](const std::string& config, const std::string& layer,
                       const std::vector<Member>& more) {
    std::vector<Member> members = more;
    members.push_back({"manifest.json", R"([{"Config":")" + config +
                                            R"(","RepoTags":[],"Layers":[")" + layer + R"("]}])"});
    return Archive(members);
  };
  EXPECT_THAT(ErrorOf(with("/etc/shadow", "x", {})), HasSubstr("has no member '/etc/shadow'"));
  EXPECT_THAT(ErrorOf(with("c", "../../../etc/passwd", {{"c", "{}"}})),
              HasSubstr("has no member '../../../etc/passwd'"));
  EXPECT_THAT(ErrorOf(with("c", "l", {{"c", "{}"}, {"l", "", '2', "/etc/passwd"}})),
              HasSubstr("has no member 'l'"));
  EXPECT_THAT(ErrorOf(with("c", "l", {{"c", "{}"}, {"l", "", '2', "m"}, {"m", "", '2', "l"}})),
              HasSubstr("has no member 'l'"));
}

TEST_F(ImageArchiveTest, BrokenOnesAreRefused) {
  const std::string good =
      Archive({{"c.json", "{}"},
               {"l", std::string(3000, 'x')},
               {"manifest.json", R"([{"Config":"c.json","RepoTags":[],"Layers":["l"]}])"}});
  EXPECT_EQ(ErrorOf(good), "");
  EXPECT_EQ(ErrorOf(good.substr(0, 2000)), "unexpected EOF");
  EXPECT_EQ(ErrorOf(good.substr(0, 700)), "unexpected EOF");
  EXPECT_NE(ErrorOf(std::string(5000, 'j')), "");
  EXPECT_THAT(ErrorOf(""), HasSubstr("no image archive"));
  EXPECT_THAT(ErrorOf(Archive({{"x", "y"}})), HasSubstr("neither manifest.json nor index.json"));
  EXPECT_THAT(ErrorOf(Archive({{"manifest.json", "[]"}})), HasSubstr("holds no image"));
  EXPECT_THAT(ErrorOf(Archive({{"manifest.json", "{}"}})), HasSubstr("manifest.json: "));
  EXPECT_THAT(ErrorOf(Archive({{"manifest.json", R"([{"Config":7}])"}})), HasSubstr("wrong type"));
  EXPECT_THAT(ErrorOf(Archive({{"index.json", R"({"schemaVersion":2,"manifests":[]})"}})),
              HasSubstr("holds no image"));
}

// --- Compression ------------------------------------------------------------------------------

class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t n = std::min({size, bytes_.size() - at_, size_t{333}});
    bytes_.copy(buffer, n, at_);
    at_ += n;
    return n;
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

Result<std::string> Decompress(const std::string& bytes) {
  StringSource source(bytes);
  Decompressor plain(source);
  std::string out;
  char buffer[1000];
  while (true) {
    const size_t n = TRY(plain.Read(buffer, sizeof(buffer)));
    if (n == 0) return out;
    out.append(buffer, n);
  }
}

std::string Gzip(const std::string& bytes) {
  CommandOptions options;
  options.input = bytes;
  return RunCommand({"gzip", "-c"}, options).value().out;
}

std::string Zstd(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1));
  return out;
}

TEST(Decompressor, KnowsTheForms) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += std::to_string(i * i);
  EXPECT_EQ(Decompress(text).value(), text);
  EXPECT_EQ(Decompress("").value(), "");
  EXPECT_EQ(Decompress("ab").value(), "ab");
  EXPECT_EQ(Decompress(Gzip(text)).value(), text);
  EXPECT_EQ(Decompress(Gzip(text) + Gzip("more")).value(), text + "more");  // LAY-109
  EXPECT_EQ(Decompress(Gzip(text) + std::string(64, '\0')).value(), text);  // LAY-110
  EXPECT_EQ(Decompress(Zstd(text)).value(), text);                          // LAY-108
  const std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0xyz", 11);
  EXPECT_EQ(Decompress(skippable + Zstd(text) + Zstd("more")).value(), text + "more");  // LAY-111
}

TEST(Decompressor, RefusesDamagedStreams) {
  std::string text;
  for (int i = 0; i < 50000; ++i)
    text += std::to_string(i * 7919 % 100003);
  const std::string gzip = Gzip(text);
  const auto truncated = Decompress(gzip.substr(0, gzip.size() / 2));
  ASSERT_FALSE(truncated.has_value());
  EXPECT_EQ(truncated.error().ToString(), "unexpected EOF");
  const std::string zstd = Zstd(text);
  EXPECT_FALSE(Decompress(zstd.substr(0, zstd.size() / 2)).has_value());
  std::string damaged = gzip;
  damaged[damaged.size() / 2] ^= 0x55;
  EXPECT_NE(Decompress(damaged).has_value() ? Decompress(damaged).value() : "", text);
}

}  // namespace
}  // namespace cowbell
