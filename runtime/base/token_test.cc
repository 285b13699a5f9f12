#include "runtime/base/token.h"

#include <string>

#include "gtest/gtest.h"

namespace cowbell {
namespace {

TEST(Token, EveryByteSurvives) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    const std::string one(1, static_cast<char>(i));
    const Result<std::string> back = UnescapeToken(EscapeToken(one));
    ASSERT_TRUE(back.has_value()) << i;
    EXPECT_EQ(back.value(), one) << i;
    all += one;
  }
  const std::string token = EscapeToken(all);
  for (const char c : token)
    EXPECT_TRUE(c >= 0x21 && c <= 0x7e && c != '=');
  EXPECT_EQ(UnescapeToken(token).value(), all);
}

TEST(Token, EmptyHasAFormOfItsOwn) {
  EXPECT_EQ(EscapeToken(""), "%-");
  EXPECT_EQ(UnescapeToken("%-").value(), "");
}

TEST(Token, OnlyTheOneFormIsAccepted) {
  for (const char* token : {"", "%", "%4", "%0", "%0g", "%41", "%0a", "a b", "a=b", "a\n", "x%-"}) {
    EXPECT_FALSE(UnescapeToken(token).has_value()) << token;
  }
}

}  // namespace
}  // namespace cowbell
