#include "runtime/store/images.h"

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/file.h"
#include "runtime/base/sha256.h"
#include "runtime/store/image_record.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Hex(char c) { return std::string(64, c); }

class Images : public ::testing::Test {
 protected:
  // An image whose layers are directories with one file.
  ImageRecord Add(char id, const std::vector<std::string>& chain, const std::string& created = "") {
    ImageRecord record;
    record.id = Hex(id);
    record.chain = chain;
    for (const std::string& layer : chain) {
      record.diff_ids.push_back("sha256:" + layer);
      EXPECT_TRUE(MakeDirs(store_.LayerDiff(layer)).has_value());
      EXPECT_TRUE(WriteFile(store_.LayerDiff(layer) + "/f", "x").has_value());
    }
    record.created = created;
    EXPECT_TRUE(MakeDirs(store_.ImageDir(record.id)).has_value());
    EXPECT_TRUE(
        WriteFile(ImageRecordPath(store_, record.id), EncodeImageRecord(record)).has_value());
    return record;
  }
  void Tag(const std::string& ref, char id, const std::string& digest = "") {
    const Status status = SetTag(store_, ref, Hex(id), digest);
    ASSERT_TRUE(status.has_value()) << status.error().ToString();
  }
  std::string Found(const std::string& name) {
    const Result<ImageRecord> record = FindImage(store_, name);
    return record.has_value() ? record.value().id.substr(0, 4) : record.error().message();
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "images-").value();
  Store store_ = Store::Open(dir_.path() + "/root").value();
};

