// What operators rely on: reflection, health, and an orderly end on SIGTERM.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/marked_writers.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckResponse;

constexpr absl::Duration kDrain = absl::Seconds(5);
constexpr int kStreams = 10;

// Serialized fields of a ServerReflectionRequest: list_services, and the tag of file_containing_symbol.
constexpr char kListServices[] = "\x3a\x01*";
constexpr char kFileOfSymbol = '\x22';

// Answers the serialized response of the reflection service to a serialized request. Names stand in it as they are.
std::string Reflect(const std::shared_ptr<grpc::Channel>& channel, const std::string& serialized) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto next = [&queue] {
    void* tag;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  auto call = stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  grpc::Slice request(serialized);
  grpc::ByteBuffer response;
  std::string text;
  if (!next()) return "";
  call->Write(grpc::ByteBuffer(&request, 1), nullptr);
  if (!next()) return "";
  call->Read(&response, nullptr);
  if (next()) {
    std::vector<grpc::Slice> slices;
    if (response.Dump(&slices).ok()) {
      for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();
  return text;
}

class DrainTest : public EndToEndFixture {
 protected:
  // Statuses that a Health Watch stream shows until it ends.
  static std::vector<HealthCheckResponse::ServingStatus> WatchHealth(grpc::ClientReader<HealthCheckResponse>& stream) {
    std::vector<HealthCheckResponse::ServingStatus> statuses;
    HealthCheckResponse response;
    while (stream.Read(&response)) statuses.push_back(response.status());
    return statuses;
  }

  // Sends SIGTERM; answers the exit code, or fails the test when the process takes too long.
  static int Terminate(ServiceProcess& service) {
    const absl::Time begin = absl::Now();
    EXPECT_THAT(service.process().Signal(SIGTERM), IsOk());
    const absl::StatusOr<int> code = service.process().Wait(kDrain);
    EXPECT_THAT(code, IsOk());
    std::cout << "drained in " << absl::Now() - begin << "\n";
    return code.value_or(-1);
  }

  static void ExpectServingThenNotServing(const std::vector<HealthCheckResponse::ServingStatus>& statuses) {
    ASSERT_GE(statuses.size(), 2u);
    EXPECT_EQ(statuses.front(), HealthCheckResponse::SERVING);
    EXPECT_EQ(statuses.back(), HealthCheckResponse::NOT_SERVING);
  }
};

TEST_F(DrainTest, ReflectionListsAndDescribesTheServices) {
  Start(1, {0});
  const auto expect_described = [](const std::shared_ptr<grpc::Channel>& channel, const std::string& service,
                                   const std::string& method) {
    EXPECT_THAT(Reflect(channel, kListServices),
                testing::AllOf(testing::HasSubstr(service), testing::HasSubstr("grpc.health.v1.Health")));
    const std::string request =
        absl::StrCat(std::string(1, kFileOfSymbol), std::string(1, static_cast<char>(service.size())), service);
    EXPECT_THAT(Reflect(channel, request), testing::HasSubstr(method));
  };
  expect_described(services().catalog_process().channel(), "toolcatalog.v1.CatalogService", "ListToolVersions");
  expect_described(services().reload_process().channel(), "toolcatalog.v1.ReloadService", "SetPeriodicReload");
}

TEST_F(DrainTest, CatalogEndsInTimeWithStreamsAndCallsInFlight) {
  Start(2, {});
  CreateTools(ToolNames(10));
  std::vector<std::unique_ptr<WatchRecorder>> recorders;
  for (int i = 0; i < kStreams; ++i) {
    recorders.push_back(std::make_unique<WatchRecorder>([this](int) { return &catalog(0); }, v1::WatchToolsRequest(),
                                                        WatchRecorder::OnEnd::kStop));
    ASSERT_TRUE(recorders.back()->AwaitStart(kPatience));
  }
  // Reads nothing: the server must not wait for it.
  grpc::ClientContext silent_context;
  v1::WatchToolsRequest snapshot;
  snapshot.set_snapshot(true);
  auto silent = catalog(0).WatchTools(&silent_context, snapshot);
  auto health = Health::NewStub(NewChannel(services().catalog_process(0).address()));
  grpc::ClientContext health_context;
  auto health_stream = health->Watch(&health_context, {});
  HealthCheckResponse first;
  ASSERT_TRUE(health_stream->Read(&first));

  MarkedWriters writers(8, 1000000, [this](int thread, int count, const std::string& marker) {
    return Describe(catalog(0), ToolNames(10)[(thread + count) % 10], marker, marker).status();
  });
  ASSERT_TRUE(writers.AwaitSuccesses(100, kPatience));
  EXPECT_EQ(Terminate(services().catalog_process(0)), 0);
  writers.Stop();

  auto statuses = WatchHealth(*health_stream);
  statuses.insert(statuses.begin(), first.status());
  ExpectServingThenNotServing(statuses);
  health_stream->Finish();
  for (const auto& recorder : recorders) {
    EXPECT_TRUE(recorder->AwaitEnd(kPatience));
    EXPECT_THAT(recorder->recording().connections[0].status, HasCode(grpc::StatusCode::UNAVAILABLE));
    EXPECT_THAT(WatchChecker(recorder->recording()).violations(), testing::IsEmpty());
  }
  const auto log = Changes(catalog(1));
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT(CheckOutcomes(writers.outcomes(), *log, Failures::kMayVanish), testing::IsEmpty());
}

TEST_F(DrainTest, ReloadServiceEndsInTimeWithStreamsAndCallsInFlight) {
  Start(1, {0});
  CreateTools(ToolNames(10));
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ReloadEvent>>> streams;
  for (int i = 0; i < kStreams; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(reload().WatchReloads(contexts.back().get(), {}));
  }
  auto health = Health::NewStub(NewChannel(services().reload_process().address()));
  grpc::ClientContext health_context;
  auto health_stream = health->Watch(&health_context, {});
  HealthCheckResponse first;
  ASSERT_TRUE(health_stream->Read(&first));
  MarkedWriters readers(4, 1000000, [this](int, int, const std::string&) { return Profiles(reload()).status(); });
  ASSERT_TRUE(readers.AwaitSuccesses(100, kPatience));
  EXPECT_EQ(Terminate(services().reload_process()), 0);
  readers.Stop();
  auto statuses = WatchHealth(*health_stream);
  statuses.insert(statuses.begin(), first.status());
  ExpectServingThenNotServing(statuses);
  health_stream->Finish();
  v1::ReloadEvent event;
  for (auto& stream : streams) {
    while (stream->Read(&event)) {
    }
    EXPECT_THAT(stream->Finish(), HasCode(grpc::StatusCode::UNAVAILABLE));
  }
}

TEST_F(DrainTest, HealthOfAReloadServiceWaitsForItsFirstLoad) {
  Start(1, {0});
  ServiceProcess& service = services().catalog_process();
  ASSERT_THAT(service.Kill(), IsOk());
  EXPECT_TRUE(services().reload_process().AwaitHealth(true, kPatience)) << "profiles outlive the catalog";
  ASSERT_THAT(services().reload_process().Kill(), IsOk());
  ASSERT_THAT(services().reload_process().Restart(), IsOk());
  EXPECT_TRUE(services().reload_process().AwaitHealth(false, kPatience));
  EXPECT_THAT(Profiles(reload()), HasCode(absl::StatusCode::kUnavailable));
  ASSERT_THAT(service.Restart(), IsOk());
  EXPECT_TRUE(services().reload_process().AwaitHealth(true, kPatience));
}

}  // namespace
}  // namespace toolcatalog
