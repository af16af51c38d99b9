#include "tests/support/watch_recorder.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

// Sends the start bookmark and one write in two fragments, and breaks off: in the middle of the write on every first
// stream from a position, after it on the next.
class BreakingCatalog : public v1::CatalogService::Service {
 public:
  grpc::Status WatchTools(grpc::ServerContext* context, const v1::WatchToolsRequest* request,
                          grpc::ServerWriter<v1::WatchToolsResponse>* writer) override {
    v1::WatchToolsResponse message;
    message.set_revision(request->from_revision());
    message.set_bookmark(true);
    writer->Write(message);
    message.set_bookmark(false);
    message.set_revision(request->from_revision() + 1);
    message.set_state_hash("hash");
    message.add_changes();
    message.set_more(true);
    writer->Write(message);
    if (++streams_ % 2 == 1) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining");
    message.set_more(false);
    writer->Write(message);
    if (message.revision() == 5) return grpc::Status(grpc::StatusCode::OUT_OF_RANGE, "compacted");
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining");
  }

 private:
  int streams_ = 0;
};

class WatchRecorderTest : public testing::Test {
 protected:
  WatchRecorderTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&catalog_);
    server_ = builder.BuildAndStart();
    stub_ = v1::CatalogService::NewStub(server_->InProcessChannel({}));
  }
  ~WatchRecorderTest() override { server_->Shutdown(); }

  BreakingCatalog catalog_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::CatalogService::Stub> stub_;
};

TEST_F(WatchRecorderTest, ResumesAfterTheLastCompleteWriteUntilAFinalError) {
  v1::WatchToolsRequest request;
  request.set_from_revision(0);
  WatchRecorder recorder([this](int) { return stub_.get(); }, request, WatchRecorder::OnEnd::kResume);
  EXPECT_TRUE(recorder.AwaitRevision(5, kPatience));
  EXPECT_TRUE(recorder.AwaitEnd(kPatience));
  const WatchRecording recording = recorder.recording();
  ASSERT_EQ(recording.connections.size(), 10u);
  EXPECT_EQ(recording.connections[1].request.from_revision(), 0);
  EXPECT_EQ(recording.connections[2].request.from_revision(), 1);
  EXPECT_EQ(recording.connections[2].request.state_hash(), "hash");
  EXPECT_THAT(recording.connections[2].status, HasCode(grpc::StatusCode::UNAVAILABLE));
  EXPECT_THAT(recording.connections[9].status, HasCode(grpc::StatusCode::OUT_OF_RANGE));
}

TEST_F(WatchRecorderTest, StopsAtTheFirstEndWhenAskedTo) {
  WatchRecorder recorder([this](int) { return stub_.get(); }, {}, WatchRecorder::OnEnd::kStop);
  EXPECT_TRUE(recorder.AwaitEnd(kPatience));
  EXPECT_EQ(recorder.recording().connections.size(), 1u);
  EXPECT_EQ(recorder.recording().connections[0].messages.size(), 2u);
}

}  // namespace
}  // namespace toolcatalog
