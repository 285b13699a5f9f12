#include "runtime/store/image_writer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/sha256.h"
#include "runtime/image/test_tar.h"
#include "runtime/store/containers.h"
#include "runtime/store/image_record.h"
#include "runtime/store/orphans.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t n = std::min(size, bytes_.size() - at_);
    memcpy(buffer, bytes_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

std::string DiffId(const std::string& tar) { return "sha256:" + Sha256Hex(tar); }

std::string ConfigOf(const std::vector<std::string>& tars) {
  ImageConfigFile file;
  for (const std::string& tar : tars)
    file.diff_ids.push_back(DiffId(tar));
  return EncodeImageConfig(file);
}

class Writer : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "layers are unpacked with root's privilege";
  }
  Status Add(ImageWriter& writer, const std::string& tar, const std::string& diff_id) {
    return writer.AddLayer(diff_id, [&]() -> Result<std::unique_ptr<ByteSource>> {
      ++opened_;
      std::unique_ptr<ByteSource> source = std::make_unique<StringSource>(tar);
      return source;
    });
  }
  Result<std::string> Write(const std::vector<std::string>& tars, const std::string& ref = "") {
    ImageWriter writer = TRY(ImageWriter::Begin(store_));
    for (const std::string& tar : tars)
      TRY(Add(writer, tar, DiffId(tar)));
    std::vector<NewTag> tags;
    if (!ref.empty()) tags.push_back({ref, ""});
    return writer.Commit(ConfigOf(tars), tags);
  }
  std::vector<std::string> Names(const std::string& directory) {
    return ListDir(store_.root() + "/" + directory).value();
  }
  void ExpectNothing() {
    for (const char* directory : {"images", "layers", "tags", "tmp", "blobs/sha256"})
      EXPECT_THAT(Names(directory), IsEmpty()) << directory;
  }

  const std::string base_ = TestTar({"f=old", "d/x="});
  const std::string top_ = TestTar({"f=new", ".wh.d="});
  TempDir dir_ = TempDir::Create(::testing::TempDir(), "writer-").value();
  Store store_ = Store::Open(dir_.path() + "/root").value();
  std::atomic<int> opened_{0};
};

TEST_F(Writer, MakesAnImageVisibleAsAWhole) {
  const auto id = Write({base_, top_}, "x:1");
  ASSERT_TRUE(id.has_value()) << id.error().ToString();
  EXPECT_EQ(id.value(), Sha256Hex(ConfigOf({base_, top_})));
  const auto record = FindImage(store_, "x:1");
  ASSERT_TRUE(record.has_value()) << record.error().ToString();
  EXPECT_EQ(record.value().size, 6u);
  EXPECT_EQ(record.value().chain[1], ChainId(record.value().chain[0], DiffId(top_)));
  EXPECT_EQ(ReadFile(store_.LayerDiff(record.value().chain[1]) + "/f").value(), "new");
  EXPECT_THAT(Names("tmp"), IsEmpty());
}

TEST_F(Writer, UnpacksALayerOnceAndKeysItByItsChain) {
  ASSERT_TRUE(Write({base_, top_}).has_value());
  ASSERT_TRUE(Write({base_, top_}).has_value());
  ASSERT_TRUE(Write({base_}).has_value());
  EXPECT_EQ(opened_, 2);
  ASSERT_TRUE(Write({top_, base_}).has_value());  // LAY-002: another order is another tree
  EXPECT_EQ(opened_, 4);
  EXPECT_EQ(Names("layers").size(), 4u);
}

TEST_F(Writer, AFailureLeavesNothing) {
  {
    ImageWriter writer = ImageWriter::Begin(store_).value();
    ASSERT_TRUE(Add(writer, base_, DiffId(base_)).has_value());
    const Status wrong = Add(writer, top_, DiffId("other"));
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().ToString(), "invalid diffID for layer 1: expected \"" +
                                            DiffId("other") + "\", got \"" + DiffId(top_) + "\"");
  }
  ExpectNothing();
  {
    ImageWriter writer = ImageWriter::Begin(store_).value();
    ASSERT_TRUE(Add(writer, base_, DiffId(base_)).has_value());
    EXPECT_EQ(writer.Commit(ConfigOf({base_, top_}), {}).error().ToString(),
              "layers from manifest don't match image configuration");
  }
  ExpectNothing();
  const std::string cut = base_.substr(0, 700);
  EXPECT_EQ(Write({cut}).error().ToString(),
            "Error processing tar file(exit status 1): unexpected EOF");
  ExpectNothing();
}

TEST_F(Writer, PublishedLayersGoWithTheWriter) {
  {
    ImageWriter writer = ImageWriter::Begin(store_).value();
    ASSERT_TRUE(Add(writer, base_, DiffId(base_)).has_value());
    ASSERT_TRUE(writer.PublishLayers().has_value());
    EXPECT_EQ(Names("layers").size(), 1u);
  }
  ExpectNothing();
}

