#ifndef COMMON_RPC_SERVER_STREAM_H_
#define COMMON_RPC_SERVER_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/guarded.h"
#include "common/rpc/call.h"
#include "common/rpc/executor.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/memory_budget.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/request_bytes.h"
#include "common/rpc/stream_places.h"

// The one mechanism of all streams that a server sends. A stream derives from `ServerStream` and says in `Next` what
// comes next; a `StreamRegistry` opens the streams of one kind, bounds their number and ends them when the server
// drains. What a stream holds in memory, and how long its client may take for a message, is for `OpenCalls` to say.
//
// How it works: a stream has one turn. A thread has it while it is in `Next`, a task while it runs on an executor, and
// gRPC while it writes a message. So the state of a subclass needs no lock: only the turn touches it. When nothing is
// to be done the turn is free, and `Wake` takes it. A `Wake` during a turn is kept, and `Next` is asked once more.
//
// Invariants:
// - One write is in flight at most. Its message is a member, and nobody touches it until OnWriteDone.
// - `Finish` is called once, and never during a write. `End` calls it at once unless a message is being written; then
//   OnWriteDone does. `End` does not wait for `Next` or a task: what they answer afterwards is dropped.
// - A write in flight for too long cancels the call: after `max_write`, after 1 s if the stream is to end, and after 1
// s
//   if memory is short.
// - OnCancel may run beside OnWriteDone. It is an `End` like any other.
// - The stream keeps itself alive from `Start` to OnDone, and OnDone is the only place that lets go. `Next` and a task
//   may still run then, as whoever called them holds the stream too, but the call's context is gone.
//
// Locks: a stream has one and the registry has one. While one is held nothing foreign is called (gRPC, `Next`, tasks,
// the executor), and the other is not taken. The one exception: that of `OpenCalls` is taken under the stream's lock
// when a write begins, because only there the call is sure to exist.

namespace toolcatalog {

// A client that takes no message for this long is gone or hopeless.
constexpr absl::Duration kMaxStreamWrite = absl::Seconds(30);

// What a stream does next.
struct StreamStep {
  enum class Kind { kWrite, kWait, kWork, kEnd };
  using Work = absl::AnyInvocable<absl::Status()>;

  // Writes the message that `Next` has filled in.
  static StreamStep Write() { return {Kind::kWrite, nullptr, {}}; }
  // Does nothing until `Wake`.
  static StreamStep Wait() { return {Kind::kWait, nullptr, {}}; }
  // Does `work`, which may block, on the executor; an error ends the stream. The executor must outlive the stream.
  static StreamStep Do(Executor* executor, Work work) { return {Kind::kWork, executor, std::move(work)}; }
  // Ends the stream with OK.
  static StreamStep End() { return {Kind::kEnd, nullptr, {}}; }

  Kind kind;
  Executor* executor;
  Work work;
};

// A stream of messages to a client. Thread-safe.
class ServerStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                     public std::enable_shared_from_this<ServerStream> {
 public:
  ~ServerStream() override = default;
  ServerStream(const ServerStream&) = delete;
  ServerStream& operator=(const ServerStream&) = delete;

  // Ends the stream with `status`. The first status counts.
  void End(const absl::Status& status);

  void OnWriteDone(bool ok) final;
  void OnCancel() final;
  void OnDone() final;

 protected:
  // `method` is the name of the RPC. A message that the client does not take for `max_write` ends the stream.
  ServerStream(const char* method, grpc::CallbackServerContext* context, absl::Duration max_write = kMaxStreamWrite);

  // Asks `Next` again if the stream waits.
  void Wake();

 private:
  friend class StreamRegistry;
  enum class Turn { kFree, kTaken, kWriting };

