// Import streams on a real server, without a database: what the clients send arrives whole, or not at all.

#include "catalog_service/rpc/import_stream.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/server.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr size_t kMiB = 1 << 20;
constexpr absl::Duration kSoon = absl::Seconds(20);

// A service with import streams alone, which keeps the texts and stores nothing.
class ImportService final : public v1::CatalogService::WithRawCallbackMethod_StreamImport<v1::CatalogService::Service> {
 public:
  grpc::ServerReadReactor<grpc::ByteBuffer>* StreamImport(grpc::CallbackServerContext* context,
                                                          grpc::ByteBuffer* bytes) override {
    auto work = [this](const v1::ImportToolsRequest& request, v1::ImportToolsResponse* response) {
      if (request.reason() == "throw") throw std::runtime_error("thrown");
      response->set_imported_count(7);
      absl::MutexLock lock(&mutex_);
      works_ = true;
      if (request.reason() == "wait") mutex_.Await(absl::Condition(&may_go_on_));
      texts_.push_back(request.yaml_content());
      return absl::OkStatus();
    };
    auto complete = [this](const absl::Status& status) {
      absl::MutexLock lock(&mutex_);
      ends_.push_back(status);
      return status;
    };
    auto stream = ImportStream::Create(context, bytes, patience, {&budget_, &executor_}, work, complete);
    EXPECT_THAT(stream->Admit({}), IsOk());
    {
      absl::MutexLock lock(&mutex_);
      streams_.push_back(stream);
    }
    stream->Start();
    return stream.get();
  }

  void GoOn() {
    absl::MutexLock lock(&mutex_);
    may_go_on_ = true;
  }
  // Whether an import has begun.
  bool works() {
    absl::MutexLock lock(&mutex_);
    return works_;
  }
  std::vector<std::string> texts() {
    absl::MutexLock lock(&mutex_);
    return texts_;
  }
  // How streams ended.
  std::vector<absl::Status> ends() {
    absl::MutexLock lock(&mutex_);
    return ends_;
  }
  std::vector<std::weak_ptr<ImportStream>> streams() {
    absl::MutexLock lock(&mutex_);
    return streams_;
  }

  ImportPatience patience;
  OpenCalls open_calls{int64_t{1} << 30};

 private:
  ImportBudget budget_{&open_calls};
  Executor executor_{1, 1};
  absl::Mutex mutex_;
  bool works_ ABSL_GUARDED_BY(mutex_) = false;
  bool may_go_on_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> texts_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::Status> ends_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<ImportStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

// A call as a client makes it.
class Sender {
 public:
  explicit Sender(v1::CatalogService::Stub& stub) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    writer_ = stub.StreamImport(&context_, &response_);
  }

  bool Options(const std::string& reason = "") {
    v1::StreamImportRequest message;
    message.mutable_options()->set_reason(reason);
    return writer_->Write(message);
  }
  bool Piece(const std::string& text) {
    v1::StreamImportRequest message;
    message.set_yaml_content(text);
    return writer_->Write(message);
  }
  // Sends options and pieces in one go: all are there when the server reads the first one. "" = an empty message.
  void Buffer(const std::vector<std::string>& pieces) {
    v1::StreamImportRequest message;
    message.mutable_options();
    for (const std::string& piece : pieces) {
      writer_->Write(message, grpc::WriteOptions().set_buffer_hint());
      message.Clear();
      if (!piece.empty()) message.set_yaml_content(piece);
    }
    writer_->Write(message);
  }
  bool Nothing() { return writer_->Write({}); }
  void Close() { writer_->WritesDone(); }
  void Cancel() { context_.TryCancel(); }
  absl::Status Status() { return FromGrpcStatus(writer_->Finish()); }
  absl::Status CloseAndStatus() {
    Close();
    return Status();
  }
  const v1::ImportToolsResponse& response() const { return response_; }

 private:
  grpc::ClientContext context_;
  v1::ImportToolsResponse response_;
  std::unique_ptr<grpc::ClientWriter<v1::StreamImportRequest>> writer_;
};

class ImportStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.open_calls = &service_.open_calls;
    auto server = Server::Start("127.0.0.1:0", v1::CatalogService::service_full_name(), &service_, options);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    stub_ = v1::CatalogService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }

  // The streams that were opened are gone, with all that they held.
  bool AllGone() {
    return Await(
        [&] {
          for (const auto& stream : service_.streams()) {
            if (!stream.expired()) return false;
          }
          return true;
        },
        kSoon);
  }
  // Has so many MiB read by the server.
  void Fill(Sender& sender, int mib) {
    ASSERT_TRUE(sender.Options());
    Continue(sender, mib);
  }

  void Continue(Sender& sender, int mib) {
    for (int i = 0; i < mib; ++i) ASSERT_TRUE(sender.Piece(std::string(kMiB, 'x')));
  }

  ImportService service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::CatalogService::Stub> stub_;
};

