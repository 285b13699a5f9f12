#include "runtime/store/volumes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Volumes : public ::testing::Test {
 protected:
  void Make(const std::string& name) {
    ASSERT_TRUE(MakeVolume(store_, {name, "2026-11-23T15:59:24Z", {{"k", name}}, false}));
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const std::vector<VolumeRecord> volumes = ListVolumes(store_).value();
    for (const VolumeRecord& volume : volumes)
      names.push_back(volume.name);
    return names;
  }
  std::string Remove(const std::string& name) {
    const Status removed = RemoveVolume(store_, name, FindVolumeUsers(store_).value());
    return removed.has_value() ? "" : removed.error().message();
  }
  ContainerConfig Container(const std::vector<std::string>& volumes) {
    ContainerConfig config;
    config.id = std::string(64, 'a');
    config.name = "c";
    for (const std::string& name : volumes) {
      BindMount mount;
      mount.volume = name;
      mount.target = "/" + name;
      mount.anonymous = name == "anon";
      config.binds.push_back(mount);
    }
    EXPECT_TRUE(AddContainer(store_, config).has_value());
    return config;
  }

  TempDir dir_ = TempDir::Create(::testing::TempDir(), "volumes-").value();
  Store store_ = Store::Open(dir_.path() + "/root").value();
};

TEST_F(Volumes, AreMadeOnceAndKeepTheirContent) {
  EXPECT_THAT(Names(), IsEmpty());
  Make("b");
  Make("a");
  ASSERT_TRUE(WriteFile(VolumeData(store_, "a") + "/f", "x").has_value());
  Make("a");
  EXPECT_THAT(Names(), ElementsAre("a", "b"));
  EXPECT_EQ(ReadFile(VolumeData(store_, "a") + "/f").value(), "x");
  EXPECT_EQ(FindVolume(store_, "a").value().labels.at("k"), "a");
  EXPECT_THAT(ListDir(store_.TmpDir()).value(), IsEmpty());
}

TEST_F(Volumes, NamesCannotLeaveTheStore) {
  for (const char* name : {"", "..", ".x", "a/b", "../x", "-x", "x y"}) {
    EXPECT_FALSE(CheckVolumeName(name).has_value()) << name;
    EXPECT_EQ(FindVolume(store_, name).error().message(),
              "get " + std::string(name) + ": no such volume");
    EXPECT_NE(Remove(name), "");
  }
}

TEST_F(Volumes, AUsedOneIsNotRemoved) {
  Make("a");
  const ContainerConfig config = Container({"a"});
  EXPECT_EQ(Remove("a"), "remove a: volume is in use - [" + config.id + "]");
  EXPECT_THAT(Names(), ElementsAre("a"));
  ASSERT_TRUE(RemoveContainer(store_, config).has_value());
  EXPECT_EQ(Remove("a"), "");
  EXPECT_EQ(Remove("a"), "get a: no such volume");
  EXPECT_FALSE(Exists(VolumeDir(store_, "a")));
}

TEST_F(Volumes, NothingIsRemovedWhileNobodyKnowsWhatIsUsed) {
  Make("a");
  const ContainerConfig config = Container({});
  ASSERT_TRUE(WriteFile(store_.ContainerDir(config.id) + "/container.json", "{").has_value());
  EXPECT_FALSE(FindVolumeUsers(store_).has_value());
  RemoveAnonymousVolumes(store_, config);
  EXPECT_THAT(Names(), ElementsAre("a"));
}

TEST_F(Volumes, AnonymousOnesGoWithTheirContainer) {
  Make("anon");
  Make("named");
  const ContainerConfig config = Container({"anon", "named"});
  RemoveAnonymousVolumes(store_, config);  // still used
  EXPECT_THAT(Names(), ElementsAre("anon", "named"));
  ASSERT_TRUE(RemoveContainer(store_, config).has_value());
  RemoveAnonymousVolumes(store_, config);
  EXPECT_THAT(Names(), ElementsAre("named"));
}

}  // namespace
}  // namespace cowbell
