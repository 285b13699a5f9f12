// When two objects of two trees are the same.

#ifndef COWBELL_RUNTIME_ROOTFS_DIFF_COMPARE_H_
#define COWBELL_RUNTIME_ROOTFS_DIFF_COMPARE_H_

#include <sys/stat.h>

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/rootfs/entry.h"

namespace cowbell {

bool SameTime(const struct stat& a, const struct stat& b);

// Type, mode, owner, device number, and of other things than directories size and mtime.
bool SameMetadata(const struct stat& a, const struct stat& b);

// REQUIRES: regular files.
Result<bool> SameContent(const Entry& a, const Entry& b);

// Metadata, attributes, and what a file or link holds.
Result<bool> SameObject(const Entry& a, const Entry& b);

// A new object that the engine made to mount something on: an empty file, or a directory with
// nothing in it but such things. `managed`: the paths of what it makes.
bool IsPlaceholder(const Entry& entry, const std::string& path,
                   const std::vector<std::string>& managed);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_DIFF_COMPARE_H_
