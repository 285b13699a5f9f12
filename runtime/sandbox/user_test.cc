#include "runtime/sandbox/user.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kPasswd[] =
    "root:x:0:0:root:/root:/bin/sh\n# comment:x:1:1::/:\nbroken line\n"
    "alice:x:1000:1000::/home/alice:/bin/sh\nodd:x:70:71:::\n";
constexpr char kGroup[] = "root:x:0:\nalice:x:1000:\nstaff:x:50:bob,alice\nwheel:x:10:alice\n";

UserIdentity Who(const std::string& spec) {
  const Result<UserIdentity> user = ResolveUser(spec, kPasswd, kGroup);
  EXPECT_TRUE(user.has_value()) << spec;
  return user.has_value() ? user.value() : UserIdentity();
}
std::string Refusal(const std::string& spec) {
  const Result<UserIdentity> user = ResolveUser(spec, kPasswd, kGroup);
  return user.has_value() ? "" : user.error().ToString();
}

TEST(User, NamesAndNumbers) {
  for (const char* spec : {"alice", "1000"}) {
    const UserIdentity alice = Who(spec);
    EXPECT_EQ(alice.uid, 1000U);
    EXPECT_EQ(alice.gid, 1000U);
    EXPECT_THAT(alice.groups, ElementsAre(50, 10));
    EXPECT_EQ(alice.home, "/home/alice");
  }
  EXPECT_EQ(Who("").home, "/root");
  EXPECT_EQ(Who("odd").home, "/");
}

TEST(User, UnknownNumbersGetGroupZero) {
  const UserIdentity user = Who("1234");
  EXPECT_EQ(user.uid, 1234U);
  EXPECT_EQ(user.gid, 0U);
  EXPECT_EQ(user.home, "/");
  EXPECT_THAT(user.groups, IsEmpty());
}

TEST(User, AGivenGroupReplacesThoseOfTheUser) {
  EXPECT_EQ(Who("1234:5678").gid, 5678U);
  EXPECT_EQ(Who(":5678").gid, 5678U);
  EXPECT_EQ(Who(":5678").uid, 0U);
  EXPECT_EQ(Who("alice:staff").gid, 50U);
  EXPECT_THAT(Who("alice:staff").groups, IsEmpty());
}

TEST(User, UnknownNamesAreRefused) {
  EXPECT_EQ(Refusal("nosuch"), "unable to find user nosuch: no matching entries in passwd file");
  EXPECT_EQ(Refusal("0:nosuch"), "unable to find group nosuch: no matching entries in group file");
  EXPECT_EQ(Refusal("-1"), "uids and gids must be in range 0-2147483647");
  EXPECT_EQ(Refusal("2147483648"), "uids and gids must be in range 0-2147483647");
  EXPECT_EQ(Refusal("99999999999999999999"),
            "unable to find user 99999999999999999999: no matching entries in passwd file");
}

}  // namespace
}  // namespace cowbell
