#include "common/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/rpc/grpc_status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

google::rpc::BadRequest DetailsOf(const absl::Status& status) {
  google::rpc::BadRequest details;
  auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  EXPECT_TRUE(payload.has_value());
  if (payload.has_value()) details.ParseFromString(std::string(*payload));
  return details;
}

TEST(Violation, HasItsPartsAndASentence) {
  const Violation number = BrokenByNumber("a.b", "must be from 0 to 1", "7");
  EXPECT_EQ(number.path, "a.b");
  EXPECT_EQ(number.message, "must be from 0 to 1, got 7");
  EXPECT_EQ(number.value, "7");
  const Violation text = BrokenByText("p", "must be a word", std::string(100, 'x'), "word");
  EXPECT_EQ(text.message, "must be a word, got \"" + std::string(60, 'x') + "...\"; did you mean \"word\"?");
  EXPECT_EQ(text.value, std::string(60, 'x') + "...");
  EXPECT_EQ(text.suggestion, "word");
  EXPECT_EQ(BrokenRule("p", "required").message, "required");
}

TEST(InvalidArgumentErrorTest, NamesEveryViolation) {
  const absl::Status status = InvalidArgumentError({{"a", "must be b"}, {"c", "must be d"}});
  EXPECT_EQ(status.message(), "a: must be b; c: must be d");
  const auto details = DetailsOf(status);
  ASSERT_EQ(details.field_violations_size(), 2);
  EXPECT_EQ(details.field_violations(1).field(), "c");
  EXPECT_EQ(details.field_violations(1).description(), "must be d");
}

TEST(InvalidArgumentErrorTest, StaysSmall) {
  std::vector<Violation> violations(100, {std::string(500, 'p'), std::string(5000, 'm')});
  const absl::Status status = InvalidArgumentError(violations);
  const auto details = DetailsOf(status);
  EXPECT_LT(ToGrpcStatus(status).error_details().size(), 4096u);
  EXPECT_THAT(details.field_violations(details.field_violations_size() - 1).description(), HasSubstr(" more"));
}

TEST(InvalidArgumentErrorTest, CutsBetweenCharacters) {
  std::string text = "x";
  while (text.size() < 400) text += "\xC3\xA9";
  const auto details = DetailsOf(InvalidArgumentError("f", text));
  google::rpc::BadRequest again;
  EXPECT_TRUE(again.ParseFromString(details.SerializeAsString()));
  EXPECT_EQ(details.field_violations(0).description().substr(255), "...");
}

TEST(ErrorInfoTest, ReasonStaysAndMetadataGrows) {
  absl::Status status = MakeError(Reason::kEtagMismatch, "x", {{"etag", "1"}});
  status = NotExecuted(status);
  EXPECT_TRUE(HasReason(status, Reason::kEtagMismatch));
  EXPECT_EQ(ErrorMetadata(status, "etag"), "1");
  EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kNotExecuted);
  EXPECT_EQ(ErrorMetadata(status, "other"), "");
}

TEST(ErrorInfoTest, AnOutcomeIsNotOverwritten) {
  const absl::Status status = NotExecuted(OutcomeUnknown(MakeError(Reason::kNotReplicated, "x")));
  EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kOutcomeUnknown);
  EXPECT_TRUE(HasReason(status, Reason::kNotReplicated));
}

TEST(ErrorInfoTest, AnOutcomeIsNeverTheReason) {
  const absl::Status status = NotExecuted(absl::UnavailableError("x"));
  EXPECT_TRUE(HasReason(status, Reason::kServiceUnavailable));
}

TEST(ErrorInfoTest, AnErrorHasTheCodeOfItsReason) {
  const absl::Status status = MakeError(Reason::kToolNotFound, "gone", {{"tool_name", "grep"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReason(status), "TOOL_NOT_FOUND");
  EXPECT_EQ(ErrorMetadata(status, "tool_name"), "grep");
  EXPECT_TRUE(HasReason(InvalidArgumentError("f", "must be g"), Reason::kInvalidField));
}

TEST(GrpcStatusTest, NoErrorLeavesWithoutAReasonOfItsCode) {
  for (int code = 1; code <= static_cast<int>(absl::StatusCode::kUnauthenticated); ++code) {
    const auto of_code = static_cast<absl::StatusCode>(code);
    const absl::Status sent = FromGrpcStatus(ToGrpcStatus(absl::Status(of_code, "x")));
    EXPECT_EQ(ErrorReason(sent), EntryOf(DefaultReason(of_code)).name);
    EXPECT_EQ(EntryOf(DefaultReason(of_code)).code, of_code);
  }
}

TEST(ErrorInfoTest, EqualStatusesHaveEqualBytes) {
  const auto make = [] { return NotExecuted(MakeError(Reason::kEtagMismatch, "x", {{"a", "1"}, {"b", "2"}})); };
  const absl::Status first = make();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(make(), first);
}

TEST(GrpcStatusTest, DetailsTravelBothWays) {
  const absl::Status status = NotExecuted(InvalidArgumentError("f", "must be g"));
  const absl::Status back = FromGrpcStatus(ToGrpcStatus(status));
  EXPECT_EQ(back, status);
  EXPECT_TRUE(FromGrpcStatus(ToGrpcStatus(absl::OkStatus())).ok());
}

TEST(GrpcStatusTest, DetailsComeInAStableOrder) {
  const std::string first = ToGrpcStatus(NotExecuted(InvalidArgumentError("f", "must be g"))).error_details();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ToGrpcStatus(NotExecuted(InvalidArgumentError("f", "must be g"))).error_details(), first);
  }
}

}  // namespace
}  // namespace toolcatalog
