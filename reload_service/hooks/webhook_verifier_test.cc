#include "reload_service/hooks/webhook_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kStart = 1'700'000'000;
constexpr char kOld[] = "the old secret, 24 bytes";
constexpr char kNew[] = "the new secret, 24 bytes";

class WebhookVerifierTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> Verify(const std::string& body, const std::string& timestamp,
                                     const std::string& signature) {
    return verifier_.Verify(body, timestamp, signature, "peer");
  }

  // A webhook as its sender signs it.
  absl::StatusOr<std::string> Send(const std::string& body, int64_t seconds, const std::string& secret = kOld) {
    const std::string timestamp = absl::StrCat(seconds);
    return Verify(body, timestamp, WebhookSignature(secret, timestamp, body));
  }

  int64_t Refused() const {
    v1::ReloadStatistics statistics;
    verifier_.Describe(&statistics);
    return statistics.webhooks_refused();
  }

  absl::Time now_ = absl::FromUnixSeconds(kStart);
  WebhookVerifier verifier_{{{"old", kOld}, {"new", kNew}}, [this] { return now_; }, 3};
};

TEST(WebhookSignature, IsTheHmacOfTimestampDotBody) {
  // printf '1700000000.{}' | openssl dgst -sha256 -hmac key
  EXPECT_EQ(WebhookSignature("key", "1700000000", "{}"),
            "sha256=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae");
}

TEST_F(WebhookVerifierTest, AnyConfiguredSecretSigns) {
  EXPECT_EQ(*Send("{}", kStart, kOld), "old");
  EXPECT_EQ(*Send("{}", kStart, kNew), "new");
  EXPECT_EQ(Refused(), 0);
}

TEST_F(WebhookVerifierTest, HexDigitsMayBeOfAnyCase) {
  std::string signature = WebhookSignature(kOld, absl::StrCat(kStart), "{}");
  signature = absl::StrCat("sha256=", absl::AsciiStrToUpper(signature.substr(7)));
  EXPECT_EQ(*Verify("{}", absl::StrCat(kStart), signature), "old");
  // It is the same signature in any spelling.
  EXPECT_TRUE(absl::IsAlreadyExists(Send("{}", kStart).status()));
}

TEST_F(WebhookVerifierTest, WhatWasNotSignedIsRefusedAndCounted) {
  const std::string timestamp = absl::StrCat(kStart), good = WebhookSignature(kOld, timestamp, "{}");
  std::string flipped = good;
  flipped.back() = flipped.back() == '0' ? '1' : '0';
  struct Case {
    std::string body, timestamp, signature;
  };
  const std::vector<Case> cases = {
      {"{} ", timestamp, good},
      {"", timestamp, good},
      {"{}", absl::StrCat(kStart + 1), good},
      {"{}", "0" + timestamp, good},
      {"{}", timestamp, flipped},
      {"{}", timestamp, WebhookSignature("another secret, of nobody", timestamp, "{}")},
      {"{}", timestamp, WebhookSignature("", timestamp, "{}")},
      {"{}", timestamp, ""},
      {"{}", timestamp, good.substr(7)},
      {"{}", timestamp, good + "00"},
      {"{}", timestamp, good.substr(0, 70)},
      {"{}", timestamp, "sha256=" + std::string(64, 'g')},
      {"{}", timestamp, "SHA256=" + good.substr(7)},
      {"{}", timestamp, " " + good},
      {"{}", timestamp, good + ", " + good},
      {"{}", "", good},
      {"{}", " " + timestamp, good},
      {"{}", "+" + timestamp, good},
      {"{}", timestamp + ".0", good},
      {"{}", "0x6553f100", good},
      {"{}", std::string(5000, '1'), good},
      {"{}", "-1", good},
  };
  for (const Case& test : cases) {
    const absl::Status status = Verify(test.body, test.timestamp, test.signature).status();
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << test.timestamp << " " << test.signature << ": " << status;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(good.substr(7)))) << "the error gives the signature away";
  }
  EXPECT_EQ(Refused(), static_cast<int64_t>(cases.size()));
  EXPECT_TRUE(Send("{}", kStart).ok()) << "a refused attempt must not use the signature up";
}

TEST_F(WebhookVerifierTest, TheWindowIs300SecondsToBothSides) {
  now_ += absl::Hours(1);
  const int64_t now = absl::ToUnixSeconds(now_);
  EXPECT_TRUE(Send("a", now - 300).ok());
  EXPECT_TRUE(Send("b", now + 300).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(Send("c", now - 301).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Send("d", now + 301).status()));
  now_ += absl::Milliseconds(1);
  EXPECT_TRUE(absl::IsUnauthenticated(Send("e", now - 300).status()));
}

TEST_F(WebhookVerifierTest, NothingIsAcceptedFromBeforeTheStart) {
  EXPECT_THAT(std::string(Send("{}", kStart - 1).status().message()), HasSubstr("start of the service"));
  EXPECT_TRUE(Send("{}", kStart).ok());
}

TEST_F(WebhookVerifierTest, AReplayIsRefusedAsLongAsItsTimestampIsGood) {
  ASSERT_TRUE(Send("{}", kStart + 300).ok());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(absl::IsAlreadyExists(Send("{}", kStart + 300).status()));
    now_ += absl::Seconds(300);
  }
  EXPECT_EQ(now_, absl::FromUnixSeconds(kStart + 600));
  EXPECT_TRUE(absl::IsAlreadyExists(Send("{}", kStart + 300).status())) << "the last moment";
  now_ += absl::Seconds(1);
  EXPECT_TRUE(absl::IsUnauthenticated(Send("{}", kStart + 300).status()));
  EXPECT_EQ(Refused(), 4);
}

TEST_F(WebhookVerifierTest, AReplayIsRefusedAlsoWhenTheClockGoesBack) {
  ASSERT_TRUE(Send("{}", kStart).ok());
  now_ += absl::Seconds(400);
  ASSERT_TRUE(Send("later", kStart + 400).ok());
  now_ -= absl::Seconds(350);
  EXPECT_TRUE(absl::IsUnauthenticated(Send("{}", kStart).status()));
}

TEST_F(WebhookVerifierTest, MemoryIsBoundedAndFreedWithTime) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Send(absl::StrCat(i), kStart).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Send("one more", kStart).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(Send("0", kStart).status())) << "replays are still known as such";
  now_ += absl::Seconds(301);
  EXPECT_TRUE(Send("one more", kStart + 301).ok());
}

TEST(WebhookVerifier, WithoutSecretsNothingIsAccepted) {
  WebhookVerifier verifier({}, [] { return absl::FromUnixSeconds(kStart); });
  const std::string timestamp = absl::StrCat(kStart);
  const absl::Status status = verifier.Verify("{}", timestamp, WebhookSignature("", timestamp, "{}"), "peer").status();
  EXPECT_TRUE(absl::IsUnauthenticated(status));
  EXPECT_EQ(status.message(), "no webhook secret is configured");
}

}  // namespace
}  // namespace toolcatalog
