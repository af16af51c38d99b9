// What is sent to a hook, and when it is given up.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/steady_time.h"
#include "reload_service/hooks/hook_sender_fixture.h"
#include "reload_service/hooks/webhook_verifier.h"
#include "tests/support/await.h"
#include "tests/support/hook_receiver.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HookSenderTest : public HookSenderFixture {};

TEST_F(HookSenderTest, AnEventIsPostedAsSignedJson) {
  HookReceiver receiver([](const auto&) { return HttpAnswer(204); });
  Start();
  v1::Hook hook = Hook("ci", receiver.Url("/in?x=1"));
  hook.set_secret("signing");
  sender_->AddStoredHook(hook);
  Record();
  const auto requests = receiver.Await(1);
  ASSERT_EQ(requests.size(), 1u);
  const auto& headers = requests[0].headers;
  EXPECT_EQ(requests[0].target, "/in?x=1");
  EXPECT_EQ(headers.at("content-type"), "application/json");
  EXPECT_EQ(headers.at("x-event-id"), "r1/b1/1");
  EXPECT_THAT(headers.at("user-agent"), HasSubstr("toolcatalog-reload/"));
  EXPECT_EQ(headers.at("x-signature-256"),
            WebhookSignature(kSigningSecret, headers.at("x-timestamp"), requests[0].body));
  EXPECT_THAT(requests[0].body, HasSubstr("\"trigger\":\"manual\""));
  EXPECT_THAT(requests[0].body, HasSubstr("\"event_id\":\"1\""));
  EXPECT_THAT(requests[0].body, HasSubstr("\"tool_names\":[]"));
  EXPECT_EQ(requests[0].body.find("tool_name\""), std::string::npos) << "what is absent is left out, as over REST";
  v1::ReloadEvent event;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(requests[0].body, &event).ok());
  ASSERT_TRUE(Await([&] { return Listed("ci").delivered() == 1; }, kPatience));
  EXPECT_EQ(Listed("ci").queued(), 0);
  EXPECT_EQ(Statistics().hook_deliveries(), 1);
}

TEST_F(HookSenderTest, WithoutASecretNothingIsSigned) {
  HookReceiver receiver([](const auto&) { return HttpAnswer(200); });
  Start();
  sender_->AddStoredHook(Hook("ci", receiver.Url("/")));
  Record();
  ASSERT_EQ(receiver.Await(1).size(), 1u);
  EXPECT_EQ(receiver.Requests()[0].headers.count("x-signature-256"), 0u);
}

TEST_F(HookSenderTest, AFailureIsTriedAgainAndOrderIsKept) {
  std::atomic<int> count{0};
  HookReceiver receiver([&](const auto&) { return HttpAnswer(++count == 1 ? 500 : 200); });
  Start();
  sender_->AddStoredHook(Hook("ci", receiver.Url("/")));
  for (int i = 0; i < 5; ++i) Record();
  EXPECT_THAT(EventIds(receiver.Await(6)),
              ElementsAre("r1/b1/1", "r1/b1/1", "r1/b1/2", "r1/b1/3", "r1/b1/4", "r1/b1/5"));
  ASSERT_TRUE(Await([&] { return Listed("ci").delivered() == 5; }, kPatience));
  EXPECT_EQ(Listed("ci").failed(), 0);
  EXPECT_EQ(Listed("ci").last_error(), "");
  EXPECT_EQ(DeadLetters("", 10).total(), 0);
}

TEST_F(HookSenderTest, OnlyTriggersThatTheHookWantsAreSent) {
  HookReceiver receiver([](const auto&) { return HttpAnswer(200); });
  Start();
  v1::Hook hook = Hook("ci", receiver.Url("/"));
  hook.add_triggers("webhook");
  hook.add_triggers("startup");
  sender_->AddStoredHook(hook);
  for (const char* trigger : {"startup", "manual", "webhook", "api_update", "startup"}) Record(trigger);
  EXPECT_THAT(EventIds(receiver.Await(3)), ElementsAre("r1/b1/1", "r1/b1/3", "r1/b1/5"));
}

