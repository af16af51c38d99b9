#include "common/rpc/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "common/rpc/server.h"
#include "common/status.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {
namespace {

constexpr char kSecret[] = "what only the log may tell";

// A service with a read and a write that throw, and one that does not.
class ThrowingService final : public v1::CatalogService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetTool(grpc::CallbackServerContext* context, const v1::GetToolRequest*,
                                    v1::GetToolResponse* response) override {
    return ServeReadOn(executor_, context, "GetTool", [response]() -> absl::Status {
      response->set_content_hash("half an answer");
      throw std::runtime_error(kSecret);
    });
  }
  grpc::ServerUnaryReactor* DeleteTool(grpc::CallbackServerContext* context, const v1::DeleteToolRequest*,
                                       v1::DeleteToolResponse*) override {
    const auto work = []() -> absl::Status { throw std::runtime_error(kSecret); };
    return ServeOn(executor_, context, work, [](const absl::Status& status) { return NotExecuted(status); });
  }
  grpc::ServerUnaryReactor* ListTools(grpc::CallbackServerContext*, const v1::ListToolsRequest*,
                                      v1::ListToolsResponse*) override {
    return EnterCall("ListTools", []() -> grpc::ServerUnaryReactor* { throw std::runtime_error(kSecret); });
  }
  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context, const v1::GetRevisionRequest*,
                                        v1::GetRevisionResponse* response) override {
    return EnterCall("GetRevision", [&] {
      return ServeReadOn(executor_, context, "GetRevision", [response] {
        response->set_revision(7);
        return absl::OkStatus();
      });
    });
  }

 private:
  Executor executor_{1, 100};
};

class CallTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::Start("127.0.0.1:0", v1::CatalogService::service_full_name(), &service_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::CatalogService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (v1::CatalogService::Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    Response response;
    return FromGrpcStatus((stub_.get()->*method)(&context, {}, &response));
  }

  void ExpectInternal(const absl::Status& status) {
    EXPECT_TRUE(absl::IsInternal(status)) << status;
    EXPECT_TRUE(HasReason(status, Reason::kInternalError));
    EXPECT_THAT(status.ToString(), testing::Not(testing::HasSubstr(kSecret)));
    // The one thread of the executor goes on.
    EXPECT_TRUE(Call(&v1::CatalogService::Stub::GetRevision).ok());
  }

  ThrowingService service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::CatalogService::Stub> stub_;
};

TEST_F(CallTest, ACallWhoseWorkThrowsIsAnsweredInternal) {
  for (int i = 0; i < 3; ++i) ExpectInternal(Call(&v1::CatalogService::Stub::GetTool));
}

TEST_F(CallTest, WhatAThrowingCallAnswersIsCompletedLikeAnyStatus) {
  const absl::Status status = Call(&v1::CatalogService::Stub::DeleteTool);
  ExpectInternal(status);
  EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kNotExecuted);
}

TEST_F(CallTest, AHandlerThatThrowsIsAnsweredInternal) {
  for (int i = 0; i < 3; ++i) ExpectInternal(Call(&v1::CatalogService::Stub::ListTools));
}

}  // namespace
}  // namespace toolcatalog
