// What a tree changes against another one, by looking at every object of both: for RW layers that
// keep no record of what was changed.

#ifndef COWBELL_RUNTIME_ROOTFS_DIFF_TREES_H_
#define COWBELL_RUNTIME_ROOTFS_DIFF_TREES_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/rootfs/diff.h"

namespace cowbell {

struct TreeDiffSpec {
  int now_fd = -1;                   // the container's root
  int before_fd = -1;                // the image's root; -1: nothing
  std::vector<std::string> managed;  // as in DiffSpec
  bool for_layer = false;            // as in DiffSpec
};

// Rules and order are those of DiffLayers. Files whose metadata are equal are compared byte by
// byte, so it takes as long as reading the image.
Result<std::vector<Change>> DiffTrees(const TreeDiffSpec& spec);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_DIFF_TREES_H_
