// Watch streams that begin in different ways at different moments all show the same history.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/marked_writers.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {
namespace {

using testing::IsEmpty;

v1::WatchToolsRequest FromSnapshot() {
  v1::WatchToolsRequest request;
  request.set_snapshot(true);
  return request;
}

v1::WatchToolsRequest From(int64_t revision) {
  v1::WatchToolsRequest request;
  request.set_from_revision(revision);
  return request;
}

// `count` tools of about `bytes` each.
std::string LargeImport(int count, int bytes, const std::string& marker) {
  std::string yaml = "tools:\n";
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&yaml, "- {tool_name: tool-", i, ", description: ", marker,
                    ", platform: linux, category: system, metadata: {text: ", std::string(bytes, 'x'), "}}\n");
  }
  return yaml;
}

class WatchTest : public EndToEndFixture {
 protected:
  std::unique_ptr<WatchRecorder> Recorder(const v1::WatchToolsRequest& request, int index = 0) {
    return std::make_unique<WatchRecorder>([this, index](int) { return &catalog(index); }, request,
                                           WatchRecorder::OnEnd::kResume);
  }
};

TEST_F(WatchTest, SnapshotsTakenDuringWritesContinueWithoutAGap) {
  Start(2, {});
  CreateTools(ToolNames(300));
  auto from_start = Record({0});
  MarkedWriters writers(4, 1000000, [this](int thread, int count, const std::string& marker) {
    const std::string name = absl::StrCat("tool-", (thread * 77 + count * 13) % 300);
    if (count % 10 == 0) return Create(catalog(thread % 2), SampleTool(name, absl::StrCat(count, ".0"))).status();
    return Describe(catalog(thread % 2), name, marker, marker).status();
  });
  std::vector<std::unique_ptr<WatchRecorder>> recorders;
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + 40, kPatience));
    recorders.push_back(Recorder(i % 3 == 0 ? From(Revision(catalog()).value()) : FromSnapshot(), i % 2));
  }
  ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + 100, kPatience));
  writers.Stop();
  const int64_t revision = Revision(catalog()).value();
  ASSERT_TRUE(from_start->AwaitRevision(revision, kPatience));
  const WatchChecker whole(from_start->recording());
  EXPECT_THAT(whole.violations(), IsEmpty());
  for (const auto& recorder : recorders) {
    ASSERT_TRUE(recorder->AwaitRevision(revision, kPatience));
    const WatchChecker checker(recorder->recording());
    EXPECT_THAT(checker.violations(), IsEmpty());
    EXPECT_EQ(CheckAgreement(whole, checker), "");
    if (checker.complete()) EXPECT_EQ(checker.state().Fingerprint(), whole.state().Fingerprint());
  }
}

TEST_F(WatchTest, LargeWritesComeInFragmentsAndHoldTogether) {
  Start(2, {0});
  auto live = Record({0});
  for (const char* marker : {"first", "second"}) {
    const auto imported = Import(catalog(1), LargeImport(300, 12000, marker), true);
    ASSERT_THAT(imported, IsOk());
    EXPECT_EQ(imported->imported_count(), 300);
  }
  EXPECT_EQ(Revision(catalog()).value_or(-1), 2) << "one import is one write";
  auto late = Recorder(From(0), 1), snapshot = Recorder(FromSnapshot(), 1);
  for (WatchRecorder* recorder : {live.get(), late.get(), snapshot.get()}) {
    ASSERT_TRUE(recorder->AwaitRevision(2, kPatience));
    int fragments = 0;
    const WatchRecording recording = recorder->recording();
    for (const v1::WatchToolsResponse& message : recording.connections[0].messages) {
      fragments += EndsInFragment(message) ? 1 : 0;
      EXPECT_LE(message.ByteSizeLong(), size_t{1} << 20);
    }
    EXPECT_GE(fragments, 3);
    const WatchChecker checker(recording);
    EXPECT_THAT(checker.violations(), IsEmpty());
    EXPECT_EQ(checker.state().versions().size(), 300u);
  }
  EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
}

TEST_F(WatchTest, AStreamThatIsBehindCatchesUpInFewMessages) {
  constexpr int kWrites = 600;
  Start(1, {});
  CreateTools(ToolNames(kWrites));
  // From the ring, from the log, and both filtered.
  v1::WatchToolsRequest with_previous = From(0), filtered = From(0), both = From(0);
  with_previous.set_with_previous(true);
  filtered.set_platform("linux");
  both.set_platform("linux");
  both.set_with_previous(true);
  for (const v1::WatchToolsRequest& request : {From(0), with_previous, filtered, both}) {
    auto recorder = Recorder(request);
    ASSERT_TRUE(recorder->AwaitRevision(kWrites, kPatience));
    const WatchRecording recording = recorder->recording();
    EXPECT_THAT(WatchChecker(recording).violations(), IsEmpty()) << request.ShortDebugString();
    const std::vector<v1::WatchToolsResponse>& messages = recording.connections[0].messages;
    EXPECT_EQ(ChangesIn(messages).size(), size_t{kWrites});
    EXPECT_LE(messages.size(), 6u) << request.ShortDebugString();
    for (const auto& message : messages) EXPECT_LE(message.ByteSizeLong(), size_t{1} << 20);
  }
}