  // `OnStart` runs once before `Next`. `OnEnd` runs once after the call is over, possibly beside `Next`.
  virtual void OnStart() {}
  virtual void OnEnd() {}
  // Says what to do next; fills in `message`, which is empty, if it is to be written. An error, or an exception, ends
  // the stream. Must not block, nor use the call's context.
  virtual absl::StatusOr<StreamStep> Next(grpc::ByteBuffer& message) = 0;
  // What the stream keeps for messages to come, in bytes. Asked after each `Next`.
  virtual int64_t KeptBytes() const { return 0; }

  // Counts the stream, which keeps `request_bytes` of its request. RESOURCE_EXHAUSTED if there is no room for it.
  absl::Status Admit(OpenCalls* open, int64_t request_bytes);
  // Begins the stream; call once.
  void Start();

  // These are called with the turn, and give it on.
  void Advance();
  absl::StatusOr<StreamStep> NextStep();
  bool FinishIfEnded();
  bool BeginWrite();
  bool BeginWork(StreamStep step);
  bool BeginWait();
  // Ends the stream by an error of its own, and logs that, unless it is ending already.
  void Fail(const absl::Status& status);

  const char* const method_;
  grpc::CallbackServerContext* const context_;
  const CallInfo call_;
  const absl::Duration max_write_;
  // Set from Start to OnDone.
  std::shared_ptr<ServerStream> self_;
  OpenCalls* open_ = nullptr;
  OpenCalls::Entry entry_;
  int64_t request_bytes_ = 0;
  StreamPlace place_;
  // Belongs to gRPC while it is being written.
  grpc::ByteBuffer message_;

  absl::Mutex mutex_;
  // `Start` has the first turn.
  Turn turn_ ABSL_GUARDED_BY(mutex_) = Turn::kTaken;
  // Whether something called `Wake` since `Next` was asked last.
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

// A stream that ends before its first message.
class RefusedStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  explicit RefusedStream(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

// The open streams of one kind, see StreamPlaces for how many. Thread-safe; must outlive their calls.
class StreamRegistry {
 public:
  // `kind` names the streams in messages, such as "watch streams". `open` must outlive this.
  StreamRegistry(OpenCalls* open, std::string kind, size_t max_streams)
      : open_(*open), places_(std::move(kind), max_streams) {}

  // Serves a call by the stream that `make` makes of the parsed request, as a std::shared_ptr. Refuses the call if the
  // request is too large or malformed; with the error that `make` answers; with INTERNAL if `make` throws; with
  // RESOURCE_EXHAUSTED if too many streams are open or hold too much; with UNAVAILABLE once the server drains.
  template <typename Request, typename Make>
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Open(const RequestBounds& bounds, grpc::CallbackServerContext* context,
                                                   const grpc::ByteBuffer* request, Make make) {
    const std::string peer(context->peer());
    const auto open = [&]() -> absl::StatusOr<std::shared_ptr<ServerStream>> {
      Request parsed;
      absl::Status status = Receive(bounds, peer, request, parsed);
      if (!status.ok()) return status;
      auto stream = make(parsed);
      if (!stream.ok()) return stream.status();
      status = (*stream)->Admit(&open_, static_cast<int64_t>(parsed.SpaceUsedLong()));
      if (!status.ok()) return status;
      absl::StatusOr<StreamPlace> place = places_.Take(*stream, (*stream)->call_.peer);
      if (!place.ok()) return place.status();
      (*stream)->place_ = *std::move(place);
      return *std::move(stream);
    };
    const absl::StatusOr<std::shared_ptr<ServerStream>> stream = Guarded(bounds.method, open);
    if (!stream.ok()) return new RefusedStream(stream.status());
    (*stream)->Start();
    return stream->get();
  }

  // Ends all streams with UNAVAILABLE, and those that begin later.
  void Drain();

 private:
  absl::Status Receive(const RequestBounds& bounds, const std::string& peer, const grpc::ByteBuffer* request,
                       google::protobuf::Message& parsed);

  OpenCalls& open_;
  StreamPlaces<ServerStream> places_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_SERVER_STREAM_H_
