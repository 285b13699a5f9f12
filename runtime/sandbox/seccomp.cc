#include "runtime/sandbox/seccomp.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "runtime/sandbox/capabilities.h"
#include "runtime/sandbox/seccomp_policy.h"

namespace cowbell {
namespace {
constexpr sock_filter kDefaultFilter[] = {
#include "runtime/sandbox/default_filter.inc"
};
}  // namespace

Result<SeccompProgram> SeccompFilterFor(uint64_t capabilities) {
  if (capabilities == kDefaultCapabilities) {
    return SeccompProgram(std::begin(kDefaultFilter), std::end(kDefaultFilter));
  }
  return BuildSeccompFilter(capabilities);
}

Status LoadSeccompFilter(const SeccompProgram& program) {
  sock_fprog filter = {};
  filter.len = static_cast<unsigned short>(program.size());
  filter.filter = const_cast<sock_filter*>(program.data());
  // Speculation stays allowed, as in runc: the mitigation costs every program in a container.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) != 0) {
    return Error::FromErrno(errno, "load the system call filter (seccomp)");
  }
  return Ok();
}

}  // namespace cowbell
