// Which hooks a sender has, and what it tells of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/steady_time.h"
#include "reload_service/hooks/hook_sender_fixture.h"
#include "tests/support/await.h"
#include "tests/support/hook_receiver.h"
#include "toolcatalog/v1/hook.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

class HookListTest : public HookSenderFixture {};

TEST_F(HookListTest, AHostThatIsNotAllowedGetsNothingAndTheListSaysWhy) {
  HookReceiver receiver([](const auto&) { return HttpAnswer(200); });
  options_.hosts = HookHosts();
  Start();
  sender_->SetStoredHooks({Hook("ci", receiver.Url("/"))});
  Record();
  EXPECT_THAT(Listed("ci").last_error(), HasSubstr("is not on the configured list of hook_hosts"));
  EXPECT_EQ(Listed("ci").queued(), 0);
  sender_->Stop();
  EXPECT_TRUE(receiver.Requests().empty());
}

TEST_F(HookListTest, StoredHooksStayWithTheirCountsAndGoWhenTheyAreGone) {
  HookReceiver receiver([](const auto&) { return HttpAnswer(200); });
  Start();
  sender_->SetStoredHooks({Hook("a", receiver.Url("/a")), Hook("b", receiver.Url("/b"))});
  Record();
  ASSERT_TRUE(Await([&] { return Listed("a").delivered() == 1 && Listed("b").delivered() == 1; }, kPatience));
  sender_->SetStoredHooks({Hook("a", receiver.Url("/a"))});
  EXPECT_EQ(Listed("a").delivered(), 1);
  EXPECT_EQ(sender_->ListHooks().size(), 1u);
  Record();
  ASSERT_TRUE(Await([&] { return Listed("a").delivered() == 2; }, kPatience));
  EXPECT_EQ(receiver.Requests().size(), 3u);
  sender_->SetStoredHooks({Hook("a", receiver.Url("/elsewhere"))});
  EXPECT_EQ(Listed("a").delivered(), 0) << "it is another hook";
}

TEST_F(HookListTest, WhatWaitsForAHookThatChangesOrGoesIsCounted) {
  options_.first_wait = options_.max_wait = absl::Seconds(2);
  HookReceiver receiver([](const auto&) { return HttpAnswer(500); });
  Start();
  sender_->SetStoredHooks({Hook("changes", receiver.Url("/a")), Hook("goes", receiver.Url("/b"))});
  sender_->AddStoredHook(Hook("removed", receiver.Url("/c")));
  for (int i = 0; i < 3; ++i) Record();
  const auto failed_once = [&](const char* name) { return Listed(name).last_error() == "HTTP status 500"; };
  ASSERT_TRUE(
      Await([&] { return failed_once("changes") && failed_once("goes") && failed_once("removed"); }, kPatience));
  sender_->RemoveStoredHook("removed");
  sender_->SetStoredHooks({Hook("changes", receiver.Url("/elsewhere"))});
  EXPECT_EQ(Statistics().hook_failures(), 6) << "two wait for each hook, and one is tried again later";
  ASSERT_TRUE(Await([&] { return Statistics().hook_failures() == 9; }, kPatience));
  EXPECT_EQ(DeadLetters("", 10).total(), 3) << "those that were tried";
  EXPECT_THAT(DeadLetters("goes", 10).dead_letters(0).error(), HasSubstr("gone or has changed"));
}

TEST_F(HookListTest, ConfiguredHooksWinOverStoredOnes) {
  HookReceiver receiver([](const auto&) { return HttpAnswer(200); });
  options_.configured = {Hook("ci", receiver.Url("/configured"))};
  Start();
  sender_->SetStoredHooks({Hook("CI", receiver.Url("/stored"))});
  sender_->AddStoredHook(Hook("Ci", receiver.Url("/stored")));
  sender_->RemoveStoredHook("ci");
  sender_->SetStoredHooks({});
  ASSERT_EQ(sender_->ListHooks().size(), 1u);
  EXPECT_TRUE(Listed("ci").configured());
  Record();
  ASSERT_EQ(receiver.Await(1).size(), 1u);
  EXPECT_EQ(receiver.Requests()[0].target, "/configured");
}

TEST_F(HookListTest, AnOlderListDoesNotUndoWhatWasJustDoneHere) {
  Start();
  sender_->AddStoredHook(Hook("new", "http://127.0.0.1:1/"));
  sender_->RemoveStoredHook("old");
  sender_->SetStoredHooks({Hook("old", "http://127.0.0.1:1/")});
  ASSERT_EQ(sender_->ListHooks().size(), 1u);
  EXPECT_EQ(sender_->ListHooks()[0].hook().name(), "new");
}

TEST_F(HookListTest, AHookThatIsRemovedGetsNoFurtherAttempt) {
  options_.first_wait = options_.max_wait = absl::Milliseconds(200);
  HookReceiver receiver([](const auto&) { return HttpAnswer(500); }),
      other([](const auto&) { return HttpAnswer(200); });
  Start();
  sender_->AddStoredHook(Hook("ci", receiver.Url("/")));
  sender_->AddStoredHook(Hook("other", other.Url("/")));
  Record();
  ASSERT_TRUE(Await([&] { return Listed("ci").last_error() == "HTTP status 500"; }, kPatience));
  sender_->RemoveStoredHook("ci");
  const SteadyTime after = SteadyTime::Now() + absl::Milliseconds(250);
  ASSERT_TRUE(Await(
      [&] {
        Record();
        return SteadyTime::Now() > after;
      },
      kPatience));
  EXPECT_EQ(receiver.Requests().size(), 1u);
}

}  // namespace
}  // namespace toolcatalog
