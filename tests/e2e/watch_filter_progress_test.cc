// Filtered watch streams advance over what does not pass, and go on where they were.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/watch_filter_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/marked_writers.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using WatchFilterProgressTest = WatchFilterFixture;

TEST_F(WatchFilterProgressTest, BookmarksPassLongStretchesInWhichNothingPasses) {
  Start(2, {});
  CreateTools(ToolNames(20));
  // Bookmarks come so seldom that only that of a stream that has caught up can be seen here.
  v1::WatchToolsRequest seldom = OfPlatform("cloud"), often = OfPlatform("cloud");
  seldom.set_bookmark_interval_ms(60000);
  auto live = Recorder(often);
  ASSERT_TRUE(live->AwaitStart(kPatience));
  MarkedWriters writers(8, 180, [this](int thread, int count, const std::string& marker) {
    return Describe(catalog(thread % 2), absl::StrCat("tool-", (thread + count) % 20), marker).status();
  });
  writers.Finish();
  ASSERT_GT(Revision(catalog()).value_or(0), 1400);
  auto late = Recorder(seldom, 1), late_with_previous = Recorder([&] {
                                     v1::WatchToolsRequest request = seldom;
                                     request.set_with_previous(true);
                                     return request;
                                   }());
  const WatchRecording whole = Whole();
  const Filter nothing = Tools([](const v1::Tool& tool) { return tool.platform() == "cloud"; });
  EXPECT_GE(ExpectFiltered(*live, whole, nothing).bookmarks(), 3);
  EXPECT_EQ(ExpectFiltered(*late, whole, nothing).bookmarks(), 2) << "one at the start, one when it has caught up";
  EXPECT_EQ(ExpectFiltered(*late_with_previous, whole, nothing).bookmarks(), 2);
}

TEST_F(WatchFilterProgressTest, AResumedStreamGoesOnWhereItsBookmarksWere) {
  Start(2, {});
  CreateTools({"a", "b"});
  WatchRecorder recorder([this](int connection) { return &catalog(connection == 0 ? 0 : 1); }, OfPlatform("windows"),
                         WatchRecorder::OnEnd::kResume);
  MovedTo("windows", "a");
  const int64_t passed = Revision(catalog()).value_or(0);
  for (int i = 0; i < 50; ++i) ASSERT_THAT(Describe(catalog(), "b", absl::StrCat("edit ", i)), IsOk());
  ASSERT_TRUE(recorder.AwaitRevision(passed + 50, kPatience));
  ASSERT_THAT(services().catalog_process(0).Kill(), IsOk());
  v1::Tool fields;
  fields.set_tool_name("b");
  fields.set_platform("windows");
  ASSERT_THAT(Update(catalog(1), fields), IsOk());
  ASSERT_TRUE(recorder.AwaitRevision(passed + 51, kPatience));
  const WatchRecording recording = recorder.recording();
  ASSERT_GE(recording.connections.size(), 2u);
  const WatchConnection& resumed = recording.connections.back();
  EXPECT_EQ(resumed.request.from_revision(), passed + 50);
  EXPECT_EQ(resumed.request.state_hash().size(), 32u);
  ASSERT_THAT(resumed.messages, testing::SizeIs(testing::Ge(2)));
  EXPECT_TRUE(resumed.messages[0].has_bookmark());
  const std::vector<v1::Change> changes = ChangesIn(resumed.messages[1]);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].tool_name(), "b");
}

}  // namespace
}  // namespace toolcatalog
