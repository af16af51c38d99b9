// What import streams may hold together.

#include "catalog_service/rpc/import_budget.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "catalog_service/rpc/import_stream_fixture.h"
#include "common/rpc/open_calls.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using ImportBudgetTest = ImportStreamTest;

TEST_F(ImportBudgetTest, IdleStreamsKeepNobodyOut) {
  std::vector<std::unique_ptr<Sender>> idle;
  for (int i = 0; i < 400; ++i) {
    idle.push_back(std::make_unique<Sender>(*stub_));
    ASSERT_TRUE(idle.back()->Options());
  }
  Sender sender(*stub_);
  Fill(sender, 4);
  EXPECT_THAT(sender.CloseAndStatus(), IsOk());
}

TEST_F(ImportBudgetTest, TwoLargeImportsHaveRoomFromTheirBeginningAndSmallOnesBeside) {
  Sender first(*stub_), second(*stub_), third(*stub_);
  // The last pieces may still be under way, but not the fifth.
  Fill(first, 10);
  Fill(second, 10);
  ASSERT_TRUE(third.Options());
  // Which piece is refused depends on when the server reads it.
  EXPECT_TRUE(Await([&] { return !third.Piece(std::string(kMiB, 'x')); }, kSoon));
  const absl::Status refused = third.Status();
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ErrorReason(refused), "MEMORY_BUDGET_EXHAUSTED");
  Continue(first, 54);
  Continue(second, 54);

  Sender small(*stub_);
  Fill(small, 4);
  EXPECT_THAT(small.CloseAndStatus(), IsOk());

  EXPECT_THAT(first.CloseAndStatus(), IsOk());
  Sender again(*stub_);
  Fill(again, 64);
  EXPECT_THAT(again.CloseAndStatus(), IsOk()) << "the first one gave its room back";
  second.Cancel();
  second.Status().IgnoreError();
  EXPECT_TRUE(AllGone());
}

// Else the connection of a gateway through which imports are refused would be ended as one that sends half messages.
TEST_F(ImportBudgetTest, WhatRefusedImportsLeaveUnreadIsForgotten) {
  for (int i = 0; i < 200; ++i) {
    Sender sender(*stub_);
    sender.Buffer({"read", std::string(30000, 'x'), "", std::string(30000, 'x')});
    EXPECT_THAT(sender.Status(), HasCode(absl::StatusCode::kInvalidArgument)) << "the third piece is empty";
  }
  ASSERT_TRUE(AllGone());
  service_.open_calls.arriving().Check();
  EXPECT_LT(service_.open_calls.arriving().outstanding(), kMiB) << "not the 6 million bytes after the third piece";
}

}  // namespace
}  // namespace toolcatalog
