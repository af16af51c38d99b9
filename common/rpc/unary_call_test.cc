#include "common/rpc/unary_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "common/rpc/executor.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/raw_methods.h"
#include "common/rpc/server.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {
namespace {

constexpr char kSecret[] = "what only the log may tell";

// A read and a write that throw, and reads that do not.
class ThrowingCalls {
 public:
  void GetTool(UnaryCall& call, const v1::GetToolRequest&, v1::GetToolResponse& response) {
    AnswerReadOn(executor_, call, [&response]() -> absl::Status {
      response.set_content_hash("half an answer");
      throw std::runtime_error(kSecret);
    });
  }
  void DeleteTool(UnaryCall& call, const v1::DeleteToolRequest&, v1::DeleteToolResponse&) {
    const auto work = []() -> absl::Status { throw std::runtime_error(kSecret); };
    AnswerOn(executor_, call, work, [](const absl::Status& status) { return NotExecuted(status); });
  }
  void ListTools(UnaryCall&, const v1::ListToolsRequest&, v1::ListToolsResponse&) { throw std::runtime_error(kSecret); }
  void GetRevision(UnaryCall& call, const v1::GetRevisionRequest&, v1::GetRevisionResponse& response) {
    AnswerReadOn(executor_, call, [&response] {
      response.set_revision(7);
      return absl::OkStatus();
    });
  }
  // Answers as many bytes as the page size says.
  void SearchTools(UnaryCall& call, const v1::SearchToolsRequest& request, v1::SearchToolsResponse& response) {
    response.set_next_page_token(std::string(request.page_size(), 'x'));
    call.Answer(absl::OkStatus());
  }

 private:
  Executor executor_{1, 100};
};

using ServiceBase = RawMethods<v1::CatalogService::Service, v1::CatalogService::WithRawCallbackMethod_GetTool,
                               v1::CatalogService::WithRawCallbackMethod_DeleteTool,
                               v1::CatalogService::WithRawCallbackMethod_ListTools,
                               v1::CatalogService::WithRawCallbackMethod_GetRevision,
                               v1::CatalogService::WithRawCallbackMethod_SearchTools>::Service;

class ThrowingService final : public ServiceBase {
 public:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Unary = grpc::ServerUnaryReactor*;

  Unary GetTool(Context* context, const Bytes* request, Bytes* response) override {
    return ServeUnary(open_calls, {"GetTool"}, context, request, response, &calls_, &ThrowingCalls::GetTool);
  }
  Unary DeleteTool(Context* context, const Bytes* request, Bytes* response) override {
    return ServeUnary(open_calls, {"DeleteTool"}, context, request, response, &calls_, &ThrowingCalls::DeleteTool);
  }
  Unary ListTools(Context* context, const Bytes* request, Bytes* response) override {
    return ServeUnary(open_calls, {"ListTools"}, context, request, response, &calls_, &ThrowingCalls::ListTools);
  }
  Unary GetRevision(Context* context, const Bytes* request, Bytes* response) override {
    return ServeUnary(open_calls, {"GetRevision"}, context, request, response, &calls_, &ThrowingCalls::GetRevision);
  }
  Unary SearchTools(Context* context, const Bytes* request, Bytes* response) override {
    return ServeUnary(open_calls, {"SearchTools"}, context, request, response, &calls_, &ThrowingCalls::SearchTools);
  }

  // A quarter of it for calls.
  OpenCalls open_calls{int64_t{6} << 20};

 private:
  ThrowingCalls calls_;
};

class UnaryCallTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Start("127.0.0.1:0").ok()); }

  absl::Status Start(const std::string& address) {
    ServerOptions options;
    options.open_calls = &service_.open_calls;
    auto server = Server::Start(address, v1::CatalogService::service_full_name(), &service_, options);
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    stub_ = v1::CatalogService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
    return absl::OkStatus();
  }

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (v1::CatalogService::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request = {}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    Response response;
    return FromGrpcStatus((stub_.get()->*method)(&context, request, &response));
  }

  void ExpectInternal(const absl::Status& status) {
    EXPECT_TRUE(absl::IsInternal(status)) << status;
    EXPECT_TRUE(HasReason(status, Reason::kInternalError));
    EXPECT_THAT(status.ToString(), testing::Not(testing::HasSubstr(kSecret)));
    // The one thread of the executor goes on.
    EXPECT_TRUE(Call(&v1::CatalogService::Stub::GetRevision).ok());
  }

  // A call that is answered holds memory until gRPC has ended it, which may be a little later.
  void AwaitAllGivenBack() {
    ASSERT_TRUE(Await([&] { return service_.open_calls.budget().held() == 0; }, absl::Seconds(10)));
  }

  ThrowingService service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::CatalogService::Stub> stub_;
};

TEST_F(UnaryCallTest, ACallWhoseWorkThrowsIsAnsweredInternal) {
  for (int i = 0; i < 3; ++i) ExpectInternal(Call(&v1::CatalogService::Stub::GetTool));
}

TEST_F(UnaryCallTest, WhatAThrowingCallAnswersIsCompletedLikeAnyStatus) {
  const absl::Status status = Call(&v1::CatalogService::Stub::DeleteTool);
  ExpectInternal(status);
  EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kNotExecuted);
}

TEST_F(UnaryCallTest, AHandlerThatThrowsIsAnsweredInternal) {
  for (int i = 0; i < 3; ++i) ExpectInternal(Call(&v1::CatalogService::Stub::ListTools));
}

TEST_F(UnaryCallTest, WhatACallHoldsIsGivenBack) {
  v1::SearchToolsRequest request;
  request.set_page_size(50000);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Call(&v1::CatalogService::Stub::SearchTools, request).ok()) << i;
    AwaitAllGivenBack();
  }
  request.set_page_size(2000000);
  const absl::Status refused = Call(&v1::CatalogService::Stub::SearchTools, request);
  EXPECT_TRUE(HasReason(refused, Reason::kMemoryBudgetExhausted)) << refused;
  AwaitAllGivenBack();
}

TEST_F(UnaryCallTest, RequestsArePlainAndOfTheSizeThatTheMethodTakes) {
  v1::SearchToolsRequest request;
  request.set_q(std::string(70000, 'x'));
  EXPECT_TRUE(HasReason(Call(&v1::CatalogService::Stub::SearchTools, request), Reason::kRequestTooLarge));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::SearchToolsResponse response;
  EXPECT_EQ(stub_->SearchTools(&context, request, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

// Else requests would be taken for halves of messages, and their connections ended.
TEST_F(UnaryCallTest, RequestsAreKnownAsThoseOfTheirConnections) {
  v1::SearchToolsRequest request;
  request.set_q(std::string(20000, 'x'));
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    if (!Start(address).ok()) continue;  // there is no IPv6
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(Call(&v1::CatalogService::Stub::SearchTools, request).ok()) << address << " call " << i;
      AwaitAllGivenBack();
    }
    service_.open_calls.arriving().Check();
    EXPECT_LT(service_.open_calls.arriving().outstanding(), 70000) << address;
  }
}

}  // namespace
}  // namespace toolcatalog
