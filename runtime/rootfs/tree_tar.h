// Files and trees as entries of a tar archive: everything an archive can say about them.

#ifndef COWBELL_RUNTIME_ROOTFS_TREE_TAR_H_
#define COWBELL_RUNTIME_ROOTFS_TREE_TAR_H_

#include <sys/stat.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/image/tar_writer.h"
#include "runtime/rootfs/entry.h"

namespace cowbell {

// Writes objects of one tree into one archive. Kept: type, mode with setuid, setgid and sticky,
// owner, mtime in nanoseconds, the text of links, hard links within the archive, FIFOs and devices,
// extended attributes but those of a union file system or of a security policy. Holes are read as
// zeros without reading them from the disk; the archive itself holds every byte, since OCI
// (image-spec v1.1, layer.md) advises against sparse entries. Not thread-safe.
class TreeTar {
 public:
  explicit TreeTar(TarWriter& out) : out_(out) {}

  // Everything below the directory `root_fd`, sorted bytewise, every directory before what it
  // holds; the directory itself as "./" when it is not one of 0755 and root's. Nothing else may be
  // mounted below it. The tree may change meanwhile: what vanishes is left out.
  Status AddTree(int root_fd);

  // One object under a name without a leading '/'. A directory comes without what it holds; a
  // socket is left out; a further name of a file that the archive has becomes a link to it.
  Status AddEntry(const Entry& entry, const std::string& path);

  // Files that became shorter while they were read; their content ends with zeros.
  const std::vector<std::string>& changed() const { return changed_; }

 private:
  Status AddChildren(int dir_fd, const std::string& parent);
  Status AddContent(const Entry& entry, const std::string& path);
  Result<bool> CopyData(int fd, uint64_t at, uint64_t end);
  Status AddZeros(uint64_t count);

  TarWriter& out_;
  std::string buffer_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;
  std::vector<std::string> changed_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_TREE_TAR_H_
