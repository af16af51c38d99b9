#include "clients/cpp/catalog_client.h"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "common/guarded.h"
#include "common/rpc/grpc_status.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {
namespace {

constexpr int kMaxMessageBytes = 72 << 20;

// A method of the generated stub, as in `&Methods::GetTool`.
using Methods = v1::CatalogService::StubInterface::async_interface;
template <typename Request, typename Response>
using Method = void (Methods::*)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>);

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

// The calls in flight.
class CatalogClient::Calls {
 public:
  explicit Calls(const std::shared_ptr<grpc::Channel>& channel) : stub_(v1::CatalogService::NewStub(channel)) {}

  template <typename Request, typename Response>
  void Start(Method<Request, Response> method, Request request, absl::Time deadline, Done<Response> done) {
    struct Pending : PendingCall {
      Request request;
      Response response;
      Done<Response> done;
    };
    auto owner = std::make_shared<Pending>();
    Pending* const call = owner.get();
    call->request = std::move(request);
    call->done = std::move(done);
    call->context.set_deadline(absl::ToChronoTime(deadline));
    if (!Begin(owner)) return call->done(absl::CancelledError("the client has stopped"));
    (stub_->async()->*method)(&call->context, &call->request, &call->response, [this, call](grpc::Status status) {
      std::shared_ptr<PendingCall> owner = Take(call);
      // The call ends also if this throws, or the destructor would wait for it for ever.
      Guarded("answer of the catalog", [&] {
        if (status.ok()) {
          call->done(std::move(call->response));
        } else {
          call->done(FromGrpcStatus(status));
        }
      }).IgnoreError();
      // A call's context keeps the channel. It must go before the destructor may: gRPC's own threads, and this is one,
      // must not be those who release a channel last.
      owner.reset();
      End();
    });
  }

  void Stop() {
    std::vector<std::shared_ptr<PendingCall>> calls;
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      for (const auto& [key, call] : calls_) calls.push_back(call);
    }
    for (const auto& call : calls) call->context.TryCancel();
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](Calls* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->in_flight_ == 0; }, this));
  }

 private:
  struct PendingCall {
    virtual ~PendingCall() = default;
    grpc::ClientContext context;
  };

  // False when stopped.
  bool Begin(std::shared_ptr<PendingCall> owner) {
    PendingCall* const call = owner.get();
    absl::MutexLock lock(&mutex_);
    if (stopping_) return false;
    calls_.emplace(call, std::move(owner));
    ++in_flight_;
    return true;
  }

  std::shared_ptr<PendingCall> Take(PendingCall* call) {
    absl::MutexLock lock(&mutex_);
    return std::move(calls_.extract(call).mapped());
  }

  void End() {
    absl::MutexLock lock(&mutex_);
    --in_flight_;
  }

  const std::unique_ptr<v1::CatalogService::Stub> stub_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<PendingCall*, std::shared_ptr<PendingCall>> calls_ ABSL_GUARDED_BY(mutex_);
  // Calls whose callback has not ended.
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
};

CatalogClient::CatalogClient(const std::shared_ptr<grpc::Channel>& channel)
    : calls_(std::make_unique<Calls>(channel)) {}

CatalogClient::~CatalogClient() { Stop(); }

void CatalogClient::Stop() { calls_->Stop(); }

void CatalogClient::GetTool(const std::string& tool_name, absl::Time deadline, Done<v1::GetToolResponse> done) {
  v1::GetToolRequest request;
  request.set_tool_name(tool_name);
  calls_->Start(&Methods::GetTool, std::move(request), deadline, std::move(done));
}

void CatalogClient::GetRevision(absl::Time deadline, Done<v1::GetRevisionResponse> done) {
  calls_->Start(&Methods::GetRevision, v1::GetRevisionRequest(), deadline, std::move(done));
}

void CatalogClient::ListContentHashes(v1::ListContentHashesRequest request, absl::Time deadline,
                                      Done<v1::ListContentHashesResponse> done) {
  calls_->Start(&Methods::ListContentHashes, std::move(request), deadline, std::move(done));
}

void CatalogClient::ListReplicas(v1::ListReplicasRequest request, absl::Time deadline,
                                 Done<v1::ListReplicasResponse> done) {
  calls_->Start(&Methods::ListReplicas, std::move(request), deadline, std::move(done));
}

void CatalogClient::ReportReloadEvents(v1::ReportReloadEventsRequest request, absl::Time deadline,
                                       Done<v1::ReportReloadEventsResponse> done) {
  calls_->Start(&Methods::ReportReloadEvents, std::move(request), deadline, std::move(done));
}

void CatalogClient::ListStoredReloadEvents(v1::ListReloadEventsRequest request, absl::Time deadline,
                                           Done<v1::ListReloadEventsResponse> done) {
  calls_->Start(&Methods::ListStoredReloadEvents, std::move(request), deadline, std::move(done));
}

void CatalogClient::StoreReloadHook(v1::StoreReloadHookRequest request, absl::Time deadline,
                                    Done<v1::StoreReloadHookResponse> done) {
  calls_->Start(&Methods::StoreReloadHook, std::move(request), deadline, std::move(done));
}

void CatalogClient::RemoveReloadHook(v1::RemoveReloadHookRequest request, absl::Time deadline,
                                     Done<v1::RemoveReloadHookResponse> done) {
  calls_->Start(&Methods::RemoveReloadHook, std::move(request), deadline, std::move(done));
}

}  // namespace toolcatalog
