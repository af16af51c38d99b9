#include "common/rpc/server_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <stdexcept>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/rpc/server.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);
constexpr int kMaxStreams = 5;

using Event = v1::ReloadEvent;
using Stub = v1::ReloadService::Stub;
// What a stream does when it is asked.
using Script = std::function<absl::StatusOr<StreamStep>(Event&)>;

// What became of the streams of a test.
struct Tally {
  std::atomic<int> alive{0}, ended{0}, asked{0};
  std::atomic<bool> overlapped{false};
};

// Does what the test adds, in order; waits when there is nothing.
class ScriptedStream final : public ServerStream<Event> {
 public:
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
      // Empty, though it was used before.
      EXPECT_EQ(event.ByteSizeLong(), 0u);
      event.set_event_id(id);
      event.set_error(std::string(bytes, 'x'));
      return StreamStep::Write();
    });
  }

 private:
  void OnEnd() override { ++tally_.ended; }

  absl::StatusOr<StreamStep> Next(Event& event) override {
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
    absl::StatusOr<StreamStep> step = script(event);
    busy_ = false;
    return step;
  }

  Tally& tally_;
  // Whether a thread is in `Next`.
  std::atomic<bool> busy_{false};
  absl::Mutex mutex_;
  std::deque<Script> scripts_ ABSL_GUARDED_BY(mutex_);
};

class StreamService final : public v1::ReloadService::CallbackService {
 public:
  grpc::ServerWriteReactor<Event>* WatchReloads(grpc::CallbackServerContext* context,
                                                const v1::WatchReloadsRequest* request) override {
    return registry.Open("WatchReloads", [&]() -> absl::StatusOr<std::shared_ptr<ScriptedStream>> {
      if (request->from_event_id() < 0) return InvalidArgumentError("from_event_id", "must be at least 0");
      if (!request->boot_id().empty()) throw std::runtime_error("unexpected");
      auto stream = std::make_shared<ScriptedStream>(context, max_write, first, &tally);
      absl::MutexLock lock(&mutex);
      streams.push_back(stream);
      return stream;
    });
  }

  Tally tally;
  absl::Duration max_write = absl::Seconds(10);
  // What each stream does first.
  Script first;
  StreamRegistry registry{"streams of a test", kMaxStreams};
  absl::Mutex mutex;
  std::deque<std::weak_ptr<ScriptedStream>> streams ABSL_GUARDED_BY(mutex);
};

// A call as its client has it.
struct Call {
  explicit Call(Stub& stub, const v1::WatchReloadsRequest& request = {}) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    reader = stub.WatchReloads(&context, request);
  }
  // Reads to the end.
  grpc::StatusCode End() {
    Event event;
    while (reader->Read(&event)) {
    }
    status = reader->Finish();
    return status.error_code();
  }

  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<Event>> reader;
  grpc::Status status;
};

class ServerStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::Start("127.0.0.1:0", v1::ReloadService::service_full_name(), &service_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::ReloadService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  void TearDown() override { EXPECT_FALSE(service_.tally.overlapped) << "two threads had the turn"; }

  std::unique_ptr<Call> Open(const v1::WatchReloadsRequest& request = {}) {
    return std::make_unique<Call>(*stub_, request);
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
  // Whether so many streams have ended, each once, and none is left.
  bool AwaitEnded(int streams) {
    return Await([&] { return service_.tally.ended == streams && service_.tally.alive == 0; }, kPatience);
  }

  StreamService service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(ServerStreamTest, SendsInOrderAndEnds) {
  auto call = Open();
  auto stream = AwaitStream();
  for (int id = 1; id <= 3; ++id) stream->AddEvent(id);
  stream->Add([](Event&) { return StreamStep::End(); });
  stream.reset();
  Event event;
  for (int id = 1; id <= 3; ++id) {
    ASSERT_TRUE(call->reader->Read(&event));
    EXPECT_EQ(event.event_id(), id);
  }
  EXPECT_EQ(call->End(), grpc::StatusCode::OK);
  EXPECT_TRUE(AwaitEnded(1));
}

TEST_F(ServerStreamTest, NoWakeIsLostWhoeverSendsIt) {
  constexpr int kThreads = 4, kEvents = 500;
  auto call = Open();
  auto stream = AwaitStream();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([stream, thread] {
      for (int i = 0; i < kEvents; ++i) stream->AddEvent(i * kThreads + thread + 1);
    });
  }
  std::vector<int64_t> last(kThreads, 0);
  Event event;
  for (int i = 0; i < kThreads * kEvents; ++i) {
    ASSERT_TRUE(call->reader->Read(&event));
    int64_t& before = last[(event.event_id() - 1) % kThreads];
    EXPECT_LT(before, event.event_id());
    before = event.event_id();
  }
  for (std::thread& thread : threads) thread.join();
  stream->End(absl::AbortedError("enough"));
  EXPECT_EQ(call->End(), grpc::StatusCode::ABORTED);
}

TEST_F(ServerStreamTest, IsNotAskedWhileItsWorkIsDone) {
  Executor executor(1, 10);
  absl::Notification begun, go_on;
  auto call = Open();
  auto stream = AwaitStream();
  stream->Add([&](Event&) {
    return StreamStep::Do(&executor, [&] {
      begun.Notify();
      go_on.WaitForNotification();
      return absl::OkStatus();
    });
  });
  begun.WaitForNotification();
  const int asked = service_.tally.asked;
  stream->AddEvent(1);
  EXPECT_EQ(service_.tally.asked, asked);
  go_on.Notify();
  Event event;
  EXPECT_TRUE(call->reader->Read(&event));
  stream->End(absl::OkStatus());
  EXPECT_EQ(call->End(), grpc::StatusCode::OK);
}

TEST_F(ServerStreamTest, ErrorsAndExceptionsEndIt) {
  Executor executor(1, 10), full(1, 0);
  const auto fail = [] { return absl::DataLossError("lost"); };
  const auto throws = []() -> absl::Status { throw std::runtime_error("unexpected"); };
  const std::vector<std::pair<Script, grpc::StatusCode>> cases = {
      {[](Event&) { return absl::NotFoundError("nowhere"); }, grpc::StatusCode::NOT_FOUND},
      {[](Event&) -> absl::StatusOr<StreamStep> { throw std::runtime_error("unexpected"); },
       grpc::StatusCode::INTERNAL},
      {[&](Event&) { return StreamStep::Do(&executor, fail); }, grpc::StatusCode::DATA_LOSS},
      {[&](Event&) { return StreamStep::Do(&executor, throws); }, grpc::StatusCode::INTERNAL},
      {[&](Event&) { return StreamStep::Do(&full, fail); }, grpc::StatusCode::RESOURCE_EXHAUSTED},
  };
  for (const auto& [script, code] : cases) {
    // The first is asked for before gRPC has the stream.
    service_.first = script;
    EXPECT_EQ(Open()->End(), code);
    service_.first = nullptr;
    AwaitStream();
    auto call = Open();
    AwaitStream()->Add(script);
    EXPECT_EQ(call->End(), code);
  }
  EXPECT_TRUE(AwaitEnded(2 * static_cast<int>(cases.size())));
}

TEST_F(ServerStreamTest, TheEndDoesNotWaitForWork) {
  Executor executor(1, 10);
  absl::Notification begun, go_on;
  auto call = Open();
  auto stream = AwaitStream();
  stream->Add([&](Event&) {
    return StreamStep::Do(&executor, [&] {
      begun.Notify();
      go_on.WaitForNotification();
      return absl::InternalError("too late");
    });
  });
  begun.WaitForNotification();
  stream->End(absl::AbortedError("first"));
  stream->End(absl::DataLossError("second"));
  EXPECT_EQ(call->End(), grpc::StatusCode::ABORTED);
  EXPECT_TRUE(Await([&] { return service_.tally.ended == 1; }, kPatience));
  EXPECT_EQ(service_.tally.alive, 1) << "the work still uses the stream";
  stream.reset();
  go_on.Notify();
  EXPECT_TRUE(AwaitEnded(1));
}

TEST_F(ServerStreamTest, AClientThatTakesNothingIsCancelled) {
  service_.max_write = absl::Milliseconds(200);
  auto call = Open();
  // Far more than the connection buffers, so a write stays in flight.
  AwaitStream()->AddEvent(1, 16 << 20);
  EXPECT_TRUE(AwaitEnded(1));
  EXPECT_NE(call->End(), grpc::StatusCode::OK);
}

TEST_F(ServerStreamTest, AClientThatTakesEachMessageInTimeIsNotCancelled) {
  service_.max_write = absl::Milliseconds(400);
  auto call = Open();
  auto stream = AwaitStream();
  Event event;
  int64_t id = 0;
  for (const absl::Time begin = absl::Now(); absl::Now() - begin < 4 * service_.max_write;) {
    stream->AddEvent(++id);
    ASSERT_TRUE(call->reader->Read(&event)) << id;
    ASSERT_EQ(event.event_id(), id);
  }
  stream->End(absl::OkStatus());
  EXPECT_EQ(call->End(), grpc::StatusCode::OK);
}

TEST_F(ServerStreamTest, AWriteThatHangsDoesNotHoldUpTheEnd) {
  service_.max_write = absl::Hours(1);
  auto call = Open();
  auto stream = AwaitStream();
  stream->AddEvent(1, 16 << 20);
  const absl::Time begin = absl::Now();
  stream->End(absl::UnavailableError("draining"));
  stream.reset();
  EXPECT_TRUE(AwaitEnded(1));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  EXPECT_NE(call->End(), grpc::StatusCode::OK);
}

TEST_F(ServerStreamTest, ACancellationBesideWritesEndsItOnce) {
  constexpr int kCalls = 300;
  std::atomic<int64_t> id{0};
  const Script next = [&](Event& event) {
    event.set_event_id(++id);
    return StreamStep::Write();
  };
  for (int i = 0; i < kCalls; ++i) {
    auto call = Open();
    auto stream = AwaitStream();
    ASSERT_NE(stream, nullptr);
    for (int event = 0; event < 20; ++event) stream->Add(next);
    std::thread other([stream] {
      for (int event = 0; event < 20; ++event) stream->AddEvent(event);
      stream->End(absl::AbortedError("other"));
    });
    stream.reset();
    Event event;
    for (int read = 0; read < i % 7 && call->reader->Read(&event); ++read) {
    }
    call->context.TryCancel();
    const grpc::StatusCode code = call->End();
    EXPECT_TRUE(code == grpc::StatusCode::CANCELLED || code == grpc::StatusCode::ABORTED) << code;
    other.join();
    // One after the other, for the registry has a bound.
    ASSERT_TRUE(AwaitEnded(i + 1));
  }
}

TEST_F(ServerStreamTest, TooManyAreRefusedUntilOneEnds) {
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < kMaxStreams; ++i) {
    calls.push_back(Open());
    AwaitStream()->AddEvent(1);
    Event event;
    ASSERT_TRUE(calls.back()->reader->Read(&event));
  }
  auto refused = Open();
  EXPECT_EQ(refused->End(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused->status.error_message(), testing::HasSubstr("at most 5 streams of a test"));
  calls.front()->context.TryCancel();
  calls.front()->End();
  ASSERT_TRUE(Await([&] { return service_.tally.alive == kMaxStreams - 1; }, kPatience));
  service_.first = [](Event&) { return StreamStep::End(); };
  EXPECT_EQ(Open()->End(), grpc::StatusCode::OK);
  for (auto& call : calls) call->context.TryCancel();
}

TEST_F(ServerStreamTest, RefusesWhatCannotBeMade) {
  v1::WatchReloadsRequest wrong, unexpected;
  wrong.set_from_event_id(-1);
  unexpected.set_boot_id("throws");
  EXPECT_EQ(Open(wrong)->End(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Open(unexpected)->End(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(service_.tally.ended, 0);
}

TEST_F(ServerStreamTest, ADrainEndsAllAndThoseThatBeginLater) {
  std::vector<std::unique_ptr<Call>> calls;
  std::vector<std::weak_ptr<ScriptedStream>> streams;
  for (int i = 0; i < kMaxStreams; ++i) {
    calls.push_back(Open());
    streams.push_back(AwaitStream());
  }
  // One of them has a write in flight that hangs.
  streams[0].lock()->AddEvent(1, 16 << 20);
  service_.registry.Drain();
  for (size_t i = 1; i < calls.size(); ++i) EXPECT_EQ(calls[i]->End(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Open()->End(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(AwaitEnded(kMaxStreams));
  service_.registry.Drain();
}

}  // namespace
}  // namespace toolcatalog
