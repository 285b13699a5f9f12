#include "runtime/sandbox/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <iterator>

#include "runtime/base/text.h"

namespace cowbell {
namespace {

// In the order of their numbers (linux/capability.h).
constexpr const char* kNames[] = {"CHOWN",
                                  "DAC_OVERRIDE",
                                  "DAC_READ_SEARCH",
                                  "FOWNER",
                                  "FSETID",
                                  "KILL",
                                  "SETGID",
                                  "SETUID",
                                  "SETPCAP",
                                  "LINUX_IMMUTABLE",
                                  "NET_BIND_SERVICE",
                                  "NET_BROADCAST",
                                  "NET_ADMIN",
                                  "NET_RAW",
                                  "IPC_LOCK",
                                  "IPC_OWNER",
                                  "SYS_MODULE",
                                  "SYS_RAWIO",
                                  "SYS_CHROOT",
                                  "SYS_PTRACE",
                                  "SYS_PACCT",
                                  "SYS_ADMIN",
                                  "SYS_BOOT",
                                  "SYS_NICE",
                                  "SYS_RESOURCE",
                                  "SYS_TIME",
                                  "SYS_TTY_CONFIG",
                                  "MKNOD",
                                  "LEASE",
                                  "AUDIT_WRITE",
                                  "AUDIT_CONTROL",
                                  "SETFCAP",
                                  "MAC_OVERRIDE",
                                  "MAC_ADMIN",
                                  "SYSLOG",
                                  "WAKE_ALARM",
                                  "BLOCK_SUSPEND",
                                  "AUDIT_READ",
                                  "PERFMON",
                                  "BPF",
                                  "CHECKPOINT_RESTORE"};
constexpr int kCount = static_cast<int>(std::size(kNames));

constexpr uint64_t Bit(int number) { return uint64_t{1} << number; }

std::string Normalized(const std::string& name) {
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (upper != "ALL" && upper.rfind("CAP_", 0) != 0) upper.insert(0, "CAP_");
  return upper;
}

// The union of the named capabilities, ALL left out (`*has_all` says whether it was there).
Result<uint64_t> MaskOf(const std::vector<std::string>& names, const char* flag, bool* has_all) {
  uint64_t mask = 0;
  *has_all = false;
  for (const std::string& name : names) {
    const std::string normal = Normalized(name);
    if (normal == "ALL") {
      *has_all = true;
      continue;
    }
    const int number = CapabilityNumber(normal);
    if (number < 0) {
      return Error::FromMessage("invalid " + std::string(flag) + ": unknown capability: \"" +
                                Sanitize(normal) + "\"");
    }
    mask |= Bit(number);
  }
  return mask;
}

}  // namespace

int CapabilityNumber(const std::string& name) {
  for (int i = 0; i < kCount; ++i) {
    if (name == CapabilityName(i)) return i;
  }
  return -1;
}

std::string CapabilityName(int number) { return std::string("CAP_") + kNames[number]; }

Result<uint64_t> HeldCapabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) return Error::FromErrno(errno, "capget");
  return uint64_t{data[1].permitted} << 32 | data[0].permitted;
}

Result<uint64_t> ResolveCapabilities(const std::vector<std::string>& add,
                                     const std::vector<std::string>& drop, bool privileged,
                                     uint64_t all) {
  bool add_all = false;
  bool drop_all = false;
  const uint64_t added = TRY(MaskOf(add, "CapAdd", &add_all));
  const uint64_t dropped = TRY(MaskOf(drop, "CapDrop", &drop_all));
  if (privileged) return all;
  uint64_t mask = kDefaultCapabilities;
  if (drop_all) mask = 0;
  if (add_all) mask = all;
  return (mask | added) & ~dropped;
}

Status LimitBoundingSet(uint64_t keep) {
  // The kernel may know more capabilities than the table: numbers end where it says EINVAL.
  for (int number = 0; number < 64; ++number) {
    const int set = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
    if (set < 0) break;
    if (set == 0 || (keep & Bit(number)) != 0) continue;
    if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) {
      return Error::FromErrno(errno, "drop capability " + std::to_string(number));
    }
  }
  return Ok();
}

Status SetCapabilities(uint64_t mask) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const auto low = static_cast<uint32_t>(mask);
  const auto high = static_cast<uint32_t>(mask >> 32);
  const __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
  if (syscall(SYS_capset, &header, data) != 0) {
    return Error::FromErrno(
        errno, "capset " + std::to_string(mask) + " (does calf itself hold all of it?)");
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return Error::FromErrno(errno, "clear the ambient capabilities");
  }
  return Ok();
}

}  // namespace cowbell
