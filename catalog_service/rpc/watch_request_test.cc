#include "catalog_service/rpc/watch_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {
namespace {

using testing::HasSubstr;

std::string Problem(const v1::WatchToolsRequest& request) {
  const absl::Status status = CheckWatchRequest(request, DefaultVocabulary());
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(WatchRequestTest, AcceptsWhatIsAllowed) {
  v1::WatchToolsRequest request;
  EXPECT_EQ(Problem(request), "");
  EXPECT_EQ(BookmarkInterval(request), absl::Seconds(5));
  request.set_from_revision(0);
  request.set_state_hash(std::string(32, 'a'));
  for (int i = 0; i < 1000; ++i) request.add_tool_names(absl::StrCat("Tool-", i));
  request.set_platform("linux");
  request.set_category("system");
  request.set_capability("any name");
  for (const char* kind :
       {"created", "updated", "deleted", "enabled", "disabled", "imported", "promoted", "restored"}) {
    request.add_kinds(kind);
  }
  for (int interval : {100, 60000}) {
    request.set_bookmark_interval_ms(interval);
    EXPECT_EQ(Problem(request), "");
    EXPECT_EQ(BookmarkInterval(request), absl::Milliseconds(interval));
  }
}

TEST(WatchRequestTest, NamesEveryWrongFieldOfTheStart) {
  v1::WatchToolsRequest request;
  request.set_from_revision(-1);
  request.set_state_hash("xyz");
  request.set_snapshot(true);
  EXPECT_EQ(Problem(request),
            "from_revision: must be at least 0, got -1; from_revision: must not be set together with snapshot; "
            "state_hash: must be 32 hex digits");
}

TEST(WatchRequestTest, NamesEveryWrongFilter) {
  v1::WatchToolsRequest request;
  request.add_tool_names("grep");
  request.add_tool_names("no name");
  request.set_platform("linx");
  request.set_category("sistem");
  request.set_capability("two\nlines");
  request.add_kinds("created");
  request.add_kinds("renamed");
  request.set_bookmark_interval_ms(99);
  const std::string problem(CheckWatchRequest(request, {{"linux", "windows"}, {"system"}, {}}).message());
  for (const char* part :
       {"tool_names[1]: ", "platform: unknown value \"linx\"; allowed: linux, windows",
        "category: unknown value \"sistem\"; allowed: system", "capability: ",
        "kinds[1]: unknown value \"renamed\"; allowed: created, updated, deleted, enabled, disabled, imported, "
        "promoted, restored",
        "bookmark_interval_ms: must be from 100 to 60000, got 99"}) {
    EXPECT_THAT(problem, HasSubstr(part));
  }
  EXPECT_THAT(problem, testing::Not(HasSubstr("tool_names[0]")));
  EXPECT_THAT(problem, testing::Not(HasSubstr("kinds[0]")));
}

TEST(WatchRequestTest, BoundsLists) {
  v1::WatchToolsRequest request;
  for (int i = 0; i < 1001; ++i) request.add_tool_names("no name");
  for (int i = 0; i < 9; ++i) request.add_kinds("created");
  request.set_bookmark_interval_ms(60001);
  EXPECT_EQ(Problem(request),
            "tool_names: must have at most 1000 entries, got 1001; kinds: must have at most 8 entries, got 9; "
            "bookmark_interval_ms: must be from 100 to 60000, got 60001");
  v1::WatchToolsRequest no_position;
  no_position.set_state_hash(std::string(32, '0'));
  EXPECT_EQ(Problem(no_position), "state_hash: must not be set without from_revision");
}

}  // namespace
}  // namespace toolcatalog
