// The top of a layer's directory shows through the union as `/`: overlayfs takes the attributes of
// the root from the uppermost directory alone, whether its layer says something about the root or
// not.

#ifndef COWBELL_RUNTIME_ROOTFS_LAYER_TOP_H_
#define COWBELL_RUNTIME_ROOTFS_LAYER_TOP_H_

#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

// Gives the directory `to` the mode, owner, extended attributes (but those of overlayfs itself) and
// mtime of the directory `from`. `to` has no attributes of its own yet.
// REQUIRES: root's privilege.
Status CopyLayerTop(const std::string& from, const std::string& to);

// Names of the extended attributes of `path`, not following a link; none where the file system has
// none.
Result<std::vector<std::string>> XattrNames(const std::string& path);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_LAYER_TOP_H_