TEST_F(Writer, TheRemainsOfAKilledOneAreRemovedByTheNext) {
  // The child publishes a layer and dies in the middle of the next one.
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Result<ImageWriter> writer = ImageWriter::Begin(store_);
    if (!writer.has_value()) _exit(1);
    if (!Add(writer.value(), base_, DiffId(base_)).has_value()) _exit(1);
    if (!writer.value().PublishLayers().has_value()) _exit(1);
    (void)writer.value()
        .AddLayer(DiffId(top_),
                  []() -> Result<std::unique_ptr<ByteSource>> {
                    kill(getpid(), SIGKILL);
                    return Error::FromMessage("");
                  })
        .has_value();
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(Names("tmp").empty());
  EXPECT_FALSE(Names("layers").empty());
  EXPECT_TRUE(ListImages(store_).value().empty());
  { const StagingDir next = StagingDir::Create(store_).value(); }
  ExpectNothing();
  EXPECT_TRUE(Write({base_, top_}).has_value());
}

TEST_F(Writer, LayersOfAnImageThatWentFirstGoWithTheLastContainer) {
  const std::string kept = Write({base_}).value();
  const std::string gone = Write({base_, top_}).value();
  ContainerConfig config;
  config.id = std::string(64, 'a');
  config.name = "user";
  config.image_id = gone;
  config.chain = FindImage(store_, gone).value().chain;
  ASSERT_TRUE(AddContainer(store_, config).has_value());
  ASSERT_TRUE(DeleteImage(store_, gone, config.chain).has_value());

  ASSERT_TRUE(RemoveOrphansOfImage(store_, gone).has_value());
  EXPECT_TRUE(Exists(store_.LayerDir(config.chain[1]))) << "the container needs it";
  ASSERT_TRUE(RemoveContainer(store_, config).has_value());
  ASSERT_TRUE(RemoveOrphansOfImage(store_, kept).has_value());
  EXPECT_TRUE(Exists(store_.LayerDir(config.chain[1]))) << "that image is there: nothing to do";
  ASSERT_TRUE(RemoveOrphansOfImage(store_, gone).has_value());
  EXPECT_THAT(Names("layers"), ElementsAre(config.chain[0]));
}

TEST_F(Writer, ALivingOnesFilesAreLeftAlone) {
  ImageWriter writer = ImageWriter::Begin(store_).value();
  ASSERT_TRUE(Add(writer, base_, DiffId(base_)).has_value());
  ASSERT_TRUE(writer.PublishLayers().has_value());
  const pid_t child = fork();
  if (child == 0) {
    const pid_t grandchild = fork();
    if (grandchild == 0) {
      const Result<ImageWriter> dies = ImageWriter::Begin(store_);
      kill(getpid(), SIGKILL);
    }
    waitpid(grandchild, nullptr, 0);
    const Result<StagingDir> cleans = StagingDir::Create(store_);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(Add(writer, top_, DiffId(top_)).has_value());
  const auto id = writer.Commit(ConfigOf({base_, top_}), {});
  EXPECT_TRUE(id.has_value()) << id.error().ToString();
}

TEST_F(Writer, ConcurrentWritersOfOneLayerUnpackItOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string own = TestTar({"own=" + std::to_string(i % 2)});
      if (Write({base_, own}, "x:" + std::to_string(i)).has_value()) ++good;
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(opened_, 3);
  EXPECT_EQ(Names("images").size(), 2u);
  EXPECT_EQ(Names("layers").size(), 3u);
  EXPECT_THAT(Names("tmp"), IsEmpty());
}

TEST_F(Writer, ALayerThatVanishedMeanwhileIsNoticed) {
  const std::string id = Write({base_}).value();
  ImageWriter writer = ImageWriter::Begin(store_).value();
  ASSERT_TRUE(Add(writer, base_, DiffId(base_)).has_value());
  ASSERT_TRUE(Add(writer, top_, DiffId(top_)).has_value());
  ASSERT_TRUE(DeleteImage(store_, id, {}).has_value());
  EXPECT_EQ(writer.Commit(ConfigOf({base_, top_}), {}).error().errno_value(), EAGAIN);
}

TEST_F(Writer, RefusesTheLayerThatIsTooMuch) {
  // The layers are there already: 500 mounts would take their time.
  const std::string empty = TestTar({});
  std::string chain;
  for (size_t i = 0; i < kMaxLayers; ++i) {
    chain = ChainId(chain, DiffId(empty));
    ASSERT_TRUE(MakeDirs(store_.LayerDiff(chain)).has_value());
    const std::string record = EncodeLayerRecord({DiffId(empty), 0});
    ASSERT_TRUE(WriteFile(store_.LayerDir(chain) + "/layer.json", record).has_value());
  }
  ImageWriter writer = ImageWriter::Begin(store_).value();
  for (size_t i = 0; i < kMaxLayers; ++i)
    ASSERT_TRUE(Add(writer, empty, DiffId(empty)).has_value()) << i;
  EXPECT_EQ(Add(writer, empty, DiffId(empty)).error().ToString(), "max depth exceeded");
  EXPECT_EQ(opened_, 0);
}

}  // namespace
}  // namespace cowbell
