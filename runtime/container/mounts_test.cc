#include "runtime/container/mounts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(VolumeFlag, GoodOnes) {
  const BindMount bind = ParseVolume("/a//b/../c/:/t/:ro").value();
  EXPECT_EQ(bind.source, "/a/c");
  EXPECT_EQ(bind.target, "/t");
  EXPECT_TRUE(bind.read_only);
  EXPECT_EQ(bind.volume, "");
  EXPECT_FALSE(ParseVolume("/a:/b").value().read_only);
  EXPECT_THAT(ParseVolume("./x:/b").value().source, HasSubstr("/x"));
  const BindMount named = ParseVolume("data:/t:ro,nocopy").value();
  EXPECT_EQ(named.volume, "data");
  EXPECT_TRUE(named.read_only);
  EXPECT_TRUE(named.no_copy);
  EXPECT_FALSE(named.anonymous);
  const BindMount anonymous = ParseVolume("/t").value();
  EXPECT_TRUE(anonymous.anonymous);
  EXPECT_EQ(anonymous.target, "/t");
  EXPECT_NE(anonymous.volume, ParseVolume("/t").value().volume);
}

TEST(VolumeFlag, RefusalsAreDockersTexts) {
  const struct {
    const char* spec;
    const char* text;
  } kCases[] = {
      {"", "invalid empty volume spec"},
      {":/b", "invalid spec: :/b: empty section between colons"},
      {"a:b",
       "invalid volume specification: 'a:b': invalid mount config for type \"bind\": invalid mount "
       "path: 'b' mount path must be absolute"},
      {"b",
       "invalid volume specification: 'b': invalid mount config for type \"volume\": invalid mount "
       "path: 'b' mount path must be absolute"},
      {"/x:/b:nocopy", "invalid mode: nocopy"},
      {"/x:/b:bogus", "invalid mode: bogus"},
      {"a/b:/v",
       "create a/b: \"a/b\" includes invalid characters for a local volume name, only "
       "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use "
       "absolute path"},
  };
  for (const auto& c : kCases)
    EXPECT_EQ(ParseVolume(c.spec).error().ToString(), c.text);
}

TEST(MountFlag, EveryKey) {
  const MountWish bind = ParseMount("type=bind,source=/a,destination=/b,readonly").value();
  EXPECT_EQ(bind.type, "bind");
  EXPECT_EQ(bind.source, "/a");
  EXPECT_EQ(bind.target, "/b");
  EXPECT_TRUE(bind.read_only);
  const MountWish volume = ParseMount("src=v,dst=/b,ro=false,volume-nocopy").value();
  EXPECT_EQ(volume.type, "volume");
  EXPECT_FALSE(volume.read_only);
  EXPECT_TRUE(volume.no_copy);
  EXPECT_EQ(ParseMount("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=0700").value().tmpfs_options,
            "size=1m,mode=0700");
}

TEST(MountFlag, RefusalsOfTheText) {
  const auto refusal = [](const char* spec) { return ParseMount(spec).error().ToString(); };
  EXPECT_EQ(refusal("type=bind,src=/a"), "target is required");
  EXPECT_EQ(refusal("dst=/a,color=red"), "unexpected key 'color' in 'color=red'");
  EXPECT_EQ(refusal("dst"), "invalid field 'dst' must be a key=value pair");
  EXPECT_EQ(refusal("dst=/a,ro=maybe"), "invalid value for a switch: maybe");
}

class Mounts : public ::testing::Test {
 protected:
  std::string Refusal(const MountOptionTexts& texts) {
    ContainerConfig config;
    const Status status = AddMounts(texts, config);
    return status.has_value() ? "" : status.error().ToString();
  }
  std::string RefusalOf(const std::string& mount) {
    return Refusal({{}, {}, {ParseMount(mount).value()}, {}});
  }
};

TEST_F(Mounts, RefusalsOfWhatIsWished) {
  EXPECT_EQ(RefusalOf("type=bogus,dst=/x"),
            "invalid mount config for type \"bogus\": mount type unknown");
  EXPECT_EQ(RefusalOf("type=bind,src=/no/such/path,dst=/x"),
            "invalid mount config for type \"bind\": bind source path does not exist: "
            "/no/such/path");
  EXPECT_EQ(RefusalOf("type=bind,dst=/x"),
            "invalid mount config for type \"bind\": field Source must not be empty");
  EXPECT_EQ(RefusalOf("type=tmpfs,src=/a,dst=/x"),
            "invalid mount config for type \"tmpfs\": field Source must not be specified");
  EXPECT_EQ(RefusalOf("type=tmpfs,dst=x"),
            "invalid mount config for type \"tmpfs\": invalid mount path: 'x' mount path must be "
            "absolute");
  EXPECT_THAT(RefusalOf("src=a/b,dst=/x"), HasSubstr("includes invalid characters"));
  EXPECT_THAT(RefusalOf("src=v,dst=/"), HasSubstr("destination can't be '/'"));
  EXPECT_EQ(Refusal({{"/tmp:/x"}, {"/x/"}, {}, {}}), "Duplicate mount point: /x");
  EXPECT_EQ(Refusal({{"v:/x"}, {}, {ParseMount("dst=/x").value()}, {}}),
            "Duplicate mount point: /x");
}

TEST_F(Mounts, AVolumeOfTheImageYieldsToAFlag) {
  ContainerConfig config;
  const MountOptionTexts texts = {
      {"v:/data", "/more"}, {"/scratch"}, {}, {"/data/", "/scratch", "/log"}};
  ASSERT_TRUE(AddMounts(texts, config).has_value());
  ASSERT_THAT(config.binds, SizeIs(3));
  EXPECT_EQ(config.binds[0].volume, "v");
  EXPECT_EQ(config.binds[1].target, "/more");
  EXPECT_EQ(config.binds[2].target, "/log");
  EXPECT_TRUE(config.binds[2].anonymous);
  EXPECT_THAT(config.volumes, ElementsAre("/data/", "/scratch", "/log", "/more"));
}

}  // namespace
}  // namespace cowbell
