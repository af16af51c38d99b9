// A client that opens watch streams and reads nothing: the others do not notice, the service's memory does not grow,
// and it can go on at another replica.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/steady_time.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr int kUpdates = 600;
constexpr int kSilentStreams = 40;
// What the service may hold for a stream that reads nothing: one message, which is 1 MiB at most, and a little; and for
// all of them together.
constexpr int64_t kBytesPerStream = 3 << 19;
constexpr int64_t kBytesForAll = 40 << 20;

class SlowWatcherTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    Start(2, {});
    if (!HasFatalFailure()) CreateTools({"large"});
  }

  // Updates with a definition of about 200 KB; together more than the service may hold for its streams.
  void UpdateOften(int updates) {
    v1::Tool fields;
    fields.set_tool_name("large");
    for (int i = 0; i < updates; ++i) {
      auto& metadata = *fields.mutable_metadata()->mutable_fields();
      for (int key = 0; key < 60; ++key) {
        metadata[absl::StrCat("key", key)].set_string_value(absl::StrCat(++written_, std::string(3300, 'x')));
      }
      ASSERT_THAT(Update(catalog(1), fields), IsOk());
    }
  }

  int64_t MemoryBytes() {
    std::ifstream file(absl::StrCat("/proc/", services().catalog_process(0).process().pid(), "/statm"));
    int64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
  }

  // Time until a stream that reads has got `updates` more.
  absl::Duration TimeToFollow(int updates) {
    v1::WatchToolsRequest request;
    WatchRecorder reader([this](int) { return &catalog(0); }, request, WatchRecorder::OnEnd::kStop);
    EXPECT_TRUE(reader.AwaitStart(kPatience));
    const int64_t revision = Revision(catalog(1)).value_or(-1);
    const SteadyTime begin = SteadyTime::Now();
    UpdateOften(updates);
    EXPECT_TRUE(reader.AwaitRevision(revision + updates, kPatience));
    const absl::Duration time = SteadyTime::Now() - begin;
    EXPECT_THAT(WatchChecker(reader.recording()).violations(), testing::IsEmpty());
    return time;
  }

 private:
  int written_ = 0;
};

TEST_F(SlowWatcherTest, OthersDoNotNoticeAndMemoryDoesNotGrow) {
  const absl::Duration alone = TimeToFollow(kUpdates);
  const int64_t memory_before = MemoryBytes();

  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchToolsResponse>>> silent;
  v1::WatchToolsRequest request;
  request.set_from_revision(1);
  for (int i = 0; i < kSilentStreams; ++i) {
    channels.push_back(NewChannel(services().catalog_process(0).address()));
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    silent.push_back(v1::CatalogService::NewStub(channels.back())->WatchTools(contexts.back().get(), request));
  }
  const absl::Duration beside_silent = TimeToFollow(kUpdates);
  const int64_t growth = MemoryBytes() - memory_before;
  std::cout << "followed " << kUpdates << " updates in " << alone << ", beside silent streams in " << beside_silent
            << "; memory " << memory_before / 1024 << " KiB, growth " << growth / 1024 << " KiB\n";
  EXPECT_LT(beside_silent, 3 * alone + absl::Seconds(2));
  EXPECT_LT(growth, kBytesForAll + kSilentStreams * kBytesPerStream);
  for (auto& context : contexts) context->TryCancel();
  for (auto& stream : silent) {
    v1::WatchToolsResponse message;
    while (stream->Read(&message)) {
    }
    stream->Finish();
  }
}

TEST_F(SlowWatcherTest, ResumesAtTheOtherReplica) {
  UpdateOften(10);
  v1::WatchToolsRequest request;
  request.set_from_revision(0);
  // The first stream goes to a catalog that is killed, and the next to the other.
  WatchRecorder recorder([this](int connection) { return &catalog(connection == 0 ? 0 : 1); }, request,
                         WatchRecorder::OnEnd::kResume);
  ASSERT_TRUE(recorder.AwaitRevision(5, kPatience));
  ASSERT_THAT(services().catalog_process(0).Kill(), IsOk());
  UpdateOften(10);
  EXPECT_TRUE(recorder.AwaitRevision(Revision(catalog(1)).value(), kPatience));
  recorder.Stop();
  const WatchChecker checker(recorder.recording());
  EXPECT_THAT(checker.violations(), testing::IsEmpty());
  EXPECT_GE(recorder.recording().connections.size(), 2u);
  EXPECT_EQ(checker.revision(), Revision(catalog(1)).value());
}

}  // namespace
}  // namespace toolcatalog
