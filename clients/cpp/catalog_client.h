#ifndef CLIENTS_CPP_CATALOG_CLIENT_H_
#define CLIENTS_CPP_CATALOG_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/rpc/grpc_status.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// A channel to the catalog service at `address` ("host:port") that notices a dead peer within 15 s and comes back soon
// after the peer does. It connects when first used.
std::shared_ptr<grpc::Channel> CatalogChannel(const std::string& address);

// Unary calls to the catalog service. Thread-safe.
class CatalogClient {
 public:
  template <typename Response>
  using Done = absl::AnyInvocable<void(absl::StatusOr<Response>)>;
  // A method of the generated stub, as in `&CatalogClient::Methods::GetTool`.
  using Methods = v1::CatalogService::StubInterface::async_interface;
  template <typename Request, typename Response>
  using Method = void (Methods::*)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>);

  explicit CatalogClient(const std::shared_ptr<grpc::Channel>& channel);
  // Stops.
  ~CatalogClient() { Stop(); }
  CatalogClient(const CatalogClient&) = delete;
  CatalogClient& operator=(const CatalogClient&) = delete;

  // Starts a call. `done` runs exactly once, on a thread of gRPC's that it must not block. It gets the catalog's status
  // when the call fails, DEADLINE_EXCEEDED past `deadline`, UNAVAILABLE without a connection; CANCELLED, and at once,
  // when stopped.
  template <typename Request, typename Response>
  void Call(Method<Request, Response> method, Request request, absl::Time deadline, Done<Response> done) {
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
      if (status.ok()) {
        call->done(std::move(call->response));
      } else {
        call->done(FromGrpcStatus(status));
      }
      // A call's context keeps the channel. It must go before the destructor may: gRPC's own threads, and this is one,
      // must not be those who release a channel last.
      owner.reset();
      End();
    });
  }

  // Reads the latest version of a tool.
  void GetTool(const std::string& tool_name, absl::Time deadline, Done<v1::GetToolResponse> done);

  // Cancels the calls in flight and waits for their callbacks.
  void Stop();

 private:
  struct PendingCall {
    virtual ~PendingCall() = default;
    grpc::ClientContext context;
  };

  // False when stopped.
  bool Begin(std::shared_ptr<PendingCall> owner);
  std::shared_ptr<PendingCall> Take(PendingCall* call);
  void End();

  const std::unique_ptr<v1::CatalogService::Stub> stub_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<PendingCall*, std::shared_ptr<PendingCall>> calls_ ABSL_GUARDED_BY(mutex_);
  // Calls whose callback has not ended.
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_CATALOG_CLIENT_H_
