#ifndef CATALOG_SERVICE_RPC_IMPORT_STREAM_FIXTURE_H_
#define CATALOG_SERVICE_RPC_IMPORT_STREAM_FIXTURE_H_

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
#include "absl/time/time.h"
#include "catalog_service/rpc/import_budget.h"
#include "catalog_service/rpc/import_stream.h"
#include "common/rpc/executor.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/server.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

// Import streams on a real server, without a database.

namespace toolcatalog {

inline constexpr size_t kMiB = 1 << 20;
inline constexpr absl::Duration kSoon = absl::Seconds(20);

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

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_IMPORT_STREAM_FIXTURE_H_
