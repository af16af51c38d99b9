#ifndef RELOAD_SERVICE_RELOAD_SERVER_FIXTURE_H_
#define RELOAD_SERVICE_RELOAD_SERVER_FIXTURE_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "reload_service/reload_server.h"
#include "tests/support/await.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

inline constexpr absl::Duration kPatience = absl::Seconds(10);

// A client context with a deadline, so that no test hangs.
class Context : public grpc::ClientContext {
 public:
  explicit Context(absl::Duration patience = kPatience) { set_deadline(absl::ToChronoTime(absl::Now() + patience)); }
};

// The service itself on a free port, with a catalog that the test plays.
class ReloadServerFixture : public ::testing::Test {
 protected:
  void SetUp() override { Start(absl::Minutes(5)); }

  void Start(absl::Duration time_to_live) {
    ReloadServerOptions options;
    options.time_to_live = time_to_live;
    Start(options);
  }

  void Start(ReloadServerOptions options) {
    server_.reset();
    options.listen = "127.0.0.1:0";
    options.catalog = catalog_.address();
    options.catalog_internal_address = catalog_.address();
    options.replica = "blue";
    options.reload.watch = {absl::Milliseconds(1), absl::Milliseconds(20), absl::Seconds(20)};
    server_ = *ReloadServer::Start(options);
    watch_ = catalog_.AwaitWatch();
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    stub_ = v1::ReloadService::NewStub(channel_);
  }

  // Loads the tools as of revision 5.
  void Load(const std::vector<v1::Tool>& tools) {
    watch_->Send(SnapshotMessage(5, tools));
    Await([this] { return Statistics().total_reloads() > 0; }, kPatience);
    ASSERT_EQ(Statistics().total_reloads(), 1);
  }

  v1::ReloadStatistics Statistics() {
    Context context;
    v1::ReloadStatistics statistics;
    EXPECT_TRUE(stub_->GetReloadStatistics(&context, {}, &statistics).ok());
    return statistics;
  }

  grpc::Status Get(const std::string& name, v1::Profile* profile, absl::Duration patience = kPatience,
                   int64_t min_revision = 0) {
    Context context(patience);
    v1::GetProfileRequest request;
    request.set_tool_name(name);
    request.set_min_revision(min_revision);
    profile->Clear();
    return stub_->GetProfile(&context, request, profile);
  }

  v1::Profile Profile(const std::string& name) {
    v1::Profile profile;
    const grpc::Status status = Get(name, &profile);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return profile;
  }

  // The profile once it is not stale.
  v1::Profile AwaitFresh(const std::string& name) {
    Await([&] { return !Profile(name).stale(); }, kPatience);
    const v1::Profile profile = Profile(name);
    EXPECT_FALSE(profile.stale());
    return profile;
  }

  grpc::Status Trigger(const std::string& name, const std::string& triggered_by, v1::TriggerReloadResponse* response) {
    Context context;
    v1::TriggerReloadRequest request;
    request.set_tool_name(name);
    request.set_triggered_by(triggered_by);
    return stub_->TriggerReload(&context, request, response);
  }

  int Invalidate(const std::string& name) {
    Context context;
    v1::InvalidateCacheRequest request;
    request.set_tool_name(name);
    v1::InvalidateCacheResponse response;
    EXPECT_TRUE(stub_->InvalidateCache(&context, request, &response).ok());
    EXPECT_TRUE(response.success());
    return response.invalidated_count();
  }

  grpc::Status List(const v1::ListProfilesRequest& request, v1::ListProfilesResponse* response) {
    Context context;
    return stub_->ListProfiles(&context, request, response);
  }

  grpc::Status List(int page_size, const std::string& token, v1::ListProfilesResponse* response) {
    v1::ListProfilesRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    return List(request, response);
  }

  // The reload events with this trigger; "" = all.
  v1::ListReloadEventsResponse Events(const std::string& trigger) {
    Context context;
    v1::ListReloadEventsRequest request;
    request.set_trigger_type(trigger);
    v1::ListReloadEventsResponse events;
    EXPECT_TRUE(stub_->ListReloadEvents(&context, request, &events).ok());
    return events;
  }

  // Calls a unary method with these bytes; `*answer` gets those of the answer.
  grpc::Status CallRaw(const std::string& method, const std::string& bytes, std::string* answer) {
    grpc::GenericStub stub(channel_);
    Context context;
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1), response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &response,
                   [&done](grpc::Status status) { done.set_value(status); });
    const grpc::Status status = done.get_future().get();
    grpc::Slice whole;
    if (status.ok() && response.DumpToSingleSlice(&whole).ok()) {
      *answer = std::string(reinterpret_cast<const char*>(whole.begin()), whole.size());
    }
    return status;
  }

  bool Serving() {
    std::string answer;
    return CallRaw("/grpc.health.v1.Health/Check", "", &answer).ok() && answer == "\x08\x01";
  }

  FakeCatalog catalog_;
  std::unique_ptr<ReloadServer> server_;
  std::shared_ptr<FakeCatalog::Watch> watch_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ReloadService::Stub> stub_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_SERVER_FIXTURE_H_
