#include "reload_service/hooks/webhook_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const std::string& json) {
  const absl::Status status = ReadWebhookBody(json).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << json;
  return std::string(status.message());
}

TEST(WebhookBody, HasATargetAndASource) {
  const auto body = ReadWebhookBody(" { \"tool_name\" :\t\"grep\",\r\n\"source\": \"caf\\u00e9 \xE2\x98\x95\" } ");
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(body->tool_name, "grep");
  EXPECT_EQ(body->source, "caf\xC3\xA9 \xE2\x98\x95");
}

TEST(WebhookBody, BothMayBeMissing) {
  for (const char* json :
       {"{}", "{\"tool_name\": null, \"source\": null}", "{\"tool_name\": \"\", \"source\": \"\"}"}) {
    const auto body = ReadWebhookBody(json);
    ASSERT_TRUE(body.ok()) << body.status();
    EXPECT_EQ(body->tool_name + body->source, "");
  }
}

TEST(WebhookBody, AMisspelledFieldDoesNotMeanAllTools) {
  EXPECT_EQ(Refusal(R"({"tool": "grep"})"), "body: unknown field \"tool\"; allowed: tool_name, source");
}

TEST(WebhookBody, OtherThingsThanObjectsAreRefused) {
  for (const char* json : {"", " ", "[]", "\"grep\"", "null", "{", "{} {}", "{\"a\":1,\"a\":2}", "tool_name: grep"}) {
    EXPECT_EQ(Refusal(json), "body: must be a JSON object whose keys differ from each other") << json;
  }
  EXPECT_EQ(Refusal("{\"source\": \"\xFF\"}"), "body: must be UTF-8");
  EXPECT_THAT(Refusal("{}" + std::string(kMaxWebhookBytes, ' ')), HasSubstr("body: must be at most 1048576 bytes"));
  EXPECT_TRUE(ReadWebhookBody("{}" + std::string(kMaxWebhookBytes - 2, ' ')).ok());
  EXPECT_EQ(Refusal("{\"a\":" + std::string(100'000, '[')),
            "body: must be a JSON object whose keys differ from each other");
}

TEST(WebhookBody, WrongTypesAndBrokenRulesAreNamed) {
  EXPECT_EQ(Refusal(R"({"tool_name": 5})"), "tool_name: must be a text, got 5");
  EXPECT_EQ(Refusal(R"({"source": true})"), "source: must be a text, got true");
  EXPECT_EQ(Refusal(R"({"source": ["x"]})"), "source: must be a text, got a list");
  EXPECT_THAT(Refusal(R"({"tool_name": "no tool"})"), HasSubstr("tool_name: "));
  EXPECT_THAT(Refusal(R"({"source": "a\nb"})"), HasSubstr("source: must be printable"));
  EXPECT_THAT(Refusal(absl::StrCat(R"({"source": ")", std::string(101, 'x'), R"("})")), HasSubstr("at most 100"));
}

}  // namespace
}  // namespace toolcatalog
