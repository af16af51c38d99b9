// What the clients send arrives whole, or not at all.

#include "catalog_service/rpc/import_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "catalog_service/rpc/import_stream_fixture.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ImportStreamTest, ThePiecesBecomeOneTextInTheirOrder) {
  Sender sender(*stub_);
  ASSERT_TRUE(sender.Options());
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string piece = absl::StrCat(i, ",", std::string(i * 37 % 5000, 'x'));
    ASSERT_TRUE(sender.Piece(piece));
    expected += piece;
  }
  EXPECT_THAT(service_.texts(), IsEmpty()) << "before the client has closed its side";
  EXPECT_THAT(sender.CloseAndStatus(), IsOk());
  EXPECT_EQ(sender.response().imported_count(), 7);
  EXPECT_THAT(service_.texts(), ElementsAre(expected));
  EXPECT_TRUE(AllGone());
}

TEST_F(ImportStreamTest, ATextMayHave64MiB) {
  Sender sender(*stub_);
  Fill(sender, 64);
  EXPECT_THAT(sender.CloseAndStatus(), IsOk());
  ASSERT_EQ(service_.texts().size(), 1u);
  EXPECT_EQ(service_.texts()[0].size(), 64 * kMiB);
}

TEST_F(ImportStreamTest, WhatBreaksARuleIsRefusedBeforeItIsComplete) {
  Sender late(*stub_);
  late.Piece("a");
  absl::Status status = late.Status();
  EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(status.message()), HasSubstr("options: must be in the first message"));

  Sender twice(*stub_);
  twice.Options();
  twice.Options();
  EXPECT_THAT(std::string(twice.Status().message()), HasSubstr("options: must be in the first message only"));

  Sender empty(*stub_);
  empty.Nothing();
  EXPECT_THAT(std::string(empty.Status().message()), HasSubstr("part: must be options or yaml_content"));

  Sender none(*stub_);
  EXPECT_THAT(std::string(none.CloseAndStatus().message()), HasSubstr("options: is required"));

  Sender large(*stub_);
  large.Options();
  large.Piece(std::string(kMiB + 1, 'x'));
  EXPECT_THAT(std::string(large.Status().message()), HasSubstr("1048576 bytes in one message, got 1048577"));

  Sender endless(*stub_);
  Fill(endless, 64);
  endless.Piece("x");
  EXPECT_THAT(std::string(endless.Status().message()), HasSubstr("at most 67108864 bytes in all messages together"));

  EXPECT_THAT(service_.texts(), IsEmpty());
  EXPECT_TRUE(AllGone());
}

// gRPC refuses the message; the end of the messages that it makes of that is not the end of the text.
TEST_F(ImportStreamTest, AMessageOfMoreThan4MiBStoresNothing) {
  Sender sender(*stub_);
  sender.Options();
  sender.Piece("a");
  sender.Piece(std::string(5 * kMiB, 'x'));
  EXPECT_THAT(sender.CloseAndStatus(), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(AllGone());
  EXPECT_THAT(service_.texts(), IsEmpty());
}

TEST_F(ImportStreamTest, ACancelledStreamStoresNothing) {
  constexpr int kStreams = 100;
  for (int i = 0; i < kStreams; ++i) {
    Sender sender(*stub_);
    ASSERT_TRUE(sender.Options());
    ASSERT_TRUE(sender.Piece("half a text"));
    sender.Cancel();
    EXPECT_THAT(sender.Status(), HasCode(absl::StatusCode::kCancelled));
  }
  EXPECT_TRUE(AllGone());
  EXPECT_THAT(service_.texts(), IsEmpty());
}

TEST_F(ImportStreamTest, ASlowSenderIsEnded) {
  service_.patience.message = absl::Milliseconds(100);
  Sender sender(*stub_);
  ASSERT_TRUE(sender.Options());
  const absl::Status status = sender.Status();
  EXPECT_THAT(status, HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(std::string(status.message()), HasSubstr("each message must come within 100ms"));
  EXPECT_TRUE(AllGone());
}

TEST_F(ImportStreamTest, ATextThatTricklesInIsEnded) {
  service_.patience.text = absl::Milliseconds(500);
  Sender sender(*stub_);
  ASSERT_TRUE(sender.Options());
  EXPECT_TRUE(Await([&] { return !sender.Piece("x"); }, kSoon)) << "each message in time";
  EXPECT_THAT(sender.Status(), HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(service_.texts(), IsEmpty());
}

TEST_F(ImportStreamTest, AStreamThatIsReadCanBeEndedAndAnImportThatRunsGoesOn) {
  Sender open(*stub_);
  ASSERT_TRUE(open.Options());
  ASSERT_TRUE(Await([&] { return service_.streams().size() == 1; }, kSoon));
  Sender running(*stub_);
  ASSERT_TRUE(running.Options("wait"));
  running.Close();
  ASSERT_TRUE(Await([&] { return service_.works(); }, kSoon));
  for (const auto& weak : service_.streams()) {
    if (const auto stream = weak.lock()) stream->End(absl::UnavailableError("draining"));
  }
  EXPECT_THAT(open.Status(), HasCode(absl::StatusCode::kUnavailable));
  service_.GoOn();
  EXPECT_THAT(running.Status(), IsOk());
  EXPECT_TRUE(AllGone());
}

TEST_F(ImportStreamTest, AnImportThatThrowsAndOneTooManyAreAnswered) {
  Sender throws(*stub_);
  ASSERT_TRUE(throws.Options("throw"));
  EXPECT_THAT(throws.CloseAndStatus(), HasCode(absl::StatusCode::kInternal));

  // One runs, one waits; the queue has no more places.
  std::vector<std::unique_ptr<Sender>> senders;
  for (int i = 0; i < 3; ++i) {
    senders.push_back(std::make_unique<Sender>(*stub_));
    ASSERT_TRUE(senders.back()->Options("wait"));
    senders.back()->Close();
    ASSERT_TRUE(Await([&] { return service_.works(); }, kSoon));
  }
  ASSERT_TRUE(Await([&] { return service_.ends().size() == 2; }, kSoon));
  EXPECT_THAT(service_.ends()[1], HasCode(absl::StatusCode::kResourceExhausted));
  service_.GoOn();
  int served = 0;
  for (const auto& sender : senders) served += sender->Status().ok() ? 1 : 0;
  EXPECT_EQ(served, 2);
}

}  // namespace
}  // namespace toolcatalog