TEST_F(ImportStreamTest, ThePiecesBecomeOneTextInTheirOrder) {
  Sender sender(*stub_);
  ASSERT_TRUE(sender.Options());
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string piece = absl::StrCat(i, ",", std::string(i * 37 % 5000, 'x'));
    ASSERT_TRUE(sender.Piece(piece));
    expected += piece;
  }
  EXPECT_THAT(service_.texts(), IsEmpty()) << "before the client has closed its side";
  EXPECT_THAT(sender.CloseAndStatus(), IsOk());
  EXPECT_EQ(sender.response().imported_count(), 7);
  EXPECT_THAT(service_.texts(), ElementsAre(expected));
  EXPECT_TRUE(AllGone());
}

TEST_F(ImportStreamTest, ATextMayHave64MiB) {
  Sender sender(*stub_);
  Fill(sender, 64);
  EXPECT_THAT(sender.CloseAndStatus(), IsOk());
  ASSERT_EQ(service_.texts().size(), 1u);
  EXPECT_EQ(service_.texts()[0].size(), 64 * kMiB);
}

TEST_F(ImportStreamTest, WhatBreaksARuleIsRefusedBeforeItIsComplete) {
  Sender late(*stub_);
  late.Piece("a");
  absl::Status status = late.Status();
  EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(status.message()), HasSubstr("options: must be in the first message"));

  Sender twice(*stub_);
  twice.Options();
  twice.Options();
  EXPECT_THAT(std::string(twice.Status().message()), HasSubstr("options: must be in the first message only"));

  Sender empty(*stub_);
  empty.Nothing();
  EXPECT_THAT(std::string(empty.Status().message()), HasSubstr("part: must be options or yaml_content"));

  Sender none(*stub_);
  EXPECT_THAT(std::string(none.CloseAndStatus().message()), HasSubstr("options: is required"));

  Sender large(*stub_);
  large.Options();
  large.Piece(std::string(kMiB + 1, 'x'));
  EXPECT_THAT(std::string(large.Status().message()), HasSubstr("1048576 bytes in one message, got 1048577"));

  Sender endless(*stub_);
  Fill(endless, 64);
  endless.Piece("x");
  EXPECT_THAT(std::string(endless.Status().message()), HasSubstr("at most 67108864 bytes in all messages together"));

  EXPECT_THAT(service_.texts(), IsEmpty());
  EXPECT_TRUE(AllGone());
}

