#include "runtime/rootfs/mount_program.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "runtime/base/file.h"
#include "runtime/base/process.h"
#include "runtime/base/text.h"
#include "runtime/rootfs/child_mount.h"

namespace cowbell {
namespace {

constexpr std::chrono::seconds kLimit{30};
constexpr uint64_t kMaxMessage = 4096;

Result<std::string> OptionsOf(const OverlaySpec& spec) {
  std::string out = "lowerdir=" + Join(spec.lower_dirs, ":");
  std::string paths = Join(spec.lower_dirs, "");
  if (!spec.upper_dir.empty()) {
    out += ",upperdir=" + spec.upper_dir + ",workdir=" + spec.work_dir;
    paths += spec.upper_dir + spec.work_dir;
  }
  if (paths.find_first_of(",:\\") == std::string::npos) return out;
  return Error::FromMessage(
      "a path of the store holds a comma, colon or backslash, which a mount program cannot be "
      "given; use another --root");
}

Status RunProgram(const std::string& program, const std::string& options,
                  const std::string& target) {
  const UniqueFd messages(memfd_create("messages", MFD_CLOEXEC));
  if (!messages.valid()) return Error::FromErrno(errno, "memfd_create");
  SpawnOptions spawn;
  spawn.argv = {program, "-o", options, target};
  spawn.cwd = "/";
  spawn.stderr_fd = messages.get();
  ChildProcess child = TRY(ChildProcess::Spawn(spawn).Within("start '" + program + "'"));
  const ExitStatus status = TRY(child.Wait(kLimit).Within("wait for '" + program + "'"));
  if (status.ok()) return Ok();
  if (lseek(messages.get(), 0, SEEK_SET) < 0) return Error::FromErrno(errno, "lseek");
  const Result<std::string> text = ReadAll(messages.get(), kMaxMessage);
  return Error::FromMessage("'" + program + "': " + status.ToString() + ": " +
                            (text.has_value() ? Sanitize(Trim(text.value()), 500) : ""));
}

}  // namespace

Result<UniqueFd> MountByProgram(const std::string& program, const OverlaySpec& spec,
                                const std::string& target) {
  const std::string options = TRY(OptionsOf(spec));
  return MountFromChild(target, [&] { return RunProgram(program, options, target); })
      .Within("mount the layers");
}

}  // namespace cowbell
