#include "runtime/sandbox/capabilities.h"

#include "gtest/gtest.h"

namespace cowbell {
namespace {

constexpr uint64_t kAll = 0x1ffffffffff;

uint64_t Mask(const std::vector<std::string>& add, const std::vector<std::string>& drop,
              bool privileged = false) {
  const Result<uint64_t> mask = ResolveCapabilities(add, drop, privileged, kAll);
  EXPECT_TRUE(mask.has_value());
  return mask.has_value() ? mask.value() : 0;
}

TEST(Capabilities, DefaultIsDockers) {
  uint64_t mask = 0;
  for (const char* name :
       {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
        "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
        "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"}) {
    ASSERT_GE(CapabilityNumber(name), 0) << name;
    mask |= uint64_t{1} << CapabilityNumber(name);
  }
  EXPECT_EQ(mask, kDefaultCapabilities);
  EXPECT_EQ(Mask({}, {}), uint64_t{0xa80425fb});
}

TEST(Capabilities, AddAndDropFollowDocker) {
  constexpr uint64_t kSysAdmin = uint64_t{1} << 21;
  constexpr uint64_t kChown = 1;
  EXPECT_EQ(Mask({"SYS_ADMIN"}, {}), kDefaultCapabilities | kSysAdmin);
  EXPECT_EQ(Mask({"cap_sys_admin"}, {"chown"}), (kDefaultCapabilities | kSysAdmin) & ~kChown);
  EXPECT_EQ(Mask({}, {"ALL"}), 0U);
  EXPECT_EQ(Mask({"CHOWN"}, {"all"}), kChown);
  EXPECT_EQ(Mask({"ALL"}, {"CHOWN"}), kAll & ~kChown);
  EXPECT_EQ(Mask({}, {"ALL"}, true), kAll);
}

TEST(Capabilities, UnknownNamesAreRefused) {
  EXPECT_EQ(ResolveCapabilities({"BOGUS"}, {}, false, kAll).error().ToString(),
            "invalid CapAdd: unknown capability: \"CAP_BOGUS\"");
  EXPECT_EQ(ResolveCapabilities({}, {"CAP_X"}, true, kAll).error().ToString(),
            "invalid CapDrop: unknown capability: \"CAP_X\"");
}

}  // namespace
}  // namespace cowbell
