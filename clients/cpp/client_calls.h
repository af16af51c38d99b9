#ifndef CLIENTS_CPP_CLIENT_CALLS_H_
#define CLIENTS_CPP_CLIENT_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/guarded.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"

namespace toolcatalog {

// Starts the unary calls of one client, and knows which are in flight. `Service` is the generated class of the service.
// Thread-safe. Call `Stop` before the destructor, which does not wait for calls.
template <typename Service>
class ClientCalls {
 public:
  // A method of the generated stub, as in `&ClientCalls::Methods::GetTool`.
  using Methods = typename Service::StubInterface::async_interface;

  explicit ClientCalls(const std::shared_ptr<grpc::Channel>& channel) : stub_(Service::NewStub(channel)) {}

  // Starts a call. `done` runs exactly once, on a thread of gRPC: with the response or the status of the failure. After
  // `Stop` it gets CANCELLED, before this method returns.
  template <typename Request, typename Response>
  void Start(void (Methods::*method)(grpc::ClientContext*, const Request*, Response*,
                                     std::function<void(grpc::Status)>),
             Request request, absl::Time deadline, absl::AnyInvocable<void(absl::StatusOr<Response>)> done) {
    struct Pending : PendingCall {
      Request request;
      Response response;
      absl::AnyInvocable<void(absl::StatusOr<Response>)> done;
    };
    auto owner = std::make_shared<Pending>();
    Pending* const call = owner.get();
    call->request = std::move(request);
    call->done = std::move(done);
    call->context.set_deadline(absl::ToChronoTime(deadline));
    if (!Begin(owner)) return call->done(MakeError(Reason::kCancelled, "the client has stopped"));
    (stub_->async()->*method)(&call->context, &call->request, &call->response, [this, call](grpc::Status status) {
      std::shared_ptr<PendingCall> owner = Remove(call);
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

  // Cancels the calls in flight and returns when their callbacks have returned. Must not be called from a callback.
  // Calls that are started later fail at once.
  void Stop() {
    std::vector<std::shared_ptr<PendingCall>> calls;
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      for (const auto& [key, call] : calls_) calls.push_back(call);
    }
    for (const auto& call : calls) call->context.TryCancel();
    const auto none_in_flight = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return in_flight_ == 0; };
    absl::MutexLock lock(&mutex_, absl::Condition(&none_in_flight));
  }

 private:
  struct PendingCall {
    virtual ~PendingCall() = default;
    grpc::ClientContext context;
  };

  // Notes a call. False, without a note, after `Stop`.
  bool Begin(std::shared_ptr<PendingCall> owner) {
    PendingCall* const call = owner.get();
    absl::MutexLock lock(&mutex_);
    if (stopping_) return false;
    calls_.emplace(call, std::move(owner));
    ++in_flight_;
    return true;
  }

  std::shared_ptr<PendingCall> Remove(PendingCall* call) {
    absl::MutexLock lock(&mutex_);
    return std::move(calls_.extract(call).mapped());
  }

  void End() {
    absl::MutexLock lock(&mutex_);
    --in_flight_;
  }

  const std::unique_ptr<typename Service::Stub> stub_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<PendingCall*, std::shared_ptr<PendingCall>> calls_ ABSL_GUARDED_BY(mutex_);
  // Calls whose callback has not returned.
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_CLIENT_CALLS_H_
