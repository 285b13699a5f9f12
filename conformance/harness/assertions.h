// Counts every assertion that is evaluated, passing ones too: a case that judges nothing must not
// pass. GoogleTest reports only failures, so the one macro that all of its comparisons end in, and
// the one of EXPECT_TRUE and EXPECT_FALSE, are replaced by the same text plus the count.

#ifndef COWBELL_CONFORMANCE_HARNESS_ASSERTIONS_H_
#define COWBELL_CONFORMANCE_HARNESS_ASSERTIONS_H_

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cowbell::conformance {

// Thread-safe.
void CountAssertion();

inline ::testing::AssertionResult Counted(::testing::AssertionResult result) {
  CountAssertion();
  return result;
}

}  // namespace cowbell::conformance

#undef GTEST_ASSERT_
#define GTEST_ASSERT_(expression, on_failure)                                                    \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_                                                                  \
  if (const ::testing::AssertionResult gtest_ar = ::cowbell::conformance::Counted((expression))) \
    ;                                                                                            \
  else                                                                                           \
    on_failure(gtest_ar.failure_message())

#undef GTEST_TEST_BOOLEAN_
#define GTEST_TEST_BOOLEAN_(expression, text, actual, expected, fail)                             \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_                                                                   \
  if (const ::testing::AssertionResult gtest_ar_ =                                                \
          ::cowbell::conformance::Counted(::testing::AssertionResult(expression)))                \
    ;                                                                                             \
  else                                                                                            \
    fail(::testing::internal::GetBoolAssertionFailureMessage(gtest_ar_, text, #actual, #expected) \
             .c_str())

#endif  // COWBELL_CONFORMANCE_HARNESS_ASSERTIONS_H_