TEST_F(WatchTest, ImportsAboveTheBoundOfOneWriteTakeSeveral) {
  Start(1, {0});
  auto recorder = Record({0});
  const auto imported = Import(catalog(), LargeImport(2500, 10, "many"), false);
  ASSERT_THAT(imported, IsOk());
  EXPECT_EQ(imported->imported_count(), 2500);
  EXPECT_EQ(imported->revision(), 3);
  ExpectGuarantees(*recorder);
  EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  const auto log = Changes(catalog());
  ASSERT_THAT(log, IsOk());
  EXPECT_EQ(log->size(), 2500u);
  std::set<std::string> names;
  for (const v1::Change& change : *log) names.insert(change.tool_name());
  EXPECT_EQ(names.size(), 2500u) << "pages of the log repeat or leave out changes";
}

TEST_F(WatchTest, QuietStreamsGetBookmarksAtTheirPosition) {
  Start(1, {});
  CreateTools({"one"});
  auto recorder = Record({0});
  ASSERT_TRUE(recorder->AwaitRevision(1, kPatience));
  const auto bookmarks = [&] {
    int count = 0;
    const WatchRecording recording = recorder->recording();
    for (const auto& message : recording.connections[0].messages) count += message.has_bookmark() ? 1 : 0;
    return count;
  };
  EXPECT_TRUE(Await([&] { return bookmarks() >= 3; }, kPatience));
  ExpectGuarantees(*recorder);
}

TEST_F(WatchTest, SnapshotAndLogEndInTheSameState) {
  Start(2, {});
  auto by_snapshot_of_nothing = Recorder(FromSnapshot());
  CreateTools(ToolNames(300));
  for (int i = 0; i < 100; ++i) ASSERT_THAT(Delete(catalog(), absl::StrCat("tool-", i), ""), IsOk());
  auto by_snapshot = Recorder(FromSnapshot()), by_log = Recorder(From(0), 1);
  ASSERT_TRUE(by_snapshot->AwaitStart(kPatience));
  for (int i = 0; i < 200; ++i) ASSERT_THAT(Create(catalog(), SampleTool(absl::StrCat("tool-", i), "2.0")), IsOk());
  const int64_t revision = Revision(catalog()).value();
  std::string state;
  for (WatchRecorder* recorder : {by_snapshot_of_nothing.get(), by_snapshot.get(), by_log.get()}) {
    ASSERT_TRUE(recorder->AwaitRevision(revision, kPatience));
    const WatchChecker checker(recorder->recording());
    EXPECT_THAT(checker.violations(), IsEmpty());
    EXPECT_TRUE(checker.complete());
    if (state.empty()) state = checker.state().Fingerprint();
    EXPECT_EQ(checker.state().Fingerprint(), state);
  }
}

TEST_F(WatchTest, RefusesPositionsThatItCannotContinue) {
  Start(1, {});
  CreateTools({"one"});
  for (bool wrong_hash : {false, true}) {
    v1::WatchToolsRequest request = From(wrong_hash ? 1 : 1000);
    if (wrong_hash) request.set_state_hash(std::string(32, '0'));
    auto recorder = Recorder(request);
    ASSERT_TRUE(recorder->AwaitEnd(kPatience));
    const WatchConnection connection = recorder->recording().connections.back();
    EXPECT_THAT(connection.status, HasCode(grpc::StatusCode::OUT_OF_RANGE));
    EXPECT_THAT(connection.status.error_details(), testing::HasSubstr("HISTORY_DIVERGED"));
    EXPECT_THAT(connection.messages, IsEmpty());
  }
  v1::WatchToolsRequest both = From(1);
  both.set_snapshot(true);
  v1::WatchToolsRequest negative = From(-1);
  v1::WatchToolsRequest no_hash = From(1);
  no_hash.set_state_hash("not a hash");
  for (const v1::WatchToolsRequest& request : {both, negative, no_hash}) {
    auto recorder = Recorder(request);
    ASSERT_TRUE(recorder->AwaitEnd(kPatience)) << request.ShortDebugString();
    EXPECT_THAT(recorder->recording().connections.back().status, HasCode(grpc::StatusCode::INVALID_ARGUMENT))
        << request.ShortDebugString();
  }
}

}  // namespace
}  // namespace toolcatalog
