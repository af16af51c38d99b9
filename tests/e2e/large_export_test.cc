// Exports that are too large for one answer, or that nobody reads, cost the catalog a bounded amount of memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/e2e/export_fixture.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

using LargeExportTest = ExportFixture;

TEST_F(LargeExportTest, WhatIsTooLargeForOneAnswerIsStreamed) {
  constexpr int kTools = 280;
  CreateLargeTools(kTools);
  const auto refused = Export(catalog());
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("/api/v1/export"));
  const absl::Time begin = absl::Now();
  const Streamed streamed = Stream(catalog());
  ASSERT_THAT(streamed.status, IsOk());
  std::cout << streamed.yaml.size() << " bytes streamed in " << absl::Now() - begin << "\n";
  EXPECT_THAT(Documents(streamed.yaml), SizeIs(kTools));
  EXPECT_LE(streamed.largest, 1u << 20);
}

TEST_F(LargeExportTest, AStreamThatNobodyReadsEndsWhenTheServerDrains) {
  CreateLargeTools(100);
  grpc::ClientContext context;
  const auto reader = catalog().StreamExport(&context, {});
  v1::StreamExportResponse message;
  ASSERT_TRUE(reader->Read(&message));
  ASSERT_THAT(services().catalog_process().process().Signal(SIGTERM), IsOk());
  EXPECT_THAT(services().catalog_process().process().Wait(kPatience), IsOk());
  while (reader->Read(&message)) {
  }
  EXPECT_THAT(reader->Finish(), testing::Not(IsOk()));
}

TEST_F(LargeExportTest, OneTooManyStreamsIsRefused) {
  CreateLargeTools(100);
  // Streams that nobody reads stay open: each has more to send than the transport takes.
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::StreamExportResponse>>> readers;
  v1::StreamExportResponse message;
  for (int i = 0; i < 32; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(catalog().StreamExport(contexts.back().get(), {}));
    ASSERT_TRUE(readers.back()->Read(&message));
  }
  EXPECT_THAT(Stream(catalog()).status, HasCode(absl::StatusCode::kResourceExhausted));
  for (auto& context : contexts) context->TryCancel();
  for (auto& reader : readers) {
    while (reader->Read(&message)) {
    }
    EXPECT_THAT(reader->Finish(), HasCode(absl::StatusCode::kCancelled));
  }
  EXPECT_TRUE(Await([this] { return Stream(catalog()).status.ok(); }, kPatience));
}

TEST_F(LargeExportTest, AnswersThatNobodyReadsAreBounded) {
  // About 50 MB each: the calls of a connection may hold two, not three.
  CreateLargeTools(200);
  struct Unread {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ExportToolsResponse>> reader;
  };
  std::vector<std::unique_ptr<Unread>> calls;
  for (int i = 0; i < 2; ++i) {
    Unread& call = *calls.emplace_back(std::make_unique<Unread>());
    call.reader = catalog().AsyncExportTools(&call.context, {}, &call.queue);
    // The server sends this together with the answer, which is not asked for.
    call.reader->ReadInitialMetadata(&call);
    void* tag;
    bool ok = false;
    ASSERT_TRUE(call.queue.Next(&tag, &ok));
    ASSERT_TRUE(ok);
  }
  const auto refused = Export(catalog());
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("try again later"));
  for (auto& call : calls) {
    v1::ExportToolsResponse response;
    grpc::Status status;
    call->context.TryCancel();
    call->reader->Finish(&response, &status, call.get());
    void* tag;
    bool ok = false;
    ASSERT_TRUE(call->queue.Next(&tag, &ok));
  }
  EXPECT_TRUE(Await([this] { return Export(catalog()).ok(); }, kPatience)) << "their place is free again";
}

}  // namespace
}  // namespace toolcatalog
