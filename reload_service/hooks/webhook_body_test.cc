#include "reload_service/hooks/webhook_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

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
  for (const std::string name : {"tool", "Tools", "tool_nam", "toolName", "TOOL-NAME", "tool_names", "soruce"}) {
    EXPECT_EQ(Refusal(absl::StrCat(R"({")", name, R"(": "grep"})")),
              absl::StrCat("body: unknown field \"", name, "\"; known: tool_name, source"));
  }
}

TEST(WebhookBody, OtherFieldsAreSkipped) {
  const auto body =
      ReadWebhookBody(R"({"specversion": "1.0", "id": 7, "data": {"tool_name": "x", "a": [{"b": null}, []]},
                                        "tool_name": "grep", "list": [[], {"source": 1}], "source": "ci", "ok": true})");
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(body->tool_name, "grep");
  EXPECT_EQ(body->source, "ci");
  EXPECT_TRUE(ReadWebhookBody("{\"data\":" + std::string(500'000, '[') + std::string(500'000, ']') + "}").ok());
  EXPECT_EQ(Refusal(R"({"data": {}, "source": {}})"), "source: must be a text, got an object");
}

TEST(WebhookBody, OtherThingsThanObjectsAreRefused) {
  for (const auto& [json, instead] : std::vector<std::pair<std::string, std::string>>{{"", "nothing"},
                                                                                      {" \n", "nothing"},
                                                                                      {"[]", "a list"},
                                                                                      {"\"grep\"", "a text"},
                                                                                      {"5", "5"},
                                                                                      {"true", "true"},
                                                                                      {"null", "null"}}) {
    EXPECT_EQ(Refusal(json), "body: must be a JSON object, got " + instead);
  }
  EXPECT_EQ(Refusal("{"), "body: must be a JSON object, but at byte 1: missing a name for object member");
  EXPECT_EQ(Refusal("{} {}"),
            "body: must be a JSON object, but at byte 3: the document root must not be followed by other values");
  EXPECT_EQ(Refusal("tool_name: grep"), "body: must be a JSON object, but at byte 1: invalid value");
  for (const char* json : {"{'source': \"x\"}", "{source: \"x\"}", "{\"source\": \"x\",}", "{\"source\": \"\\q\"}",
                           "{\"source\": \"a\nb\"}", "{\"source\": .5}", "{\"source\": \"x\" \"tool_name\": \"y\"}"}) {
    EXPECT_THAT(Refusal(json), HasSubstr("body: must be a JSON object, but at byte ")) << json;
  }
  EXPECT_EQ(Refusal(std::string("{}\0", 3)), "body: must be a JSON object, got a zero byte after it");
  EXPECT_EQ(Refusal("\xEF\xBB\xBF{}"), "body: must not begin with a byte order mark");
  EXPECT_EQ(Refusal("{\"source\": \"\xFF\"}"), "body: must be UTF-8");
  EXPECT_EQ(Refusal(R"({"source": "x", "source": "x"})"), "body: gives \"source\" twice");
  EXPECT_EQ(Refusal(R"({"source": null, "source": "x"})"), "body: gives \"source\" twice");
}

TEST(WebhookBody, IsBounded) {
  EXPECT_THAT(Refusal("{}" + std::string(kMaxWebhookBytes, ' ')), HasSubstr("body: must be at most 1048576 bytes"));
  EXPECT_TRUE(ReadWebhookBody("{}" + std::string(kMaxWebhookBytes - 2, ' ')).ok());
  EXPECT_EQ(Refusal("{\"source\":" + std::string(1'000'000, '[')), "source: must be a text, got a list");
  EXPECT_EQ(Refusal(std::string(1'000'000, '[')), "body: must be a JSON object, got a list");
}

TEST(WebhookBody, HalfOfASurrogatePairIsRefused) {
  EXPECT_THAT(Refusal(R"({"source": "cut \ud83d"})"), HasSubstr("at byte 16: the surrogate pair in string is invalid"));
  EXPECT_EQ(Refusal(R"({"source": "\ude00"})"), "source: must not hold half of a surrogate pair");
  EXPECT_TRUE(ReadWebhookBody(R"({"source": "\ud83d\ude00"})").ok());
}

TEST(WebhookBody, WrongTypesAndBrokenRulesAreNamed) {
  EXPECT_EQ(Refusal(R"({"tool_name": 5})"), "tool_name: must be a text, got 5");
  EXPECT_EQ(Refusal(R"({"source": true})"), "source: must be a text, got true");
  EXPECT_EQ(Refusal(R"({"source": ["x"]})"), "source: must be a text, got a list");
  EXPECT_EQ(Refusal(R"({"source": {"x": "y"}})"), "source: must be a text, got an object");
  EXPECT_THAT(Refusal(R"({"tool_name": "no tool"})"), HasSubstr("tool_name: "));
  EXPECT_THAT(Refusal(R"({"source": "a\nb"})"), HasSubstr("source: must be printable"));
  EXPECT_THAT(Refusal(absl::StrCat(R"({"source": ")", std::string(101, 'x'), R"("})")), HasSubstr("at most 100"));
}

}  // namespace
}  // namespace toolcatalog
