// Whole copies of layer trees.

#ifndef COWBELL_RUNTIME_ROOTFS_COPY_TREE_H_
#define COWBELL_RUNTIME_ROOTFS_COPY_TREE_H_

#include <string>

#include "runtime/base/result.h"

namespace cowbell {

// Makes the empty directory `to` a copy of the directory `from` with everything below it. Blocks
// are shared where the file system can.
Status CopyTree(const std::string& from, const std::string& to);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_COPY_TREE_H_
