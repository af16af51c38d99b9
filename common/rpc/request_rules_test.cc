#include "common/rpc/request_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

absl::Status Parse(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  v1::GetProfileRequest request;
  return ParseRequest(grpc::ByteBuffer(&slice, 1), &request);
}

TEST(RequestRulesTest, RefusesWhatIsNotTheMessage) {
  v1::GetProfileRequest request;
  request.set_tool_name("grep");
  EXPECT_TRUE(Parse(request.SerializeAsString()).ok());
  EXPECT_TRUE(Parse("").ok());
  EXPECT_THAT(Message(Parse("\x0A\x7Fgrep")), HasSubstr("well-formed"));
  EXPECT_THAT(Message(Parse("\x0A\x02\xC3\x28")), HasSubstr("valid UTF-8"));
  EXPECT_THAT(Message(Parse(std::string(5000, '\0'))), HasSubstr("at most 4096 bytes, got 5000"));
}

TEST(RequestRulesTest, ParsesARequestInSeveralSlices) {
  const grpc::Slice slices[] = {grpc::Slice("\x0A\x04gr"), grpc::Slice("ep")};
  v1::GetProfileRequest request;
  ASSERT_TRUE(ParseRequest(grpc::ByteBuffer(slices, 2), &request).ok());
  EXPECT_EQ(request.tool_name(), "grep");
}

TEST(RequestRulesTest, ToolNames) {
  for (const char* name : {"grep", "Grep_2.0-x", "7z"}) EXPECT_TRUE(CheckToolName(name).ok()) << name;
  EXPECT_TRUE(CheckToolName(std::string(100, 'a')).ok());
  for (const std::string& name : {std::string(), std::string("../../evil"), std::string("a b"), std::string("_a"),
                                  std::string("caf\xC3\xA9"), std::string(101, 'a')}) {
    EXPECT_THAT(Message(CheckToolName(name)), StartsWith("tool_name: ")) << name;
  }
}

TEST(RequestRulesTest, ShortTexts) {
  EXPECT_TRUE(CheckShortText("triggered_by", "").ok());
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "\xC3\xBC";
  EXPECT_TRUE(CheckShortText("triggered_by", umlauts).ok());
  EXPECT_EQ(Message(CheckShortText("triggered_by", umlauts + "x")),
            "triggered_by: must be at most 100 characters, got 101");
  EXPECT_THAT(Message(CheckShortText("triggered_by", "a\nb")), HasSubstr("must be printable"));
  EXPECT_THAT(Message(CheckShortText("triggered_by", "a\xC2\x85")), HasSubstr("must be printable"));
}

TEST(RequestRulesTest, RevisionsAndFilters) {
  EXPECT_TRUE(CheckMinRevision(0).ok());
  EXPECT_EQ(Message(CheckMinRevision(-1)), "min_revision: must be at least 0, got -1");
  EXPECT_TRUE(CheckRevision(1).ok());
  EXPECT_EQ(Message(CheckRevision(0)), "revision: must be at least 1, got 0");
  v1::ListProfilesRequest request;
  request.set_capability("file_read");
  EXPECT_TRUE(CheckProfileFilters(request).ok());
  request.set_tag("a\nb");
  EXPECT_THAT(Message(CheckProfileFilters(request)), StartsWith("tag: must be printable"));
}

TEST(RequestRulesTest, Triggers) {
  EXPECT_TRUE(CheckTrigger("").ok());
  EXPECT_TRUE(CheckTrigger("webhook").ok());
  EXPECT_EQ(Message(CheckTrigger("often")),
            "trigger_type: unknown value \"often\"; allowed: manual, api_update, periodic, webhook, startup");
}

}  // namespace
}  // namespace toolcatalog
