#include "clients/cpp/catalog_client.h"

#include <utility>
#include <vector>

namespace toolcatalog {
namespace {

constexpr int kMaxMessageBytes = 72 << 20;

}  // namespace

std::shared_ptr<grpc::Channel> CatalogChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2000);  // how long one attempt to connect may take
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

CatalogClient::CatalogClient(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(v1::CatalogService::NewStub(channel)) {}

void CatalogClient::Stop() {
  std::vector<std::shared_ptr<PendingCall>> calls;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const auto& [key, call] : calls_) calls.push_back(call);
  }
  for (const auto& call : calls) call->context.TryCancel();
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](CatalogClient* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->in_flight_ == 0; }, this));
}

void CatalogClient::GetTool(const std::string& tool_name, absl::Time deadline, Done<v1::GetToolResponse> done) {
  v1::GetToolRequest request;
  request.set_tool_name(tool_name);
  Call(&Methods::GetTool, std::move(request), deadline, std::move(done));
}

bool CatalogClient::Begin(std::shared_ptr<PendingCall> owner) {
  PendingCall* const call = owner.get();
  absl::MutexLock lock(&mutex_);
  if (stopping_) return false;
  calls_.emplace(call, std::move(owner));
  ++in_flight_;
  return true;
}

std::shared_ptr<CatalogClient::PendingCall> CatalogClient::Take(PendingCall* call) {
  absl::MutexLock lock(&mutex_);
  return std::move(calls_.extract(call).mapped());
}

void CatalogClient::End() {
  absl::MutexLock lock(&mutex_);
  --in_flight_;
}

}  // namespace toolcatalog