TEST_F(HookSenderTest, WhatFailsTooOftenBecomesADeadLetterAndTheNextIsSent) {
  HookReceiver receiver([](const auto& request) {
    return HttpAnswer(absl::EndsWith(request.headers.at("x-event-id"), "/1") ? 503 : 200);
  });
  Start();
  sender_->AddStoredHook(Hook("ci", receiver.Url("/")));
  Record();
  Record();
  EXPECT_THAT(EventIds(receiver.Await(4)), ElementsAre("r1/b1/1", "r1/b1/1", "r1/b1/1", "r1/b1/2"));
  ASSERT_TRUE(Await([&] { return Listed("ci").delivered() == 1; }, kPatience));
  EXPECT_EQ(Listed("ci").failed(), 1);
  EXPECT_EQ(Statistics().hook_failures(), 1);
  const v1::ListDeadLettersResponse letters = DeadLetters("CI", 10);
  ASSERT_EQ(letters.total(), 1);
  EXPECT_EQ(letters.dead_letters(0).hook(), "ci");
  EXPECT_EQ(letters.dead_letters(0).event().event_id(), 1);
  EXPECT_EQ(letters.dead_letters(0).attempts(), 3);
  EXPECT_EQ(letters.dead_letters(0).error(), "HTTP status 503");
  EXPECT_EQ(DeadLetters("other", 10).total(), 0);
}

TEST_F(HookSenderTest, DeadLettersAreNewestFirstAndBounded) {
  options_.max_attempts = 1;
  options_.max_dead_letters = 3;
  HookReceiver receiver([](const auto&) { return HttpAnswer(500); });
  Start();
  sender_->AddStoredHook(Hook("ci", receiver.Url("/")));
  for (int i = 0; i < 5; ++i) Record();
  ASSERT_TRUE(Await([&] { return Listed("ci").failed() == 5; }, kPatience));
  const v1::ListDeadLettersResponse letters = DeadLetters("", 2);
  EXPECT_EQ(letters.total(), 3);
  ASSERT_EQ(letters.dead_letters_size(), 2);
  EXPECT_EQ(letters.dead_letters(0).event().event_id(), 5);
  EXPECT_EQ(letters.dead_letters(1).event().event_id(), 4);
  const v1::ListDeadLettersResponse rest = DeadLetters("", 2, letters.next_page_token());
  EXPECT_EQ(rest.total(), 3);
  ASSERT_EQ(rest.dead_letters_size(), 1);
  EXPECT_EQ(rest.dead_letters(0).event().event_id(), 3);
  EXPECT_EQ(rest.next_page_token(), "");
  EXPECT_TRUE(absl::IsInvalidArgument(sender_->ListDeadLetters("ci", 2, letters.next_page_token()).status()));
}

TEST_F(HookSenderTest, AHookThatNeverAnswersDelaysNoOther) {
  options_.limits.total = absl::Seconds(60);
  HookReceiver silent([](const auto&) { return ""; });
  HookReceiver receiver([](const auto&) { return HttpAnswer(200); });
  Start();
  sender_->AddStoredHook(Hook("a-silent", silent.Url("/")));
  sender_->AddStoredHook(Hook("b-fine", receiver.Url("/")));
  for (int i = 0; i < 20; ++i) Record();
  EXPECT_EQ(receiver.Await(20).size(), 20u);
  ASSERT_EQ(silent.Await(1).size(), 1u) << "one at a time";
  EXPECT_EQ(Listed("a-silent").queued(), 20);
}

TEST_F(HookSenderTest, AReceiverThatNeverAnswersIsGivenUp) {
  options_.limits.total = absl::Milliseconds(30);
  HookReceiver silent([](const auto&) { return ""; });
  Start();
  sender_->AddStoredHook(Hook("ci", silent.Url("/")));
  Record();
  ASSERT_TRUE(Await([&] { return Listed("ci").failed() == 1; }, kPatience));
  EXPECT_EQ(silent.Requests().size(), 3u);
  EXPECT_THAT(Listed("ci").last_error(), HasSubstr("Timeout"));
}

TEST_F(HookSenderTest, AReceiverThatIsNotThereIsGivenUp) {
  std::string url;
  {
    HookReceiver gone([](const auto&) { return ""; });
    url = gone.Url("/");
  }
  Start();
  sender_->AddStoredHook(Hook("ci", url));
  Record();
  ASSERT_TRUE(Await([&] { return Listed("ci").failed() == 1; }, kPatience));
  EXPECT_THAT(Listed("ci").last_error(), HasSubstr("connect"));
}

