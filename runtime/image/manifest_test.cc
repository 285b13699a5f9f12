#include "runtime/image/manifest.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/base/sha256.h"
#include "runtime/image/config.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Digest(char c) { return "sha256:" + std::string(64, c); }

std::string DescriptorJson(char digest, const std::string& more = "") {
  return R"({"mediaType":"m","digest":")" + Digest(digest) + R"(","size":7)" + more + "}";
}

TEST(Manifest, ReadsAManifest) {
  const auto got =
      ParseManifest(R"({"schemaVersion":2,"config":)" + DescriptorJson('c') + R"(,"layers":[)" +
                    DescriptorJson('1') + "," + DescriptorJson('2') + "]}");
  ASSERT_TRUE(got.has_value()) << got.error().ToString();
  EXPECT_FALSE(got.value().is_index);
  EXPECT_EQ(got.value().config.digest, Digest('c'));
  ASSERT_EQ(got.value().layers.size(), 2u);
  EXPECT_EQ(got.value().layers[1].digest, Digest('2'));
  EXPECT_EQ(got.value().layers[1].size, 7u);
}

TEST(Manifest, RefusesWhatIsNone) {
  const std::string good_config = R"({"schemaVersion":2,"config":)" + DescriptorJson('c');
  const std::string rows[] = {
      "",
      "[]",
      "nonsense",
      "{}",
      R"({"schemaVersion":1})",
      R"({"schemaVersion":2})",
      R"({"schemaVersion":2,"config":null})",
      R"({"schemaVersion":2,"config":{"digest":"sha256:1","size":1}})",
      R"({"schemaVersion":2,"config":{"digest":")" + Digest('c') + R"("}})",
      R"({"schemaVersion":2,"config":{"digest":")" + Digest('c') + R"(","size":-1}})",
      good_config + R"(,"layers":{}})",
      good_config + R"(,"layers":["x"]})",
      good_config + R"(,"manifests":[]})",
  };
  for (const std::string& row : rows) {
    const auto got = ParseManifest(row);
    EXPECT_FALSE(got.has_value()) << row;
  }
}

struct PlatformRow {
  std::string wanted;
  char digest;  // '-': none
};

TEST(Manifest, PicksThePlatform) {
  const auto entry = [](char digest, const std::string& platform) {
    return DescriptorJson(digest, R"(,"platform":)" + platform);
  };
  const auto index = ParseManifest(
      R"({"schemaVersion":2,"manifests":[)" +
      entry('a', R"({"os":"linux","architecture":"arm64","variant":"v8"})") + "," +
      entry('b', R"({"os":"linux","architecture":"amd64"})") + "," +
      entry('c', R"({"os":"linux","architecture":"arm","variant":"v6"})") + "," +
      entry('d', R"({"os":"linux","architecture":"arm","variant":"v7"})") + "," +
      entry('e', R"({"os":"windows","architecture":"s390x"})") + "," + DescriptorJson('f') + "]}");
  ASSERT_TRUE(index.has_value()) << index.error().ToString();
  const PlatformRow rows[] = {{"linux/amd64", 'b'},  {"linux/arm64", 'a'}, {"arm64", 'a'},
                              {"linux/arm/v7", 'd'}, {"linux/arm", 'c'},   {"linux/s390x", '-'}};
  for (const PlatformRow& row : rows) {
    const auto got = PickPlatform(index.value().entries, ParsePlatform(row.wanted).value());
    if (row.digest == '-') {
      ASSERT_FALSE(got.has_value());
      EXPECT_EQ(got.error().ToString(),
                "no matching manifest for linux/s390x in the manifest list entries");
    } else {
      ASSERT_TRUE(got.has_value()) << row.wanted;
      EXPECT_EQ(got.value().digest, Digest(row.digest)) << row.wanted;
    }
  }
}

TEST(Platform, RefusesOddWords) {
  for (const char* text : {"", "a/b/c/d", "linux/", "Linux/AMD64", "a b"}) {
    EXPECT_FALSE(ParsePlatform(text).has_value()) << text;
  }
}

TEST(Config, NullIsEmptyAndWrongTypesAreErrors) {
  const auto got = ParseImageConfig(
      R"({"config":{"Cmd":null,"Env":["A=1"],"Volumes":{"/v":{}},"Labels":null},
          "rootfs":{"type":"layers","diff_ids":[")" +
      Digest('1') + R"("]},"history":[{"created_by":"x","empty_layer":true}],"os":"linux"})");
  ASSERT_TRUE(got.has_value()) << got.error().ToString();
  EXPECT_THAT(got.value().config.env, ElementsAre("A=1"));
  EXPECT_THAT(got.value().config.volumes, ElementsAre("/v"));
  EXPECT_TRUE(got.value().history[0].empty_layer);
  for (const char* bad : {"[]", R"({"config":[]})", R"({"config":{"Cmd":"x"}})",
                          R"({"rootfs":{"diff_ids":["x"]}})", R"({"history":{}})", "{"}) {
    const auto refused = ParseImageConfig(bad);
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_THAT(refused.error().ToString(), HasSubstr("image config: "));
  }
}

TEST(Config, WhatIsNotKnownSurvives) {
  auto file = ParseImageConfig(
      R"({"config":{"Healthcheck":{"Test":["NONE"]},"Cmd":["old"]},"author":"me","container":"x"})");
  ASSERT_TRUE(file.has_value());
  file.value().config.cmd = {"new"};
  const std::string text = EncodeImageConfig(file.value());
  EXPECT_THAT(text, HasSubstr("Healthcheck"));
  EXPECT_THAT(text, HasSubstr(R"("author":"me")"));
  EXPECT_THAT(text, HasSubstr(R"("Cmd":["new"])"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("container")));
  EXPECT_EQ(ParseImageConfig(text).value().config, file.value().config);
}

// OCI image-spec, config.md "Layer ChainID": the bottom one is its DiffID.
TEST(Config, ChainIds) {
  EXPECT_EQ(ChainId("", Digest('a')), std::string(64, 'a'));
  EXPECT_EQ(ChainId(std::string(64, 'a'), Digest('b')), Sha256Hex(Digest('a') + " " + Digest('b')));
}

}  // namespace
}  // namespace cowbell
