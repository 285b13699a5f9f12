// The tree that a layer is written into: names are resolved inside it, as if its top were `/`, and
// it remembers what the layer itself has made. Whiteouts act on the layers below alone, wherever
// they stand in the stream (OCI image-spec, layer.md "Whiteouts"), so the two must be told apart.

#ifndef COWBELL_RUNTIME_ROOTFS_UNPACK_TREE_H_
#define COWBELL_RUNTIME_ROOTFS_UNPACK_TREE_H_

#include <time.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {

// A resource; not thread-safe. Nobody else changes the tree meanwhile.
class UnpackTree {
 public:
  // How a path of this tree came to be touched by the layer.
  enum class Made {
    kImplied,   // only as the parent of something else
    kExplicit,  // by an entry of its own
  };
  // A directory of the tree. The descriptor is borrowed until the next call that opens one.
  struct Directory {
    std::string path;  // without links: "" is the top, else "a/b"
    int fd;
  };
  enum class Missing { kCreate, kReport };

  // `root` is open for reading. `has_lower`: the tree shows layers below.
  UnpackTree(UniqueFd root, bool has_lower) : root_(std::move(root)), has_lower_(has_lower) {}

  int root() const { return root_.get(); }
  bool has_lower() const { return has_lower_; }

  // Resolves a directory; links are followed inside the tree.
  // kCreate: missing parts are made 0755 0:0 with `time` as their mtime, and a non-directory in the
  // way makes room. kReport: null when there is none.
  Result<std::optional<Directory>> OpenDirectory(const std::vector<std::string>& parts,
                                                 Missing missing, const timespec& time);
  // As kReport, for whiteouts: a link that this layer has made leads nowhere, because what was
  // below its name is gone already.
  Result<std::optional<Directory>> OpenLowerDirectory(const std::vector<std::string>& parts);

  // Says that the layer has an entry at `path`; its parents are implied.
  void Mark(const std::string& path, Made made);
  std::optional<Made> MadeAt(const std::string& path) const;

  // Notes the mtime of a directory before its first change, to be put back at the end.
  Status KeepTime(const Directory& directory);
  // The mtime that a directory has at the end, as its own entry says.
  void SetTime(const std::string& path, const timespec& time) { times_[path] = time; }
  // Puts the mtimes of directories; call when everything is written.
  Status RestoreTimes();

  // Removes what is at `name`, with everything below. Missing is success.
  Status Remove(const Directory& parent, const std::string& name);
  // Removes every child, at any depth, that this layer has not made.
  Status PurgeLower(const std::string& path);

 private:
  Result<std::optional<Directory>> Walk(const std::vector<std::string>& parts, Missing missing,
                                        const timespec& time, bool avoid_own_links);
  struct WalkState;
  // One component; false when there is nothing and it may not be made.
  Result<bool> Step(WalkState& walk, const std::string& name);
  // What a walk found in place of a directory.
  enum class Other { kInTheWay, kRemoved, kLink };
  Result<Other> StepOverOther(WalkState& walk, const std::string& name);
  Result<UniqueFd> OpenPath(const std::string& path, int flags) const;
  void Forget(const std::string& path);

  UniqueFd root_;
  bool has_lower_;
  std::unordered_map<std::string, Made> made_;
  std::unordered_map<std::string, timespec> times_;
  // The directory opened last: neighbours in an archive share it.
  std::string cached_parts_;
  Directory cached_{"", -1};
  UniqueFd cached_fd_;
};

// Sets the mtime of `name`, a link itself included. A time that the file system cannot keep becomes
// 0 and never some other one.
Status SetModificationTime(int dir_fd, const std::string& name, const timespec& time);

// Removes the ACLs that a new object got from a default ACL of the directory above: that one is for
// what processes make. `path` is no link.
Status RemoveInheritedAcls(const std::string& path, bool is_directory);

// "a/b" and "c" -> "a/b/c"; "" and "c" -> "c".
std::string JoinPath(const std::string& parent, const std::string& name);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_UNPACK_TREE_H_