TEST_F(Images, LieWhereOnlyTheOwnerMayGo) {
  for (const char* dir : {"layers", "containers", "tmp"}) {
    struct stat st = {};
    ASSERT_EQ(stat((store_.root() + "/" + dir).c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777, 0700u) << dir;
  }
}

TEST_F(Images, RecordSurvivesTheRoundTrip) {
  ImageRecord record = Add('a', {Hex('1'), Hex('2')}, "2024-01-01T00:00:00Z");
  record.config = {"u:g",  {"A=1", "B=\"x\"\n"}, {"/e"},  {"c", ""}, "/w", {{"k", "v"}},
                   {"/v"}, {"80/tcp"},           "SIGINT"};
  record.size = uint64_t{1} << 40;
  const Result<ImageRecord> again = DecodeImageRecord(EncodeImageRecord(record));
  ASSERT_TRUE(again.has_value()) << again.error().ToString();
  EXPECT_EQ(again.value().config, record.config);
  EXPECT_EQ(again.value().chain, record.chain);
  EXPECT_EQ(again.value().size, record.size);
}

TEST_F(Images, AreFoundByNameDigestAndPrefix) {
  Add('a', {});
  Add('b', {});
  Tag("x:latest", 'a', "sha256:" + Hex('d'));
  Tag("127.0.0.1:5000/r/x:1", 'b');
  Tag("y@sha256:" + Hex('e'), 'b', "sha256:" + Hex('e'));
  EXPECT_EQ(Found("x"), "aaaa");
  EXPECT_EQ(Found("docker.io/library/x:latest"), "aaaa");
  EXPECT_EQ(Found("x@sha256:" + Hex('d')), "aaaa");
  EXPECT_EQ(Found("127.0.0.1:5000/r/x:1"), "bbbb");
  EXPECT_EQ(Found("y@sha256:" + Hex('e')), "bbbb");
  EXPECT_EQ(Found("bb"), "bbbb");
  EXPECT_EQ(Found("sha256:b"), "bbbb");
  EXPECT_EQ(Found(Hex('b')), "bbbb");
  EXPECT_EQ(Found("sha256:" + Hex('b')), "bbbb");
}

TEST_F(Images, UnknownOnesAreNamed) {
  Add('a', {});
  EXPECT_EQ(Found("nope"), "No such image: nope:latest");
  EXPECT_EQ(Found("nope:1"), "No such image: nope:1");
  EXPECT_EQ(Found("c"), "No such image: c:latest");
  EXPECT_EQ(Found(Hex('c')), "No such image: " + Hex('c'));
  EXPECT_EQ(Found("sha256:c"), "No such image: sha256:c");
  EXPECT_EQ(Found("sha256:zz"), "No such image: sha256:zz");
  EXPECT_EQ(Found("a b"), "invalid reference format");
  EXPECT_EQ(FindImage(store_, "nope").error().errno_value(), ENOENT);
}

TEST_F(Images, ANameWinsOverAPrefixAndAnAmbiguousPrefixIsRefused) {
  Add('a', {});
  ImageRecord other = Add('b', {});
  other.id = Hex('a').substr(1) + "0";
  ASSERT_TRUE(MakeDirs(store_.ImageDir(other.id)).has_value());
  ASSERT_TRUE(WriteFile(ImageRecordPath(store_, other.id), EncodeImageRecord(other)).has_value());
  Tag("aaaaaa:latest", 'b');
  EXPECT_EQ(Found("aaaaaa"), "bbbb");
  EXPECT_EQ(Found("aaaaa"), "Multiple IDs found with provided prefix: aaaaa");
}

TEST_F(Images, ListsOneEntryPerTagNewestFirst) {
  Add('a', {}, "2020-01-01T00:00:00Z");
  Add('b', {}, "2021-01-01T00:00:00Z");
  Tag("x:2", 'a');
  Tag("x:1", 'a', "sha256:" + Hex('d'));
  const auto list = ListImages(store_);
  ASSERT_TRUE(list.has_value()) << list.error().ToString();
  std::vector<std::string> refs;
  for (const ImageListing& entry : list.value())
    refs.push_back(entry.ref + "|" + entry.image.id.substr(0, 1) + "|" + entry.digest.substr(0, 9));
  EXPECT_THAT(refs, ElementsAre("|b|", "x:1|a|sha256:dd", "x:2|a|"));
}

TEST_F(Images, ADamagedRecordIsAnErrorAndNotAShorterList) {
  Add('a', {});
  ASSERT_TRUE(WriteFile(ImageRecordPath(store_, Hex('a')), "{").has_value());
  const auto list = ListImages(store_);
  ASSERT_FALSE(list.has_value());
  EXPECT_THAT(list.error().ToString(), HasSubstr("the record of image 'aaaaaaaaaaaa' is damaged"));
  ASSERT_TRUE(RemoveTree(ImageRecordPath(store_, Hex('a'))).has_value());
  EXPECT_FALSE(ListImages(store_).has_value());
}

TEST_F(Images, TagsMoveAndGo) {
  Add('a', {});
  Add('b', {});
  const std::string longest = "r.io:5000/" + std::string(120, 'p') + "/" + std::string(120, 'q') +
                              ":" + std::string(128, 't');
  for (const std::string& ref : {std::string("x:1"), longest}) {
    Tag(ref, 'a');
    Tag(ref, 'b');
    EXPECT_EQ(Found(ref), "bbbb");
    EXPECT_THAT(TagsOf(store_, Hex('b')).value(), ElementsAre(ref));
    EXPECT_THAT(TagsOf(store_, Hex('a')).value(), IsEmpty());
    EXPECT_TRUE(RemoveTag(store_, ref).has_value());
    EXPECT_EQ(RemoveTag(store_, ref).error().message(), "No such image: " + ref);
  }
}

TEST_F(Images, DeletionSparesWhatOthersNeed) {
  Add('a', {Hex('1'), Hex('2'), Hex('3'), Hex('4')});
  Add('b', {Hex('1')});
  const auto gone = DeleteImage(store_, Hex('a'), {Hex('2')});
  ASSERT_TRUE(gone.has_value()) << gone.error().ToString();
  EXPECT_THAT(gone.value(),
              ElementsAre("sha256:" + Hex('a'), "sha256:" + Hex('4'), "sha256:" + Hex('3')));
  EXPECT_TRUE(Exists(store_.LayerDiff(Hex('1')) + "/f"));
  EXPECT_TRUE(Exists(store_.LayerDiff(Hex('2')) + "/f"));
  EXPECT_FALSE(Exists(store_.LayerDir(Hex('3'))));
  EXPECT_EQ(Found("a"), "No such image: a:latest");
  EXPECT_EQ(Found("b"), "bbbb");
  EXPECT_THAT(ListDir(store_.TmpDir()).value(), IsEmpty());
}

TEST_F(Images, LowerDirectoriesStandTopFirst) {
  EXPECT_THAT(LowerDirs(store_, {Hex('1'), Hex('2')}),
              ElementsAre(store_.LayerDiff(Hex('2')), store_.LayerDiff(Hex('1'))));
}

}  // namespace
}  // namespace cowbell
