#include "common/rpc/server_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include "common/rpc/executor.h"
#include "common/rpc/server_stream_fixture.h"
#include "common/steady_time.h"
#include "tests/support/await.h"

namespace toolcatalog {
namespace {

using ServerStreamTest = ServerStreamFixture;

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
  HeldWork work(absl::OkStatus());
  auto call = Open();
  auto stream = AwaitStream();
  stream->Add([&](Event&) { return work.Step(); });
  work.AwaitBegun();
  const int asked = service_.tally.asked;
  stream->AddEvent(1);
  EXPECT_EQ(service_.tally.asked, asked);
  work.GoOn();
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
  HeldWork work(absl::InternalError("too late"));
  auto call = Open();
  auto stream = AwaitStream();
  stream->Add([&](Event&) { return work.Step(); });
  work.AwaitBegun();
  stream->End(absl::AbortedError("first"));
  stream->End(absl::DataLossError("second"));
  EXPECT_EQ(call->End(), grpc::StatusCode::ABORTED);
  EXPECT_TRUE(Await([&] { return service_.tally.ended == 1; }, kPatience));
  EXPECT_EQ(service_.tally.alive, 1) << "the work still uses the stream";
  stream.reset();
  work.GoOn();
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
  for (const SteadyTime begin = SteadyTime::Now(); SteadyTime::Now() - begin < 4 * service_.max_write;) {
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
  const SteadyTime begin = SteadyTime::Now();
  stream->End(absl::UnavailableError("draining"));
  stream.reset();
  EXPECT_TRUE(AwaitEnded(1));
  EXPECT_LT(SteadyTime::Now() - begin, absl::Seconds(10));
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
  std::vector<std::unique_ptr<ReloadsCall>> calls;
  for (int i = 0; i < kMaxStreams; ++i) {
    calls.push_back(Open());
    AwaitStream()->AddEvent(1);
    Event event;
    ASSERT_TRUE(calls.back()->reader->Read(&event));
  }
  auto refused = Open();
  EXPECT_EQ(refused->End(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused->status.error_message(),
              testing::HasSubstr("of at most 9 streams of a test this address has 5, and 4 are free"));
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
  std::vector<std::unique_ptr<ReloadsCall>> calls;
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
