#include "clients/cpp/catalog_client.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "clients/cpp/client_calls.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

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

struct CatalogClient::Calls : ClientCalls<v1::CatalogService> {
  using ClientCalls::ClientCalls;
};

CatalogClient::CatalogClient(const std::shared_ptr<grpc::Channel>& channel)
    : calls_(std::make_unique<Calls>(channel)) {}

CatalogClient::~CatalogClient() { Stop(); }

void CatalogClient::Stop() { calls_->Stop(); }

void CatalogClient::GetTool(const std::string& tool_name, absl::Time deadline, Done<v1::GetToolResponse> done) {
  v1::GetToolRequest request;
  request.set_tool_name(tool_name);
  calls_->Start(&Calls::Methods::GetTool, std::move(request), deadline, std::move(done));
}

void CatalogClient::GetRevision(absl::Time deadline, Done<v1::GetRevisionResponse> done) {
  calls_->Start(&Calls::Methods::GetRevision, v1::GetRevisionRequest(), deadline, std::move(done));
}

void CatalogClient::ListContentHashes(v1::ListContentHashesRequest request, absl::Time deadline,
                                      Done<v1::ListContentHashesResponse> done) {
  calls_->Start(&Calls::Methods::ListContentHashes, std::move(request), deadline, std::move(done));
}

void CatalogClient::ListReplicas(v1::ListReplicasRequest request, absl::Time deadline,
                                 Done<v1::ListReplicasResponse> done) {
  calls_->Start(&Calls::Methods::ListReplicas, std::move(request), deadline, std::move(done));
}

}  // namespace toolcatalog
