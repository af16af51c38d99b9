#ifndef COMMON_RPC_SERVER_STREAM_H_
#define COMMON_RPC_SERVER_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/guarded.h"
#include "common/rpc/bounded_wait.h"
#include "common/rpc/call.h"
#include "common/rpc/executor.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"

// The one mechanism of all streams that a server sends. A stream derives from `ServerStream` and says in `Next` what
// comes next; a `StreamRegistry` opens the streams of one kind, bounds their number and ends them when the server
// drains.
//
// How it works: a stream has one turn. A thread has it while it is in `Next`, a task while it runs on an executor, and
// gRPC while it writes a message. So the state of a subclass needs no lock: only the turn touches it. When nothing is
// to be done the turn is free, and `Wake` takes it. A `Wake` during a turn is kept, and `Next` is asked once more.
//
// Invariants:
// - One write is in flight at most. Its message is a member, and nobody touches it until OnWriteDone.
// - `Finish` is called once, and never during a write. `End` calls it at once unless a message is being written; then
//   OnWriteDone does. `End` does not wait for `Next` or a task: what they answer afterwards is dropped.
// - A write in flight for too long cancels the call: after `max_write`, or after 1 s if the stream is to end.
// - OnCancel may run beside OnWriteDone. It is an `End` like any other.
// - The stream keeps itself alive from `Start` to OnDone, and OnDone is the only place that lets go. `Next` and a task
//   may still run then, as whoever called them holds the stream too, but the call's context is gone.
//
// Locks: a stream has one and the registry has one. While one is held nothing foreign is called (gRPC, `Next`, tasks,
// the executor), and the other is not taken. The one exception: gRPC's count of references is raised under the stream's
// lock, because only there the call is sure to exist.

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

// All of a stream but the type of its messages. Thread-safe.
class OpenStream : public std::enable_shared_from_this<OpenStream> {
 public:
  virtual ~OpenStream() = default;
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;

  // Begins the stream; call once.
  void Start();
  // Ends the stream with `status`. The first status counts.
  void End(const absl::Status& status);

 protected:
  // `method` is the name of the RPC.
  OpenStream(const char* method, grpc::CallbackServerContext* context, absl::Duration max_write);

  // Asks `Next` again if the stream waits.
  void Wake();

  // The message is gRPC's no more; `ok` = it was written.
  void WriteDone(bool ok);
  // The call is over.
  void Release();

 private:
  enum class Turn { kFree, kTaken, kWriting };

  // `OnStart` runs once before `Next`. `OnEnd` runs once after the call is over, possibly beside `Next`.
  virtual void OnStart() {}
  virtual void OnEnd() {}
  virtual absl::StatusOr<StreamStep> NextStep() = 0;
  virtual void WriteMessage() = 0;
  virtual void FinishCall(const grpc::Status& status) = 0;

  // These are called with the turn, and give it on.
  void Advance();
  bool FinishIfEnded();
  bool BeginWrite();
  bool BeginWork(StreamStep step);
  bool BeginWait();
  // Ends the stream by an error of its own, and logs that, unless it is ending already.
  void Fail(const absl::Status& status);

  // Schedules `CheckWrite` for `time`.
  void LookAt(absl::Time time);
  void CheckWrite();

  const char* const method_;
  grpc::CallbackServerContext* const context_;
  const CallInfo call_;
  const absl::Duration max_write_;
  // Set from Start to OnDone.
  std::shared_ptr<OpenStream> self_;

  absl::Mutex mutex_;
  Turn turn_ ABSL_GUARDED_BY(mutex_) = Turn::kFree;
  // Whether something called `Wake` since `Next` was asked last.
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // When the write under way has taken too long.
  absl::Time write_deadline_ ABSL_GUARDED_BY(mutex_);
  // Looks at the writes. It is set for a write that begins and set again while one is under way, so that a stream that
  // writes often does not set a timer for each message.
  std::shared_ptr<BoundedWait> look_ ABSL_GUARDED_BY(mutex_);
  bool looking_ ABSL_GUARDED_BY(mutex_) = false;
};

template <typename Message>
class ServerStream : public grpc::ServerWriteReactor<Message>, public OpenStream {
 public:
  using MessageType = Message;

  void OnWriteDone(bool ok) final {
    message_ = Message();
    WriteDone(ok);
  }
  void OnCancel() final { End(MakeError(Reason::kCancelled, "cancelled by the caller")); }
  void OnDone() final { Release(); }

 protected:
  explicit ServerStream(const char* method, grpc::CallbackServerContext* context,
                        absl::Duration max_write = kMaxStreamWrite)
      : OpenStream(method, context, max_write) {}

  // Says what to do next; fills in `message`, which is empty, if it is to be written. An error, or an exception, ends
  // the stream. Must not block, nor use the call's context.
  virtual absl::StatusOr<StreamStep> Next(Message& message) = 0;

 private:
  absl::StatusOr<StreamStep> NextStep() final { return Next(message_); }
  void WriteMessage() final { this->StartWrite(&message_); }
  void FinishCall(const grpc::Status& status) final { this->Finish(status); }

  // Belongs to gRPC while it is being written.
  Message message_;
};

// A stream that ends before its first message.
template <typename Message>
class RefusedStream final : public grpc::ServerWriteReactor<Message> {
 public:
  explicit RefusedStream(const absl::Status& status) { this->Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

// The open streams of one kind. Thread-safe; must outlive their calls.
class StreamRegistry {
 public:
  // `kind` names the streams in messages, such as "watch streams".
  StreamRegistry(std::string kind, size_t max_streams) : kind_(std::move(kind)), max_streams_(max_streams) {}

  // Serves a call of `method` by the stream that `make` answers, as a std::shared_ptr. Refuses it with the error that
  // `make` answers; with INTERNAL if `make` throws; with RESOURCE_EXHAUSTED if too many streams are open; with
  // UNAVAILABLE once the server drains.
  template <typename Make>
  auto Open(absl::string_view method, Make make) {
    using Made = std::invoke_result_t<Make&>;
    using Message = typename Made::value_type::element_type::MessageType;
    Made stream = Guarded(method, make);
    const absl::Status status = stream.ok() ? Admit(*stream) : stream.status();
    grpc::ServerWriteReactor<Message>* reactor;
    if (status.ok()) {
      (*stream)->Start();
      reactor = stream->get();
    } else {
      reactor = new RefusedStream<Message>(status);
    }
    return reactor;
  }

  // Ends all streams with UNAVAILABLE, and those that begin later.
  void Drain();

 private:
  absl::Status Admit(const std::shared_ptr<OpenStream>& stream);

  const std::string kind_;
  const size_t max_streams_;
  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::weak_ptr<OpenStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_SERVER_STREAM_H_
