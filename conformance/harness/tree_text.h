// The answer of the probe's operation `tree` as a Tree.

#ifndef COWBELL_CONFORMANCE_HARNESS_TREE_TEXT_H_
#define COWBELL_CONFORMANCE_HARNESS_TREE_TEXT_H_

#include <string_view>

#include "fixtures/image/tree.h"
#include "runtime/base/result.h"

namespace cowbell::conformance {

// One line per entry:
//   PATH TYPE mode=0644 uid=0 gid=0 mtime=1.000000002 [size= sha256=] [link=] [dev=1:3] [group=]
//   [x:NAME=VALUE]…
// with PATH, targets, groups, attribute names and values escaped as tokens of the probe's protocol;
// "PATH ?" is a name that is listed and cannot be stat'ed. Errors: anything else, with the line.
Result<Tree> DecodeTree(std::string_view text);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_TREE_TEXT_H_
