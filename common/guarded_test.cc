#include "common/guarded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "absl/status/statusor.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

TEST(GuardedTest, ReturnsWhatTheWorkReturns) {
  EXPECT_EQ(*Guarded("test", [] { return absl::StatusOr<int>(7); }), 7);
  EXPECT_EQ(Guarded("test", [] { return absl::NotFoundError("gone"); }), absl::NotFoundError("gone"));
}

TEST(GuardedTest, WorkWithoutResultIsOk) {
  int runs = 0;
  EXPECT_EQ(Guarded("test", [&runs] { ++runs; }), absl::OkStatus());
  EXPECT_EQ(runs, 1);
}

TEST(GuardedTest, AnExceptionIsLoggedAndItsTextStaysThere) {
  testing::internal::CaptureStderr();
  const absl::StatusOr<int> result =
      Guarded("reading", []() -> absl::StatusOr<int> { throw std::runtime_error("a secret"); });
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(absl::IsInternal(result.status()));
  EXPECT_TRUE(HasReason(result.status(), Reason::kInternalError));
  EXPECT_THAT(result.status().ToString(), testing::Not(testing::HasSubstr("secret")));
  EXPECT_THAT(log, testing::AllOf(testing::HasSubstr("\"where\":\"reading\""), testing::HasSubstr("a secret")));
}

TEST(GuardedTest, WhatIsNoStdExceptionIsCaughtToo) {
  EXPECT_TRUE(absl::IsInternal(Guarded("test", [] { throw 7; })));
}

}  // namespace
}  // namespace toolcatalog
