#ifndef COMMON_RPC_SERVER_STREAM_FIXTURE_H_
#define COMMON_RPC_SERVER_STREAM_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/executor.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/request_bytes.h"
#include "common/rpc/server.h"
#include "common/rpc/server_stream.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"

namespace toolcatalog {

// Does what the test adds, in order; waits when there is nothing. Thread-safe.
class ScriptedStream final : public ServerStream {
 public:
  using Event = v1::ReloadEvent;
  // What a stream does when it is asked.
  using Script = std::function<absl::StatusOr<StreamStep>(Event&)>;
  // What became of the streams of a test.
  struct Tally {
    std::atomic<int> alive{0}, ended{0}, asked{0};
    // Whether two threads asked one stream at the same time.
    std::atomic<bool> overlapped{false};
  };

  // `tally` must outlive the stream. `first` is done before anything that is added; null = nothing.
  ScriptedStream(grpc::CallbackServerContext* context, absl::Duration max_write, const Script& first, Tally* tally)
      : ServerStream("WatchReloads", context, max_write), tally_(*tally) {
    ++tally_.alive;
    if (first != nullptr) scripts_.push_back(first);
  }
  ~ScriptedStream() override { --tally_.alive; }

  void Add(Script script) {
    {
      absl::MutexLock lock(&mutex_);
      scripts_.push_back(std::move(script));
    }
    Wake();
  }
  // Adds an event of this number and size.
  void AddEvent(int64_t id, size_t bytes = 0) {
    Add([id, bytes](Event& event) {
      event.set_event_id(id);
      event.set_error(std::string(bytes, 'x'));
      return StreamStep::Write();
    });
  }

 private:
  void OnEnd() override { ++tally_.ended; }

  absl::StatusOr<StreamStep> Next(grpc::ByteBuffer& message) override {
    ++tally_.asked;
    if (busy_.exchange(true)) tally_.overlapped = true;
    Script script = [](Event&) { return StreamStep::Wait(); };
    {
      absl::MutexLock lock(&mutex_);
      if (!scripts_.empty()) {
        script = std::move(scripts_.front());
        scripts_.pop_front();
      }
    }
    Event event;
    absl::StatusOr<StreamStep> step = script(event);
    EXPECT_EQ(message.Length(), 0u) << "though it was used before";
    const bool writes = step.ok() && step->kind == StreamStep::Kind::kWrite;
    EXPECT_TRUE(!writes || EncodeResponse(event, message).ok());
    busy_ = false;
    return step;
  }

  Tally& tally_;
  // Whether a thread is in `Next`.
  std::atomic<bool> busy_{false};
  absl::Mutex mutex_;
  std::deque<Script> scripts_ ABSL_GUARDED_BY(mutex_);
};

// Serves WatchReloads with scripted streams. Set the members that have no mutex before a call is made.
class ScriptedStreamService final
    : public v1::ReloadService::WithRawCallbackMethod_WatchReloads<v1::ReloadService::Service> {
 public:
  // That one peer may have, with what is free kept for others.
  static constexpr int kMaxStreams = 5;

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchReloads(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request) override {
    const auto make = [&](const v1::WatchReloadsRequest& parsed) -> absl::StatusOr<std::shared_ptr<ScriptedStream>> {
      if (parsed.from_event_id() < 0) return InvalidArgumentError("from_event_id", "must be at least 0");
      if (!parsed.boot_id().empty()) throw std::runtime_error("unexpected");
      auto stream = std::make_shared<ScriptedStream>(context, max_write, first, &tally);
      absl::MutexLock lock(&mutex);
      streams.push_back(stream);
      return stream;
    };
    return registry.Open<v1::WatchReloadsRequest>({"WatchReloads"}, context, request, make);
  }

  ScriptedStream::Tally tally;
  absl::Duration max_write = absl::Seconds(10);
  // What each stream does first.
  ScriptedStream::Script first;
  OpenCalls open_calls{int64_t{1} << 30};
  StreamRegistry registry{&open_calls, "streams of a test", 2 * kMaxStreams - 1};
  absl::Mutex mutex;
  // In the order in which they were opened.
  std::deque<std::weak_ptr<ScriptedStream>> streams ABSL_GUARDED_BY(mutex);
};

// Work of a stream that begins, and ends with `result` when the test lets it go on.
class HeldWork {
 public:
  explicit HeldWork(absl::Status result) : result_(std::move(result)) {}

  // The step of a stream that does this work. Once only; this object must outlive the work.
  StreamStep Step() {
    return StreamStep::Do(&executor_, [this] {
      begun_.Notify();
      go_on_.WaitForNotification();
      return result_;
    });
  }
  void AwaitBegun() { begun_.WaitForNotification(); }
  void GoOn() { go_on_.Notify(); }

 private:
  const absl::Status result_;
  absl::Notification begun_, go_on_;
  // The last member: its destructor waits for the work.
  Executor executor_{1, 10};
};

// A call of WatchReloads as its client has it.
struct ReloadsCall {
  static constexpr absl::Duration kPatience = absl::Seconds(20);

  explicit ReloadsCall(v1::ReloadService::Stub& stub, const v1::WatchReloadsRequest& request = {}) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    reader = stub.WatchReloads(&context, request);
  }
  // Reads to the end.
  grpc::StatusCode End() {
    v1::ReloadEvent event;
    while (reader->Read(&event)) {
    }
    status = reader->Finish();
    return status.error_code();
  }

  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::ReloadEvent>> reader;
  grpc::Status status;
};

// A server with scripted streams, and its client.
class ServerStreamFixture : public testing::Test {
 protected:
  using Event = ScriptedStream::Event;
  using Script = ScriptedStream::Script;
  static constexpr absl::Duration kPatience = ReloadsCall::kPatience;
  static constexpr int kMaxStreams = ScriptedStreamService::kMaxStreams;

  void SetUp() override {
    auto server = Server::Start("127.0.0.1:0", v1::ReloadService::service_full_name(), &service_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::ReloadService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  void TearDown() override { EXPECT_FALSE(service_.tally.overlapped) << "two threads had the turn"; }

  std::unique_ptr<ReloadsCall> Open(const v1::WatchReloadsRequest& request = {}) {
    return std::make_unique<ReloadsCall>(*stub_, request);
  }
  // The next stream that was opened.
  std::shared_ptr<ScriptedStream> AwaitStream() {
    absl::MutexLock lock(&service_.mutex);
    const auto some = [this]() ABSL_SHARED_LOCKS_REQUIRED(service_.mutex) { return !service_.streams.empty(); };
    if (!service_.mutex.AwaitWithTimeout(absl::Condition(&some), kPatience)) return nullptr;
    std::shared_ptr<ScriptedStream> stream = service_.streams.front().lock();
    service_.streams.pop_front();
    return stream;
  }
  // Whether so many streams ended, each once, and none is left.
  bool AwaitEnded(int streams) {
    return Await([&] { return service_.tally.ended == streams && service_.tally.alive == 0; }, kPatience);
  }

  ScriptedStreamService service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::ReloadService::Stub> stub_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_SERVER_STREAM_FIXTURE_H_
