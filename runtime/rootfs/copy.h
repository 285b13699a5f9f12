// Copies files and trees between directories held by descriptors, one of which usually belongs to a
// container whose processes may exchange anything at any time.
//
// Nothing is looked up by a path of more than one component, no symbolic link is followed, nothing
// but regular files and directories is ever opened, and what is read or changed is the object that
// was looked at (entry.h). So whatever a container does meanwhile, only files below the two given
// directories are touched.

#ifndef COWBELL_RUNTIME_ROOTFS_COPY_H_
#define COWBELL_RUNTIME_ROOTFS_COPY_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/rootfs/copy_data.h"
#include "runtime/rootfs/entry.h"

namespace cowbell {

using FileId = std::pair<dev_t, ino_t>;

struct CopyOptions {
  bool keep_owner = false;  // the source's numbers, else `uid` and `gid`
  // All that ArchivedXattrs names, else user.* and security.capability.
  bool keep_all_attributes = false;
  uid_t uid = 0;
  gid_t gid = 0;
  // How the target directory is called in messages: "/srv".
  std::string shown_target;
  // Directories that are not entered: where the copy itself lands.
  std::vector<FileId> refused;
  // Says of what a copied directory holds whether to leave it out, by the path below the source.
  std::function<bool(const std::string& path)> left_out;
};

// One copy. Kept: type, mode with setuid, setgid and sticky, mtime in nanoseconds, the text of
// links, hard links within the copy, FIFOs and devices, user.* and security.capability, holes.
// Sockets are left out and listed. Directories are merged with existing ones; other entries are
// replaced in one step (rename(2)); an entry never replaces a directory, nor a directory an entry,
// nor anything a device or what something is mounted on: errors in Docker's words, without errno.
// A file that could not be completed is removed again. Not thread-safe; use once.
class TreeCopier {
 public:
  explicit TreeCopier(CopyOptions options);

  // `source` becomes `name` in the directory `target_dir`.
  Status CopyAs(const Entry& source, int target_dir, const std::string& name);
  // What the directory `source` holds is merged into `target_dir`, whose own attributes stay.
  Status CopyContents(const Entry& source, int target_dir);

  // Sockets, by their path relative to the source.
  const std::vector<std::string>& skipped() const { return skipped_; }
  // Apparent sizes of the regular files copied.
  uint64_t bytes() const { return bytes_; }

 private:
  // Where an entry is being made: under its own name, or beside an older one that it replaces.
  struct Making {
    int dir = -1;
    std::string name;
    std::string temporary;  // empty: under its own name
    const std::string& made() const { return temporary.empty() ? name : temporary; }
  };
  struct Linked {
    std::string path;  // relative to the anchor
    FileId id;
  };

  Status CopyEntry(const Entry& source, int dir, const std::string& name, const std::string& path,
                   int depth);
  Status CopyDir(const Entry& source, int dir, const std::string& name, const std::string& path,
                 int depth);
  Status CopyChildren(int source_dir, int target_dir, const std::string& path, int depth);
  Status CopyFile(const Entry& source, Making making, const std::string& path);
  Status CopyRegular(const Entry& source, Making* making);
  Status CopySpecial(const Entry& source, Making* making);
  Result<bool> LinkAgain(const Entry& source, Making* making);
  Status Remember(const Entry& source, const Making& making, const std::string& path);
  Status CheckReplaceable(const Entry& source, const Making& making, const std::string& path) const;
  Status SetAttributes(const Entry& source, int source_fd, int target_fd) const;
  bool IsRefused(const Entry& entry) const;
  std::string Shown(const std::string& path) const;

  const CopyOptions options_;
  std::vector<FileId> refused_;
  DataCopier data_;
  UniqueFd anchor_;  // the target directory
  std::map<FileId, Linked> links_;
  std::vector<std::string> skipped_;
  uint64_t bytes_ = 0;
};

// File systems that show the kernel or the host (procfs, sysfs, cgroups, …), not a container's
// files. They are never copied from or to; in a tree their mount points become empty directories.
Result<bool> OnKernelFileSystem(int fd);

// Something is mounted on this very object (statx(2), STATX_ATTR_MOUNT_ROOT).
Result<bool> IsMountPoint(int fd);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_COPY_H_
