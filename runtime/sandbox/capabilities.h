// Capability sets of a container (capabilities(7)). A set is a mask, bit n = capability n.

#ifndef COWBELL_RUNTIME_SANDBOX_CAPABILITIES_H_
#define COWBELL_RUNTIME_SANDBOX_CAPABILITIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace cowbell {

// Docker's default: CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP
// NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE.
inline constexpr uint64_t kDefaultCapabilities = 0xa80425fb;

// Every capability this process holds: what "all" can mean here.
Result<uint64_t> HeldCapabilities();

// Docker's rules: names with or without CAP_, any case; ALL in `drop` empties, ALL in `add` fills
// with `all`, then the single names count, drops last. Errors: `invalid CapAdd: unknown capability:
// "CAP_X"`.
Result<uint64_t> ResolveCapabilities(const std::vector<std::string>& add,
                                     const std::vector<std::string>& drop, bool privileged,
                                     uint64_t all);

// Number of "CAP_SYS_ADMIN"; -1 if there is none of this name.
int CapabilityNumber(const std::string& name);
std::string CapabilityName(int number);

// For the calling thread; needs CAP_SETPCAP.
Status LimitBoundingSet(uint64_t keep);
// Permitted and effective become `mask`; inheritable and ambient become empty.
Status SetCapabilities(uint64_t mask);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_SANDBOX_CAPABILITIES_H_
