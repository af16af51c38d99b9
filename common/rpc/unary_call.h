#ifndef COMMON_RPC_UNARY_CALL_H_
#define COMMON_RPC_UNARY_CALL_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/guarded.h"
#include "common/hold_bytes.h"
#include "common/rpc/call.h"
#include "common/rpc/executor.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/request_bytes.h"
#include "google/protobuf/message.h"

// The one way in which the services serve unary calls. A method of a service is a line:
//
//   return ServeUnary(open_, {"GetTool"}, context, request, response, calls_.tools, &ToolCalls::GetTool);
//
// gRPC delivers bytes. `ServeUnary` checks their size, counts them against the memory of all calls, parses them and
// calls the handler, which answers at once or later, from any thread. The answer is encoded when it is given, so that a
// client that does not fetch it keeps bytes in memory, not a tree of messages.

namespace toolcatalog {

// A unary call under way. It ends itself when gRPC is done with it. Thread-safe.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  const char* method() const { return bounds_.method; }
  // Where the call comes from: see `CallerAddress`.
  const std::string& caller() const { return caller_; }
  grpc::CallbackServerContext& context() const { return *context_; }
  CallInfo Info() const;
  // Whether the caller has given up.
  bool IsCancelled() const { return context_->IsCancelled(); }
  absl::Time deadline() const { return absl::FromChrono(context_->deadline()); }

  // Ends the call with this status, and with the response if it is OK. The first answer counts. Neither the call nor
  // its request or response may be touched afterwards.
  void Answer(const absl::Status& status);
  // The same, and logs the call.
  void AnswerLogged(const absl::Status& status);
  // Counts an answer that is being made: the bytes that it has so far. RESOURCE_EXHAUSTED if there is no room. Only for
  // the thread that makes the answer.
  absl::Status HoldAnswer(size_t bytes);
  // Frees the request, of which something else was made that takes its place in memory.
  virtual void DropRequest() = 0;
  // Until when the call may wait: `limit` from now, or its deadline less the time that the answer needs for its way
  // back.
  absl::Time WaitUntil(absl::Duration limit) const;

  void OnDone() final;

 protected:
  UnaryCall(OpenCalls* open, const RequestBounds& bounds, grpc::CallbackServerContext* context,
            grpc::ByteBuffer* response)
      : open_(*open), bounds_(bounds), context_(context), caller_(CallerOf(*context)), bytes_(*response) {}
  ~UnaryCall() override = default;

  // Parses the request. The bytes are gone afterwards, also in an error.
  absl::Status Receive(const grpc::ByteBuffer* request);

  virtual google::protobuf::Message& mutable_request() = 0;
  // Encodes the response.
  virtual absl::Status Encode(grpc::ByteBuffer& bytes) = 0;
  // Frees request and response.
  virtual void Clear() = 0;

 private:
  OpenCalls& open_;
  const RequestBounds bounds_;
  grpc::CallbackServerContext* const context_;
  const std::string caller_;
  grpc::ByteBuffer& bytes_;
  const absl::Time start_ = absl::Now();
  OpenCalls::Entry entry_;
  // What the request takes.
  int64_t request_bytes_ = 0;
  std::atomic<bool> answered_ = false;
};

// `Response` is a message, or grpc::ByteBuffer where the handler encodes the response itself.
template <typename Request, typename Response>
class TypedCall final : public UnaryCall {
 public:
  TypedCall(OpenCalls* open, const RequestBounds& bounds, grpc::CallbackServerContext* context,
            grpc::ByteBuffer* response)
      : UnaryCall(open, bounds, context, response) {}

  void DropRequest() override { request_ = Request(); }

  // Receives the request and hands it to `serve`. gRPC begins with the call when this has returned, so that the call
  // cannot end before.
  template <typename Serve>
  void Begin(const grpc::ByteBuffer* request, Serve serve) {
    absl::Status status = Guarded(method(), [&] { return Receive(request); });
    if (status.ok()) status = Guarded(method(), [&] { serve(*this, request_, response_); });
    if (!status.ok()) Answer(status);
  }

 private:
  google::protobuf::Message& mutable_request() override { return request_; }
  absl::Status Encode(grpc::ByteBuffer& bytes) override {
    if constexpr (std::is_same_v<Response, grpc::ByteBuffer>) {
      bytes.Swap(&response_);
      return absl::OkStatus();
    } else {
      return EncodeResponse(response_, bytes);
    }
  }
  void Clear() override {
    DropRequest();
    response_ = Response();
  }

  Request request_;
  Response response_;
};

// Serves a call of a method by `serve`, a method of `calls` that answers it now or later. What it throws is answered
// INTERNAL; gRPC itself would answer UNIMPLEMENTED without a word in the log.
template <typename Calls, typename Request, typename Response>
grpc::ServerUnaryReactor* ServeUnary(OpenCalls& open, const RequestBounds& bounds, grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response, Calls* calls,
                                     void (Calls::*serve)(UnaryCall&, const Request&, Response&)) {
  auto* call = new TypedCall<Request, Response>(&open, bounds, context, response);
  call->Begin(request, [=](UnaryCall& c, const Request& parsed, Response& r) { (calls->*serve)(c, parsed, r); });
  return call;
}

// Answers a call by `work`, a function that may block and answers a status, on `executor`. A call whose deadline passed
// while it waited is not run. One whose work throws is answered INTERNAL, or it would never be answered. `complete`
// completes, and logs as it sees fit, every status before it is answered.
template <typename Work, typename Complete>
void AnswerOn(Executor& executor, UnaryCall& call, Work work, Complete complete) {
  auto run = [&call, complete, work = std::move(work)]() mutable {
    absl::Status status = StillWanted(call.context(), call.deadline());
    if (status.ok()) status = Guarded(call.method(), work);
    call.Answer(complete(status));
  };
  if (!executor.TrySchedule(std::move(run), call.caller())) call.Answer(complete(QueueFull()));
}

// The same for a read: only what went wrong on our side is logged, for reads are many. Refusals for lack of room are
// counted instead.
template <typename Work>
void AnswerReadOn(Executor& executor, UnaryCall& call, Work work) {
  AnswerOn(executor, call, std::move(work), [&call](const absl::Status& status) {
    const bool is_expected =
        status.ok() || absl::IsNotFound(status) || absl::IsInvalidArgument(status) || absl::IsResourceExhausted(status);
    if (!is_expected) LogCall(call.method(), call.Info(), status);
    return status;
  });
}

// What readers are given to count what they gather for the answer of a call.
inline HoldBytes HoldFor(UnaryCall& call) {
  return [&call](size_t bytes) { return call.HoldAnswer(bytes); };
}

}  // namespace toolcatalog

#endif  // COMMON_RPC_UNARY_CALL_H_
