#include "conformance/harness/small_disk.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "conformance/harness/leftovers.h"
#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/text.h"
#include "runtime/base/unique_fd.h"

namespace cowbell::conformance {
namespace {

struct LoopDevice {
  UniqueFd fd;  // keeps the device until it is mounted
  std::string path;
};

// Others look for a free device at the same time.
Result<LoopDevice> AttachLoop(const std::string& file) {
  const UniqueFd backing = TRY(Open(file, O_RDWR));
  const UniqueFd control = TRY(Open("/dev/loop-control", O_RDWR));
  loop_config config = {};
  config.fd = static_cast<__u32>(backing.get());
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  snprintf(reinterpret_cast<char*>(config.info.lo_file_name), LO_NAME_SIZE, "%s", file.c_str());
  while (true) {
    const int number = ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return Error::FromErrno(errno, "find a free loop device");
    LoopDevice loop;
    loop.path = "/dev/loop" + std::to_string(number);
    loop.fd = TRY(Open(loop.path, O_RDWR));
    if (ioctl(loop.fd.get(), LOOP_CONFIGURE, &config) == 0) return loop;
    if (errno != EBUSY) return Error::FromErrno(errno, "attach '" + file + "' to " + loop.path);
  }
}

// Without a journal: what is freed is free at once.
Status MakeFileSystem(const std::string& file) {
  const CommandResult made =
      TRY(RunCommand({"mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", file}));
  if (made.status.ok()) return Ok();
  return Error::FromMessage("mkfs.ext4: " + made.status.ToString() + ": " +
                            std::string(Trim(made.err)));
}

}  // namespace

Result<SmallDisk> SmallDisk::Make(const std::string& directory, uint64_t bytes) {
  SmallDisk disk(directory);
  TRY(MakeDirs(disk.path()));
  const std::string file = directory + "/image";
  TRY(WriteFile(file, ""));
  if (truncate(file.c_str(), static_cast<off_t>(bytes)) != 0) {
    return Error::FromErrno(errno, "truncate '" + file + "'");
  }
  TRY(MakeFileSystem(file));
  const LoopDevice loop = TRY(AttachLoop(file));
  if (mount(loop.path.c_str(), disk.path().c_str(), "ext4", 0, nullptr) != 0) {
    return Error::FromErrno(errno, "mount " + loop.path + " on '" + disk.path() + "'");
  }
  return disk;
}

SmallDisk::SmallDisk(SmallDisk&& other) noexcept
    : directory_(std::exchange(other.directory_, {})) {}

SmallDisk::~SmallDisk() {
  if (directory_.empty()) return;
  UnmountBelow(directory_);
  (void)RemoveTree(directory_).has_value();
}

Result<uint64_t> FreeBytes(const std::string& path) {
  const UniqueFd fd = TRY(Open(path, O_RDONLY | O_DIRECTORY));
  struct statvfs status {};
  if (syncfs(fd.get()) != 0 || fstatvfs(fd.get(), &status) != 0) {
    return Error::FromErrno(errno, "free space of '" + path + "'");
  }
  return uint64_t{status.f_bfree} * status.f_frsize;
}

}  // namespace cowbell::conformance
