#include "conformance/harness/volume.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

std::string Ballast(const std::string& directory) { return directory + "/ballast"; }

}  // namespace

std::string SubjectDir(const std::string& work_dir) { return work_dir + "/subject"; }

Status MountVolume(const std::string& directory) {
  TRY(MakeDirs(directory, 0755));
  if (mount("tmpfs", directory.c_str(), "tmpfs", 0, "mode=755,size=128m") != 0) {
    return Error::FromErrno(errno, "mount a volume on '" + directory + "'");
  }
  return Ok();
}

Status FillVolume(const std::string& directory, uint64_t bytes) {
  EmptyVolume(directory);
  struct statvfs volume = {};
  if (statvfs(directory.c_str(), &volume) != 0) return Error::FromErrno(errno, "statvfs");
  const uint64_t pages = volume.f_bfree;
  const uint64_t kept = bytes / volume.f_frsize;
  if (pages < kept) return Error::FromErrno(ENOSPC, "leave " + std::to_string(bytes) + " bytes");
  const UniqueFd fd = TRY(Open(Ballast(directory), O_WRONLY | O_CREAT | O_EXCL, 0600));
  const uint64_t size = (pages - kept) * volume.f_frsize;
  if (size > 0 && fallocate(fd.get(), 0, 0, static_cast<off_t>(size)) != 0) {
    return Error::FromErrno(errno, "fill the volume '" + directory + "'");
  }
  return Ok();
}

void EmptyVolume(const std::string& directory) { unlink(Ballast(directory).c_str()); }

}  // namespace cowbell::conformance
