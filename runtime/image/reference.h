// Names of images, in the grammar of https://github.com/distribution/reference and with its error
// texts: "alpine", "127.0.0.1:5000/a/b:1", "x@sha256:…".

#ifndef COWBELL_RUNTIME_IMAGE_REFERENCE_H_
#define COWBELL_RUNTIME_IMAGE_REFERENCE_H_

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace cowbell {

// A parsed name. A value; ParseReference makes it.
struct Reference {
  std::string domain;  // "docker.io", "127.0.0.1:5000"
  std::string path;    // "library/alpine"
  std::string tag;     // empty: none was given
  std::string digest;  // "sha256:HEX"; empty: none was given

  // As people write it: "alpine", "127.0.0.1:5000/a/b"; without tag and digest.
  std::string FamiliarName() const;
  // With the digest if there is one, else with the tag, else with ":latest": the name under which
  // a store knows it.
  std::string Familiar() const;
  // "docker.io/library/alpine:latest", by the same rule.
  std::string Canonical() const;
  // What a registry is asked for: the digest, the tag or "latest".
  std::string TagOrDigest() const;
};

// Errors: "invalid reference format" and its kin.
Result<Reference> ParseReference(std::string_view text);

// A tag that an image is to get: "alpine" is "alpine:latest". Errors: as ParseReference; "refusing
// to create a tag with a digest reference".
Result<std::string> ParseNewTag(std::string_view text);

// 64 lower-case hex digits.
bool IsSha256Hex(std::string_view text);
// "sha256:" and 64 lower-case hex digits.
bool IsSha256Digest(std::string_view text);
// "sha256:HEX" -> HEX. Errors: anything else; `what` names whose digest it is.
Result<std::string> DigestHex(std::string_view digest, std::string_view what);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_IMAGE_REFERENCE_H_
