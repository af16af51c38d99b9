#include "reload_service/rpc/reload_stream.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/server_stream.h"
#include "common/status.h"
#include "common/steady_time.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"

namespace toolcatalog {
namespace {

// A service with the stream alone, whose clients must take a message within a short time.
class StreamService final : public v1::ReloadService::WithRawCallbackMethod_WatchReloads<v1::ReloadService::Service> {
 public:
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchReloads(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request) override {
    const auto make = [&](const v1::WatchReloadsRequest& parsed) {
      return ReloadStream::Create(context, parsed, &history, absl::Milliseconds(200));
    };
    return streams.Open<v1::WatchReloadsRequest>({"WatchReloads"}, context, request, make);
  }

  ReloadHistory history{4, {"blue", "00112233aabbccdd", absl::UnixEpoch()}};
  OpenCalls open_calls{int64_t{1} << 30};
  StreamRegistry streams{&open_calls, "streams of reloads", 10};
};

class ReloadStreamTest : public ::testing::Test {
 protected:
  ReloadStreamTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::ReloadService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
    context_.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  }
  ~ReloadStreamTest() override {
    context_.TryCancel();
    server_->Shutdown();
    server_->Wait();
  }

  void Record(size_t bytes) {
    v1::ReloadEvent event;
    event.set_trigger("manual");
    event.set_error(std::string(bytes, 'x'));
    service_.history.Record(event);
  }

  // Code, reason and oldest event of the error that a stream from there ends with.
  std::string Refusal(int64_t from_event_id, const std::string& boot_id) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
    v1::WatchReloadsRequest request;
    request.set_from_event_id(from_event_id);
    request.set_boot_id(boot_id);
    auto reader = stub_->WatchReloads(&context, request);
    v1::ReloadEvent event;
    EXPECT_FALSE(reader->Read(&event));
    const absl::Status status = FromGrpcStatus(reader->Finish());
    return absl::StrCat(absl::StatusCodeToString(status.code()), " ", ErrorReason(status), " ",
                        ErrorMetadata(status, "oldest_event_id"));
  }

  StreamService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::ReloadService::Stub> stub_;
  grpc::ClientContext context_;
};

TEST_F(ReloadStreamTest, SlowReaderSeesTheGap) {
  Record(1);
  auto reader = stub_->WatchReloads(&context_, {});
  reader->WaitForInitialMetadata();
  for (int i = 0; i < 100; ++i) Record(100);
  int64_t last = 1;
  int received = 0;
  v1::ReloadEvent event;
  while (last < 101 && reader->Read(&event)) {
    EXPECT_GT(event.event_id(), last);
    last = event.event_id();
    ++received;
  }
  EXPECT_EQ(last, 101);
  EXPECT_LE(received, 100);
}

TEST_F(ReloadStreamTest, ResumesAfterAnEvent) {
  for (int i = 0; i < 5; ++i) Record(1);
  v1::WatchReloadsRequest request;
  request.set_from_event_id(3);
  request.set_boot_id("00112233aabbccdd");
  auto reader = stub_->WatchReloads(&context_, request);
  v1::ReloadEvent event;
  for (int id = 4; id <= 5; ++id) {
    ASSERT_TRUE(reader->Read(&event));
    EXPECT_EQ(event.event_id(), id);
  }
}

TEST_F(ReloadStreamTest, ResumesFromTheOldestAndRefusesWhatIsForgotten) {
  for (int i = 0; i < 10003; ++i) Record(1);
  EXPECT_EQ(Refusal(2, ""), "OUT_OF_RANGE COMPACTED 3");
  grpc::ClientContext oldest;
  v1::WatchReloadsRequest request;
  request.set_from_event_id(0);
  auto reader = stub_->WatchReloads(&oldest, request);
  v1::ReloadEvent event;
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.event_id(), 4);
  oldest.TryCancel();
}

TEST_F(ReloadStreamTest, RefusesPlacesOfOtherProcesses) {
  Record(1);
  EXPECT_EQ(Refusal(2, ""), "OUT_OF_RANGE HISTORY_DIVERGED 0");
  EXPECT_EQ(Refusal(1, "another"), "OUT_OF_RANGE HISTORY_DIVERGED 0");
  EXPECT_EQ(Refusal(-1, ""), "INVALID_ARGUMENT INVALID_FIELD ");
}

TEST_F(ReloadStreamTest, ReaderThatTakesNothingIsCancelled) {
  const SteadyTime begin = SteadyTime::Now();
  auto reader = stub_->WatchReloads(&context_, {});
  reader->WaitForInitialMetadata();
  // Far more than the connection buffers, so a write stays in flight.
  for (int i = 0; i < 4; ++i) Record(16 << 20);
  // The stream ends without the client having read; shutdown does not have to wait for it.
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(9));
  server_->Wait();
  EXPECT_LT(SteadyTime::Now() - begin, absl::Seconds(8)) << "before the deadline of the call";
  v1::ReloadEvent event;
  while (reader->Read(&event)) {
  }
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(ReloadStreamTest, EndsWhenTheServerDrains) {
  auto reader = stub_->WatchReloads(&context_, {});
  reader->WaitForInitialMetadata();
  service_.streams.Drain();
  v1::ReloadEvent event;
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace toolcatalog
