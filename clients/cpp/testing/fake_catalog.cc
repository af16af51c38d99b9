#include "clients/cpp/testing/fake_catalog.h"

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {
namespace {

FakeCall::Cancelled CancelledIn(grpc::ServerContext* context) {
  return [context] { return context->IsCancelled(); };
}

}  // namespace

struct FakeCatalog::Server final : v1::CatalogService::Service {
  explicit Server(FakeCatalog* catalog) : catalog(catalog), internal_service(catalog->NewService()) {}

  grpc::Status GetTool(grpc::ServerContext* context, const v1::GetToolRequest* request,
                       v1::GetToolResponse* response) override {
    return catalog->GetTool(CancelledIn(context), *request, response);
  }
  grpc::Status ListContentHashes(grpc::ServerContext*, const v1::ListContentHashesRequest* request,
                                 v1::ListContentHashesResponse* response) override {
    return catalog->ListContentHashes(*request, response);
  }
  grpc::Status WatchTools(grpc::ServerContext* context, const v1::WatchToolsRequest* request,
                          grpc::ServerWriter<v1::WatchToolsResponse>* writer) override {
    return catalog->AddWatch(*request)->Serve(CancelledIn(context),
                                              [writer](const auto& message) { writer->Write(message); });
  }
  grpc::Status GetRevision(grpc::ServerContext*, const v1::GetRevisionRequest*,
                           v1::GetRevisionResponse* response) override {
    return catalog->GetRevision(response);
  }
  grpc::Status ListReplicas(grpc::ServerContext*, const v1::ListReplicasRequest*,
                            v1::ListReplicasResponse* response) override {
    return catalog->ListReplicas(response);
  }

  FakeCatalog* const catalog;
  const std::unique_ptr<grpc::Service> internal_service;
  std::unique_ptr<grpc::Server> server;
};

FakeCatalog::FakeCatalog() : address_("127.0.0.1:0"), state_(std::make_shared<StreamedState>()) { Restart(); }

FakeCatalog::~FakeCatalog() { Stop(); }

void FakeCatalog::Stop() {
  HoldGetTool(false);
  HoldReports(false);
  if (server_ == nullptr) return;
  server_->server->Shutdown(std::chrono::system_clock::now());
  server_->server->Wait();
  server_ = nullptr;
}

void FakeCatalog::Restart() {
  server_ = std::make_unique<Server>(this);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address_, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(server_.get());
  builder.RegisterService(server_->internal_service.get());
  server_->server = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

std::shared_ptr<FakeCatalog::Watch> FakeCatalog::AwaitWatch() {
  absl::MutexLock lock(&mutex_);
  const auto some = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !watches_.empty(); };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&some), FakeCall::kPatience)) return nullptr;
  auto watch = watches_.front();
  watches_.pop_front();
  return watch;
}

void FakeCatalog::SetTool(const v1::Tool& tool, int64_t as_of) {
  absl::MutexLock lock(&mutex_);
  v1::GetToolResponse& stored = tools_[absl::AsciiStrToLower(tool.tool_name())];
  *stored.mutable_tool() = tool;
  stored.set_content_hash(TestContentHash(tool));
  as_of_ = as_of;
}

void FakeCatalog::RemoveTool(const std::string& tool_name, int64_t as_of) {
  absl::MutexLock lock(&mutex_);
  tools_.erase(absl::AsciiStrToLower(tool_name));
  as_of_ = as_of;
}

void FakeCatalog::FailGetTool(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  get_tool_status_ = status;
}

void FakeCatalog::HoldGetTool(bool held) {
  absl::MutexLock lock(&mutex_);
  get_tool_released_ = !held;
}

bool FakeCatalog::AwaitGetToolCalls(int count) {
  absl::MutexLock lock(&mutex_);
  const auto enough = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return get_tool_calls_ >= count; };
  return mutex_.AwaitWithTimeout(absl::Condition(&enough), FakeCall::kPatience);
}

int FakeCatalog::get_tool_calls() {
  absl::MutexLock lock(&mutex_);
  return get_tool_calls_;
}

grpc::Status FakeCatalog::GetTool(const FakeCall::Cancelled& cancelled, const v1::GetToolRequest& request,
                                  v1::GetToolResponse* response) {
  absl::MutexLock lock(&mutex_);
  ++get_tool_calls_;
  grpc::Status status = get_tool_status_;
  auto found = tools_.find(absl::AsciiStrToLower(request.tool_name()));
  if (found != tools_.end()) {
    *response = found->second;
    response->set_as_of_revision(as_of_);
  } else if (status.ok()) {
    status = ToGrpcStatus(MakeError(Reason::kToolNotFound, absl::StrCat("tool \"", request.tool_name(), "\" not found"),
                                    {{"as_of_revision", absl::StrCat(as_of_)}}));
  }
  while (!cancelled() && !mutex_.AwaitWithTimeout(absl::Condition(&get_tool_released_), FakeCall::kLook)) {
  }
  return status;
}

grpc::Status FakeCatalog::ListContentHashes(const v1::ListContentHashesRequest& request,
                                            v1::ListContentHashesResponse* response) {
  absl::MutexLock lock(&mutex_);
  const int size = request.has_page_size() ? request.page_size() : 1000;
  response->set_revision(as_of_);
  for (auto tool = tools_.upper_bound(request.page_token()); tool != tools_.end(); ++tool) {
    if (response->tools_size() == size) {
      response->set_next_page_token(absl::AsciiStrToLower(response->tools(size - 1).tool_name()));
      break;
    }
    auto* listed = response->add_tools();
    listed->set_tool_name(tool->second.tool().tool_name());
    listed->set_version(tool->second.tool().version());
    listed->set_content_hash(tool->second.content_hash());
  }
  return list_status_;
}

void FakeCatalog::SetRevision(int64_t revision, const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  revision_ = revision;
  get_revision_status_ = status;
}

void FakeCatalog::FailLists(const grpc::Status& status) {
  FailStoredEvents(status);
  absl::MutexLock lock(&mutex_);
  list_status_ = status;
}

void FakeCatalog::SetReplicas(const std::vector<v1::Replica>& replicas) {
  absl::MutexLock lock(&mutex_);
  replicas_ = replicas;
}

int FakeCatalog::get_revision_calls() {
  absl::MutexLock lock(&mutex_);
  return get_revision_calls_;
}

grpc::Status FakeCatalog::GetRevision(v1::GetRevisionResponse* response) {
  absl::MutexLock lock(&mutex_);
  ++get_revision_calls_;
  response->set_revision(revision_);
  response->set_state_hash(TestStateHash(revision_));
  return get_revision_status_;
}

grpc::Status FakeCatalog::ListReplicas(v1::ListReplicasResponse* response) {
  absl::MutexLock lock(&mutex_);
  *response->mutable_replicas() = {replicas_.begin(), replicas_.end()};
  response->set_revision(revision_);
  return list_status_;
}

std::shared_ptr<FakeCatalog::Watch> FakeCatalog::AddWatch(const v1::WatchToolsRequest& request) {
  auto watch = std::make_shared<Watch>(request, state_);
  absl::MutexLock lock(&mutex_);
  watches_.push_back(watch);
  return watch;
}

}  // namespace toolcatalog