// gRPC refuses the message; the end of the messages that it makes of that is not the end of the text.
TEST_F(ImportStreamTest, AMessageOfMoreThan4MiBStoresNothing) {
  Sender sender(*stub_);
  sender.Options();
  sender.Piece("a");
  sender.Piece(std::string(5 * kMiB, 'x'));
  EXPECT_THAT(sender.CloseAndStatus(), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(AllGone());
  EXPECT_THAT(service_.texts(), IsEmpty());
}

TEST_F(ImportStreamTest, ACancelledStreamStoresNothing) {
  constexpr int kStreams = 100;
  for (int i = 0; i < kStreams; ++i) {
    Sender sender(*stub_);
    ASSERT_TRUE(sender.Options());
    ASSERT_TRUE(sender.Piece("half a text"));
    sender.Cancel();
    EXPECT_THAT(sender.Status(), HasCode(absl::StatusCode::kCancelled));
  }
  EXPECT_TRUE(AllGone());
  EXPECT_THAT(service_.texts(), IsEmpty());
}

TEST_F(ImportStreamTest, ASlowSenderIsEnded) {
  service_.patience.message = absl::Milliseconds(100);
  Sender sender(*stub_);
  ASSERT_TRUE(sender.Options());
  const absl::Status status = sender.Status();
  EXPECT_THAT(status, HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(std::string(status.message()), HasSubstr("each message must come within 100ms"));
  EXPECT_TRUE(AllGone());
}

TEST_F(ImportStreamTest, IdleStreamsKeepNobodyOut) {
  std::vector<std::unique_ptr<Sender>> idle;
  for (int i = 0; i < 400; ++i) {
    idle.push_back(std::make_unique<Sender>(*stub_));
    ASSERT_TRUE(idle.back()->Options());
  }
  Sender sender(*stub_);
  Fill(sender, 4);
  EXPECT_THAT(sender.CloseAndStatus(), IsOk());
}

TEST_F(ImportStreamTest, ATextThatTricklesInIsEnded) {
  service_.patience.text = absl::Milliseconds(500);
  Sender sender(*stub_);
  ASSERT_TRUE(sender.Options());
  EXPECT_TRUE(Await([&] { return !sender.Piece("x"); }, kSoon)) << "each message in time";
  EXPECT_THAT(sender.Status(), HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(service_.texts(), IsEmpty());
}

TEST_F(ImportStreamTest, TwoLargeImportsHaveRoomFromTheirBeginningAndSmallOnesBeside) {
  Sender first(*stub_), second(*stub_), third(*stub_);
  // The last pieces may still be under way, but not the fifth.
  Fill(first, 10);
  Fill(second, 10);
  ASSERT_TRUE(third.Options());
  // Which piece is refused depends on when the server reads it.
  EXPECT_TRUE(Await([&] { return !third.Piece(std::string(kMiB, 'x')); }, kSoon));
  const absl::Status refused = third.Status();
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ErrorReason(refused), "MEMORY_BUDGET_EXHAUSTED");
  Continue(first, 54);
  Continue(second, 54);

  Sender small(*stub_);
  Fill(small, 4);
  EXPECT_THAT(small.CloseAndStatus(), IsOk());

  EXPECT_THAT(first.CloseAndStatus(), IsOk());
  Sender again(*stub_);
  Fill(again, 64);
  EXPECT_THAT(again.CloseAndStatus(), IsOk()) << "the first one gave its room back";
  second.Cancel();
  second.Status().IgnoreError();
  EXPECT_TRUE(AllGone());
}

// Else the connection of a gateway through which imports are refused would be ended as one that sends half messages.
TEST_F(ImportStreamTest, WhatRefusedImportsLeaveUnreadIsForgotten) {
  for (int i = 0; i < 200; ++i) {
    Sender sender(*stub_);
    sender.Buffer({"read", std::string(30000, 'x'), "", std::string(30000, 'x')});
    EXPECT_THAT(sender.Status(), HasCode(absl::StatusCode::kInvalidArgument)) << "the third piece is empty";
  }
  ASSERT_TRUE(AllGone());
  service_.open_calls.arriving().Check();
  EXPECT_LT(service_.open_calls.arriving().outstanding(), kMiB) << "not the 6 million bytes after the third piece";
}

TEST_F(ImportStreamTest, AStreamThatIsReadCanBeEndedAndAnImportThatRunsGoesOn) {
  Sender open(*stub_);
  ASSERT_TRUE(open.Options());
  ASSERT_TRUE(Await([&] { return service_.streams().size() == 1; }, kSoon));
  Sender running(*stub_);
  ASSERT_TRUE(running.Options("wait"));
  running.Close();
  ASSERT_TRUE(Await([&] { return service_.works(); }, kSoon));
  for (const auto& weak : service_.streams()) {
    if (const auto stream = weak.lock()) stream->End(absl::UnavailableError("draining"));
  }
  EXPECT_THAT(open.Status(), HasCode(absl::StatusCode::kUnavailable));
  service_.GoOn();
  EXPECT_THAT(running.Status(), IsOk());
  EXPECT_TRUE(AllGone());
}

TEST_F(ImportStreamTest, AnImportThatThrowsAndOneTooManyAreAnswered) {
  Sender throws(*stub_);
  ASSERT_TRUE(throws.Options("throw"));
  EXPECT_THAT(throws.CloseAndStatus(), HasCode(absl::StatusCode::kInternal));

  // One runs, one waits; the queue has no more places.
  std::vector<std::unique_ptr<Sender>> senders;
  for (int i = 0; i < 3; ++i) {
    senders.push_back(std::make_unique<Sender>(*stub_));
    ASSERT_TRUE(senders.back()->Options("wait"));
    senders.back()->Close();
    ASSERT_TRUE(Await([&] { return service_.works(); }, kSoon));
  }
  ASSERT_TRUE(Await([&] { return service_.ends().size() == 2; }, kSoon));
  EXPECT_THAT(service_.ends()[1], HasCode(absl::StatusCode::kResourceExhausted));
  service_.GoOn();
  int served = 0;
  for (const auto& sender : senders) served += sender->Status().ok() ? 1 : 0;
  EXPECT_EQ(served, 2);
}

}  // namespace
}  // namespace toolcatalog