TEST_F(HookSenderTest, RedirectsAreNotFollowed) {
  HookReceiver other([](const auto&) { return HttpAnswer(200); });
  HookReceiver receiver(
      [&](const auto&) { return HttpAnswer(307, absl::StrCat("Location: ", other.Url("/"), "\r\n")); });
  Start();
  sender_->AddStoredHook(Hook("ci", receiver.Url("/")));
  Record();
  ASSERT_TRUE(Await([&] { return Listed("ci").failed() == 1; }, kPatience));
  EXPECT_EQ(Listed("ci").last_error(), "HTTP status 307");
  EXPECT_TRUE(other.Requests().empty());
}

TEST_F(HookSenderTest, TheBodyOfAnAnswerDoesNotMatter) {
  const std::string endless = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + std::string(200'000, 'x');
  HookReceiver receiver([&](const auto&) { return endless; });
  Start();
  sender_->AddStoredHook(Hook("ci", receiver.Url("/")));
  Record();
  Record();
  ASSERT_TRUE(Await([&] { return Listed("ci").delivered() == 2; }, kPatience)) << Listed("ci").ShortDebugString();
}

TEST_F(HookSenderTest, WhenTooManyWaitTheOldestGo) {
  options_.max_queued = 3;
  options_.limits.total = absl::Seconds(60);
  HookReceiver silent([](const auto&) { return ""; });
  Start();
  sender_->AddStoredHook(Hook("ci", silent.Url("/")));
  Record();
  ASSERT_EQ(silent.Await(1).size(), 1u);
  for (int i = 0; i < 5; ++i) Record();
  EXPECT_EQ(Listed("ci").queued(), 3);
  EXPECT_EQ(Listed("ci").dropped(), 3);
  EXPECT_EQ(Statistics().hook_failures(), 3);
}

// So what waits for many hooks has one bound in bytes.
TEST_F(HookSenderTest, EventsThatTheHistoryForgetsAreDropped) {
  options_.limits.total = absl::Seconds(60);
  HookReceiver silent([](const auto&) { return ""; });
  Start();
  sender_->AddStoredHook(Hook("ci", silent.Url("/")));
  Record();
  ASSERT_EQ(silent.Await(1).size(), 1u);
  v1::ReloadEvent large;
  large.set_error(std::string(1 << 20, 'x'));
  for (int i = 0; i < 40; ++i) history_.Record(large);
  EXPECT_LT(Listed("ci").queued(), 20);
  EXPECT_GT(Listed("ci").dropped(), 20);
  EXPECT_EQ(Statistics().hook_failures(), Listed("ci").dropped());
}

TEST_F(HookSenderTest, TheEndWaitsForWhatIsUnderWayButNotLong) {
  options_.limits.total = absl::Seconds(60);
  options_.limits.drain = absl::Milliseconds(100);
  HookReceiver silent([](const auto&) { return ""; });
  Start();
  sender_->AddStoredHook(Hook("ci", silent.Url("/")));
  Record();
  ASSERT_EQ(silent.Await(1).size(), 1u);
  const SteadyTime start = SteadyTime::Now();
  sender_->Stop();
  EXPECT_GE(SteadyTime::Now() - start, absl::Milliseconds(100));
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(2));
  EXPECT_EQ(Listed("ci").queued(), 1) << "lost, not given up";
  EXPECT_EQ(DeadLetters("", 10).total(), 0);
}

TEST_F(HookSenderTest, TheEndLetsASlowReceiverAnswer) {
  absl::Notification stopping;
  HookReceiver receiver([&](const auto&) {
    stopping.WaitForNotificationWithTimeout(absl::Seconds(10));
    return HttpAnswer(200);
  });
  Start();
  sender_->AddStoredHook(Hook("ci", receiver.Url("/")));
  Record();
  ASSERT_EQ(receiver.Await(1).size(), 1u);
  std::thread stopper([&] { sender_->Stop(); });
  stopping.Notify();
  stopper.join();
  EXPECT_EQ(Listed("ci").delivered(), 1);
}

}  // namespace
}  // namespace toolcatalog
