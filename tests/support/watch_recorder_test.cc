#include "tests/support/watch_recorder.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

// Sends the start bookmark, one whole write and another one in two fragments, the first of them in the message of the
// whole write, and breaks off: within the second write on every first stream, after it on the next.
class BreakingCatalog : public v1::CatalogService::Service {
 public:
  grpc::Status WatchTools(grpc::ServerContext* context, const v1::WatchToolsRequest* request,
                          grpc::ServerWriter<v1::WatchToolsResponse>* writer) override {
    v1::WatchToolsResponse message;
    message.set_revision(request->from_revision());
    message.mutable_bookmark();
    writer->Write(message);
    message.Clear();
    AddWrite(message, request->from_revision() + 1, "whole");
    AddWrite(message, request->from_revision() + 2, "fragments")->set_more(true);
    writer->Write(message);
    if (++streams_ % 2 == 1) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining");
    message.Clear();
    AddWrite(message, request->from_revision() + 2, "fragments");
    writer->Write(message);
    if (message.revision() == 6) return grpc::Status(grpc::StatusCode::OUT_OF_RANGE, "compacted");
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining");
  }

 private:
  static v1::Write* AddWrite(v1::WatchToolsResponse& message, int64_t revision, const char* hash) {
    message.set_revision(revision);
    message.set_state_hash(hash);
    v1::Write* write = message.mutable_batch()->add_writes();
    write->set_revision(revision);
    write->set_state_hash(hash);
    write->add_changes();
    return write;
  }

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
  EXPECT_TRUE(recorder.AwaitRevision(6, kPatience));
  EXPECT_TRUE(recorder.AwaitEnd(kPatience));
  const WatchRecording recording = recorder.recording();
  ASSERT_EQ(recording.connections.size(), 4u);
  const int64_t from[] = {0, 1, 3, 4};
  const char* hashes[] = {"", "whole", "fragments", "whole"};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(recording.connections[i].request.from_revision(), from[i]);
    EXPECT_EQ(recording.connections[i].request.state_hash(), hashes[i]);
  }
  EXPECT_THAT(recording.connections[2].status, HasCode(grpc::StatusCode::UNAVAILABLE));
  EXPECT_THAT(recording.connections[3].status, HasCode(grpc::StatusCode::OUT_OF_RANGE));
}

TEST_F(WatchRecorderTest, StopsAtTheFirstEndWhenAskedTo) {
  WatchRecorder recorder([this](int) { return stub_.get(); }, {}, WatchRecorder::OnEnd::kStop);
  EXPECT_TRUE(recorder.AwaitEnd(kPatience));
  EXPECT_EQ(recorder.recording().connections.size(), 1u);
  EXPECT_EQ(recorder.recording().connections[0].messages.size(), 2u);
}

}  // namespace
}  // namespace toolcatalog
