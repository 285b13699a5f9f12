// The names of images, taken apart for lists and for rmi.

#ifndef COWBELL_RUNTIME_CLI_IMAGES_REF_H_
#define COWBELL_RUNTIME_CLI_IMAGES_REF_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/store/images.h"
#include "runtime/store/layout.h"

namespace cowbell {

// "localhost/x:1" -> {"localhost/x", "1", ""}; "x@sha256:…" -> {"x", "", "sha256:…"}.
struct ImageName {
  std::string repository;
  std::string tag;
  std::string digest;
};
ImageName TakeRefApart(const std::string& ref);

// All names of one image, sorted.
struct ImageNames {
  std::vector<std::string> tags;     // "x:1"
  std::vector<std::string> digests;  // "x@sha256:…"
};
Result<ImageNames> NamesOf(const Store& store, const std::string& id);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_IMAGES_REF_H_
