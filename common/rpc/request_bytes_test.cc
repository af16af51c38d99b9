#include "common/rpc/request_bytes.h"

#include <gmock/gmock.h>
#include <grpcpp/support/byte_buffer.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "common/status.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

grpc::ByteBuffer Bytes(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

absl::Status Parse(const std::string& text) {
  v1::GetProfileRequest request;
  return ParseRequest(Bytes(text), {"GetProfile", 100}, request);
}

TEST(RequestBytesTest, RefusesWhatIsNotTheMessage) {
  v1::GetProfileRequest request;
  request.set_tool_name("grep");
  EXPECT_TRUE(Parse(request.SerializeAsString()).ok());
  EXPECT_TRUE(Parse("").ok());
  for (const char* wrong : {"\x0A\x7Fgrep", "\x0A\x02\xC3\x28"}) {
    const absl::Status status = Parse(wrong);
    EXPECT_EQ(ErrorReason(status), "MALFORMED_REQUEST");
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("a well-formed GetProfileRequest whose texts are valid UTF-8"));
  }
  const absl::Status large = Parse(std::string(101, '\0'));
  EXPECT_EQ(ErrorReason(large), "REQUEST_TOO_LARGE");
  EXPECT_THAT(std::string(large.message()), HasSubstr("of GetProfile must be at most 100 bytes, got 101"));
  EXPECT_TRUE(absl::IsCancelled(ParseRequest(grpc::ByteBuffer(), {"GetProfile"}, request)));
}

TEST(RequestBytesTest, ParsesARequestInSeveralSlices) {
  const grpc::Slice slices[] = {grpc::Slice("\x0A\x04gr"), grpc::Slice("ep")};
  v1::GetProfileRequest request;
  ASSERT_TRUE(ParseRequest(grpc::ByteBuffer(slices, 2), {"GetProfile"}, request).ok());
  EXPECT_EQ(request.tool_name(), "grep");
}

// The list of a tool whose empty entries cost most, and fields that no message knows.
TEST(RequestBytesTest, NoRequestCostsMoreThanItsFactor) {
  const google::protobuf::FieldDescriptor* field = v1::CreateToolRequest::descriptor()->FindFieldByName("tool");
  ASSERT_NE(field, nullptr);
  const google::protobuf::Descriptor* tool = field->message_type();
  for (int i = 0; i < tool->field_count(); ++i) {
    const auto* list = tool->field(i);
    if (!list->is_repeated() || list->message_type() == nullptr) continue;
    v1::CreateToolRequest request;
    auto* message = request.GetReflection()->MutableMessage(&request, field);
    for (int entry = 0; entry < 10000; ++entry) message->GetReflection()->AddMessage(message, list);
    v1::CreateToolRequest parsed;
    ASSERT_TRUE(parsed.ParseFromString(request.SerializeAsString()));
    EXPECT_LE(parsed.SpaceUsedLong(), parsed.ByteSizeLong() * kDefinitionParseFactor) << list->name();
  }
  std::string unknown;
  for (int i = 0; i < 10000; ++i) unknown += "\x78\x01";
  v1::GetProfileRequest parsed;
  ASSERT_TRUE(parsed.ParseFromString(unknown));
  EXPECT_LE(parsed.SpaceUsedLong(), unknown.size() * RequestBounds().parse_factor);
}

}  // namespace
}  // namespace toolcatalog
