#include "runtime/image/reference.h"

#include "gtest/gtest.h"

namespace cowbell {
namespace {

const std::string kHex(64, 'a');

struct GoodRow {
  std::string text, familiar, canonical;
};

TEST(Reference, NormalizesNames) {
  const GoodRow rows[] = {
      {"alpine", "alpine:latest", "docker.io/library/alpine:latest"},
      {"alpine:3", "alpine:3", "docker.io/library/alpine:3"},
      {"library/alpine", "alpine:latest", "docker.io/library/alpine:latest"},
      {"docker.io/alpine", "alpine:latest", "docker.io/library/alpine:latest"},
      {"index.docker.io/a/b", "a/b:latest", "docker.io/a/b:latest"},
      {"library/a/b", "library/a/b:latest", "docker.io/library/a/b:latest"},
      {"127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b:1"},
      {"localhost/x", "localhost/x:latest", "localhost/x:latest"},
      {"[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"},
      {"REG.io/x", "REG.io/x:latest", "REG.io/x:latest"},
      {"a__b/c-d--e.f_g", "a__b/c-d--e.f_g:latest", "docker.io/a__b/c-d--e.f_g:latest"},
      {"x@sha256:" + kHex, "x@sha256:" + kHex, "docker.io/library/x@sha256:" + kHex},
      {"x:1@sha256:" + kHex, "x@sha256:" + kHex, "docker.io/library/x@sha256:" + kHex},
      {"x:" + std::string(128, 'T'), "x:" + std::string(128, 'T'),
       "docker.io/library/x:" + std::string(128, 'T')},
  };
  for (const GoodRow& row : rows) {
    const Result<Reference> got = ParseReference(row.text);
    ASSERT_TRUE(got.has_value()) << row.text << ": " << got.error().ToString();
    EXPECT_EQ(got.value().Familiar(), row.familiar) << row.text;
    EXPECT_EQ(got.value().Canonical(), row.canonical) << row.text;
    // The name under which the store knows it names the same image again.
    EXPECT_EQ(ParseReference(got.value().Familiar()).value().Familiar(), row.familiar);
  }
}

TEST(Reference, RefusesInDockersWords) {
  const std::string format = "invalid reference format";
  const std::pair<std::string, std::string> rows[] = {
      {"", format},
      {"a b", format},
      {"../x", format},
      {"/x", format},
      {"x/", format},
      {"a//b", format},
      {"-x", format},
      {"a___b", format},
      {"a._b", format},
      {"r:bad:tag", format},
      {"x:", format},
      {"x:.t", format},
      {"x:" + std::string(129, 't'), format},
      {"r@sha256:11", format},
      {"x@" + kHex, format},
      {"x@md5:" + kHex, "unsupported digest algorithm"},
      {"x@sha256:" + kHex + "a", "invalid checksum digest length"},
      {"x@sha256:" + std::string(64, 'A'), "invalid checksum digest format"},
      {"UPPER/x", format + ": repository name (UPPER/x) must be lowercase"},
      {"Bad/Name:tag", format + ": repository name (Name) must be lowercase"},
      {"reg.io/Name", format + ": repository name (Name) must be lowercase"},
      {kHex, "invalid repository name (" + kHex + "), cannot specify 64-byte hexadecimal strings"},
      {"a/" + std::string(250, 'x'), "repository name must not be more than 255 characters"},
  };
  for (const auto& [text, message] : rows) {
    const Result<Reference> got = ParseReference(text);
    ASSERT_FALSE(got.has_value()) << text;
    EXPECT_EQ(got.error().ToString(), message) << text;
  }
}

TEST(Digest, IsLowerCaseAndWhole) {
  EXPECT_EQ(DigestHex("sha256:" + kHex, "layer").value(), kHex);
  for (const std::string& bad : {kHex, "sha256:" + kHex.substr(1), "sha512:" + kHex,
                                 "sha256:" + std::string(64, 'A'), std::string()}) {
    const Result<std::string> got = DigestHex(bad, "layer");
    ASSERT_FALSE(got.has_value()) << bad;
    EXPECT_EQ(got.error().ToString(), "layer: '" + bad + "' is no sha256 digest");
  }
}

}  // namespace
}  // namespace cowbell
