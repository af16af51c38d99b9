// Imports that come in pieces: large ones arrive whole, and one that does not come to its end stores nothing.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

constexpr size_t kMiB = 1 << 20;
// Of a large definition; the most is 256 KiB.
constexpr size_t kToolBytes = 205 * 1024;
constexpr char kId[] = "00000000-0000-4000-8000-000000000001";

std::string Definition(absl::string_view name, absl::string_view description = "d") {
  return absl::StrCat("tool_name: ", name, "\ndescription: ", description, "\nplatform: linux\ncategory: system\n");
}

// So many definitions with so much free text each, in many short lines as people write them.
std::string LargeText(int count, size_t bytes_each) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "---\n", Definition(absl::StrCat("large-", i)), "metadata:\n  notes: |\n");
    for (const size_t end = text.size() + bytes_each; text.size() < end;) {
      absl::StrAppend(&text, "    a line of the notes of tool ", i, ", of which there are many more\n");
    }
  }
  return text;
}

class StreamImportTest : public EndToEndFixture {
 protected:
  // A call that a test drives message by message.
  struct Sender {
    explicit Sender(v1::CatalogService::Stub& catalog) {
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
      writer = catalog.StreamImport(&context, &response);
    }
    bool Options(const v1::ImportOptions& options = {}) {
      v1::StreamImportRequest message;
      *message.mutable_options() = options;
      return writer->Write(message);
    }
    bool Piece(const std::string& text) {
      v1::StreamImportRequest message;
      message.set_yaml_content(text);
      return writer->Write(message);
    }
    absl::Status Close() {
      writer->WritesDone();
      return FromGrpcStatus(writer->Finish());
    }

    grpc::ClientContext context;
    v1::ImportToolsResponse response;
    std::unique_ptr<grpc::ClientWriter<v1::StreamImportRequest>> writer;
  };

  void SetUp() override {
    EndToEndFixture::SetUp();
    if (!HasFatalFailure()) Start(1, {});
  }

  int64_t CurrentRevision() { return Revision(catalog()).value_or(-1); }
};

TEST_F(StreamImportTest, TakesATextOf60MiB) {
  constexpr int kTools = 300;
  const std::string text = LargeText(kTools, kToolBytes);
  ASSERT_GT(text.size(), 60 * kMiB);
  const absl::Time begin = absl::Now();
  const auto response = Import(catalog(), text, false, "ann");
  std::cout << text.size() << " bytes imported in " << absl::Now() - begin << "\n";
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->imported_count(), kTools);
  EXPECT_EQ(response->failed_count(), 0) << response->errors(0).ShortDebugString();
  EXPECT_EQ(response->revision(), CurrentRevision());
  const auto tool = Get(catalog(), absl::StrCat("large-", kTools - 1));
  ASSERT_THAT(tool, IsOk());
  EXPECT_GT(tool->ByteSizeLong(), 190u * 1024) << "less the indentation";
  EXPECT_EQ(tool->tool().updated_by(), "ann");
  // The same again, by what is stored.
  const auto again = Import(catalog(), text, true);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->skipped_count(), kTools);
}

TEST_F(StreamImportTest, IsTheSameImportAsImportToolsHoweverItIsCut) {
  const std::string text = Definition("a", "\"\xC3\xA9t\xC3\xA9\"");
  v1::ImportOptions options;
  options.set_request_id(kId);
  options.set_reason("because");
  Sender first(catalog());
  ASSERT_TRUE(first.Options(options));
  for (const char byte : text) ASSERT_TRUE(first.Piece(std::string(1, byte)));
  ASSERT_THAT(first.Close(), IsOk());
  EXPECT_EQ(first.response.imported_count(), 1);
  const auto log = Changes(catalog());
  ASSERT_THAT(log, IsOk());
  ASSERT_EQ(log->size(), 1u);
  EXPECT_EQ(log->back().reason(), "because");
  EXPECT_EQ(log->back().actor(), "api");
  EXPECT_NE(log->back().peer(), "");

  const auto whole = Import(catalog(), options, text);
  ASSERT_THAT(whole, IsOk());
  EXPECT_EQ(whole->SerializeAsString(), first.response.SerializeAsString());
  v1::ImportToolsRequest unary;
  unary.set_yaml_content(text);
  unary.set_request_id(kId);
  unary.set_reason("because");
  grpc::ClientContext context;
  v1::ImportToolsResponse response;
  ASSERT_THAT(catalog().ImportTools(&context, unary, &response), IsOk());
  EXPECT_EQ(response.SerializeAsString(), first.response.SerializeAsString());
  EXPECT_EQ(CurrentRevision(), 1);

  options.set_overwrite(true);
  const absl::Status reused = Import(catalog(), options, text).status();
  EXPECT_THAT(reused, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(HasReason(reused, Reason::kRequestIdReused)) << reused;
}

TEST_F(StreamImportTest, WhatIsRefusedSaysThatNothingWasStored) {
  const auto expect_refused = [this](const absl::Status& status, absl::string_view part) {
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(std::string(part)));
    EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kNotExecuted) << status;
    EXPECT_EQ(CurrentRevision(), 0);
  };
  v1::ImportOptions options;
  options.set_request_id("no uuid");
  expect_refused(Import(catalog(), options, Definition("a")).status(), "request_id");
  options.clear_request_id();
  options.set_reason("two\nlines");
  expect_refused(Import(catalog(), options, Definition("a")).status(), "reason");
  expect_refused(Import(catalog(), "", false).status(), "yaml_content: is required");
  expect_refused(Import(catalog(), "tool_name: [", false).status(), "yaml_content");
  expect_refused(Import(catalog(), "tool_name: \"\xC3\"", false).status(), "yaml_content: must be UTF-8");
  expect_refused(Import(catalog(), std::string(64 * kMiB + 1, ' '), false).status(), "67108864");
  Sender late(catalog());
  late.Piece("a: b");
  expect_refused(late.Close(), "options: must be in the first message");
  Sender none(catalog());
  expect_refused(none.Close(), "options: is required");
}

