// A small file system of one check's own, for rows that fill a disk or read its free space.

#ifndef COWBELL_CONFORMANCE_HARNESS_SMALL_DISK_H_
#define COWBELL_CONFORMANCE_HARNESS_SMALL_DISK_H_

#include <cstdint>
#include <string>

#include "runtime/base/result.h"

namespace cowbell::conformance {

// An ext4 in a sparse file, mounted through a loop device that goes with the mount. A resource.
class SmallDisk {
 public:
  // Makes `directory`, with the file and the mount point in it. Errors: ENOENT without mkfs.ext4;
  // no right to mount; no loop device.
  static Result<SmallDisk> Make(const std::string& directory, uint64_t bytes);
  SmallDisk(SmallDisk&& other) noexcept;
  SmallDisk& operator=(SmallDisk&&) = delete;
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  // Unmounts, also what lies mounted below, and removes the directory.
  ~SmallDisk();

  // The root of the file system.
  std::string path() const { return directory_ + "/mnt"; }

 private:
  explicit SmallDisk(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;  // empty: moved from
};

class Scene;

// The root of the small disk that the subject's store lies on (label "small-disk"). Ends the case
// where there is none: as na if the engine cannot be given a store of its own, else as blocked.
std::string SmallDiskOf(Scene& scene);

// Bytes that root may still write on the file system of `path`, after everything pending is done.
Result<uint64_t> FreeBytes(const std::string& path);

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_HARNESS_SMALL_DISK_H_