TEST_F(StreamImportTest, ImportToolsTakes4MiBInOneMessage) {
  v1::ImportToolsRequest request;
  request.set_yaml_content(LargeText(21, kToolBytes));
  ASSERT_GT(request.ByteSizeLong(), 4 * kMiB);
  grpc::ClientContext context;
  v1::ImportToolsResponse response;
  EXPECT_THAT(catalog().ImportTools(&context, request, &response), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(CurrentRevision(), 0);
  request.set_yaml_content(LargeText(19, kToolBytes));
  ASSERT_LT(request.ByteSizeLong(), 4 * kMiB);
  grpc::ClientContext again;
  ASSERT_THAT(catalog().ImportTools(&again, request, &response), IsOk());
  EXPECT_EQ(response.imported_count(), 19);
}

// The half of a text is a text too: it must not be taken for one, whenever the client goes away.
TEST_F(StreamImportTest, AStreamThatIsCancelledStoresNothing) {
  for (int i = 0; i < 200; ++i) {
    Sender sender(catalog());
    ASSERT_TRUE(sender.Options());
    ASSERT_TRUE(sender.Piece(Definition(absl::StrCat("cancelled-", i))));
    sender.context.TryCancel();
    EXPECT_THAT(FromGrpcStatus(sender.writer->Finish()), HasCode(absl::StatusCode::kCancelled));
  }
  // What the catalog takes afterwards would be behind a half that it took. Each stream holds its room until the
  // catalog has heard of its end.
  EXPECT_TRUE(Await([&] { return Import(catalog(), Definition("last"), false).ok(); }, kPatience));
  EXPECT_EQ(CurrentRevision(), 1);
}

TEST_F(StreamImportTest, ADrainEndsOpenStreams) {
  constexpr int kStreams = 5;
  std::vector<std::unique_ptr<Sender>> senders;
  for (int i = 0; i < kStreams; ++i) {
    senders.push_back(std::make_unique<Sender>(catalog()));
    ASSERT_TRUE(senders.back()->Options());
    ASSERT_TRUE(senders.back()->Piece(Definition("half")));
  }
  // The catalog answers on the same connection, so the streams have begun.
  ASSERT_EQ(CurrentRevision(), 0);
  ServiceProcess& process = services().catalog_process();
  ASSERT_THAT(process.process().Signal(SIGTERM), IsOk());
  for (const auto& sender : senders) {
    const absl::Status status = FromGrpcStatus(sender->writer->Finish());
    EXPECT_THAT(status, HasCode(absl::StatusCode::kUnavailable));
    EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kNotExecuted) << status;
  }
  EXPECT_EQ(process.process().Wait(absl::Seconds(10)).value_or(-1), 0);
}

// Two large imports have room, small ones beside them; a third large one succeeds when it tries again.
TEST_F(StreamImportTest, LargeImportsHaveABudget) {
  constexpr int kTools = 310;
  const std::string text = LargeText(kTools, kToolBytes);
  ASSERT_GT(text.size(), 62 * kMiB);
  v1::ImportOptions options;
  options.set_validate_only(true);
  Sender first(catalog()), second(catalog());
  for (Sender* sender : {&first, &second}) {
    ASSERT_TRUE(sender->Options(options));
    for (size_t at = 0; at < text.size(); at += kMiB) ASSERT_TRUE(sender->Piece(text.substr(at, kMiB)));
  }
  const std::string third = LargeText(100, kToolBytes);
  absl::Status refused;
  // The last pieces of the two may still be under way.
  EXPECT_TRUE(Await(
      [&] {
        refused = Import(catalog(), options, third).status();
        return !refused.ok();
      },
      kPatience));
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(HasReason(refused, Reason::kMemoryBudgetExhausted)) << refused;
  EXPECT_EQ(ErrorMetadata(refused, kOutcomeKey), kNotExecuted);
  EXPECT_THAT(Import(catalog(), Definition("small"), false), IsOk());
  ASSERT_THAT(first.Close(), IsOk());
  EXPECT_EQ(first.response.imported_count(), kTools);
  EXPECT_THAT(Import(catalog(), options, third), IsOk());
  second.context.TryCancel();
  second.writer->Finish();
}

}  // namespace
}  // namespace toolcatalog
