// Every field of the request for a watch stream has the effect that its comment promises.

#include "absl/strings/str_cat.h"
#include "common/steady_time.h"
#include "tests/e2e/request_fields_fixture.h"
#include "tests/support/await.h"
#include "tests/support/definitions.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;

class WatchFieldsTest : public RequestFieldsFixture {
 protected:
  // Messages of a stream until it is at the catalog's revision.
  std::vector<v1::WatchToolsResponse> Watch(v1::WatchToolsRequest request) {
    if (!request.has_bookmark_interval_ms()) request.set_bookmark_interval_ms(100);
    WatchRecorder recorder([this](int) { return &catalog(); }, request, WatchRecorder::OnEnd::kStop);
    EXPECT_TRUE(recorder.AwaitRevision(Revision(catalog()).value_or(-1), kPatience)) << request.ShortDebugString();
    return recorder.recording().connections[0].messages;
  }
  // The changes of one from the beginning.
  std::vector<v1::Change> Changes(std::function<void(v1::WatchToolsRequest&)> set) {
    v1::WatchToolsRequest request;
    request.set_from_revision(0);
    set(request);
    return ChangesIn(Watch(request));
  }
  std::vector<int64_t> Revisions(std::function<void(v1::WatchToolsRequest&)> set) {
    std::vector<int64_t> revisions;
    for (const v1::Change& change : Changes(set)) revisions.push_back(change.revision());
    return revisions;
  }
};

TEST_F(WatchFieldsTest, WatchTools) {
  Made("a");
  v1::Tool other = SampleTool("b");
  other.set_platform("windows");
  other.set_category("network");
  other.mutable_capabilities(0)->set_capability_name("read_file");
  Made(other);
  EXPECT_THAT(Describe(catalog(), "a", "edited"), IsOk());
  ShowEffects({v1::WatchToolsRequest::descriptor()},
              {{"WatchToolsRequest.from_revision",
                [&] { EXPECT_THAT(Revisions([](auto& r) { r.set_from_revision(1); }), ElementsAre(2, 3)); }},
               {"WatchToolsRequest.state_hash",
                [&] {
                  v1::WatchToolsRequest request;
                  request.set_from_revision(3);
                  const std::string right = Watch(request)[0].state_hash();
                  request.set_state_hash(right);
                  EXPECT_EQ(Watch(request)[0].state_hash(), right);
                  request.set_state_hash(std::string(32, '0'));
                  WatchRecorder recorder([this](int) { return &catalog(); }, request, WatchRecorder::OnEnd::kStop);
                  ASSERT_TRUE(recorder.AwaitEnd(kPatience));
                  EXPECT_THAT(recorder.recording().connections[0].status, HasCode(grpc::StatusCode::OUT_OF_RANGE));
                }},
               {"WatchToolsRequest.snapshot",
                [&] {
                  v1::WatchToolsRequest request;
                  EXPECT_FALSE(Watch(request)[0].has_snapshot());
                  request.set_snapshot(true);
                  const v1::WatchToolsResponse first = Watch(request)[0];
                  EXPECT_EQ(first.snapshot().tools_size(), 2);
                  EXPECT_TRUE(first.snapshot().last());
                }},
               {"WatchToolsRequest.tool_names",
                [&] { EXPECT_THAT(Revisions([](auto& r) { r.add_tool_names("A"); }), ElementsAre(1, 3)); }},
               {"WatchToolsRequest.platform",
                [&] { EXPECT_THAT(Revisions([](auto& r) { r.set_platform("windows"); }), ElementsAre(2)); }},
               {"WatchToolsRequest.category",
                [&] { EXPECT_THAT(Revisions([](auto& r) { r.set_category("system"); }), ElementsAre(1, 3)); }},
               {"WatchToolsRequest.capability",
                [&] {
                  EXPECT_THAT(Revisions([](auto& r) { r.set_capability("read_file"); }), ElementsAre(2));
                  EXPECT_THAT(Revisions([](auto& r) { r.set_capability("file_reading"); }), ElementsAre(2));
                }},
               {"WatchToolsRequest.kinds",
                [&] { EXPECT_THAT(Revisions([](auto& r) { r.add_kinds("updated"); }), ElementsAre(3)); }},
               {"WatchToolsRequest.with_previous",
                [&] {
                  EXPECT_FALSE(Changes([](auto&) {})[2].has_previous());
                  const std::vector<v1::Change> changes = Changes([](auto& r) { r.set_with_previous(true); });
                  EXPECT_FALSE(changes[0].has_previous());
                  EXPECT_EQ(changes[2].previous().description(), "does something");
                }},
               {"WatchToolsRequest.bookmark_interval_ms", [&] {
                  v1::WatchToolsRequest request;
                  request.set_bookmark_interval_ms(100);
                  WatchRecorder recorder([this](int) { return &catalog(); }, request, WatchRecorder::OnEnd::kStop);
                  const auto bookmarks = [&] {
                    const WatchRecording recording = recorder.recording();
                    return recording.connections.empty() ? 0 : recording.connections[0].messages.size();
                  };
                  const SteadyTime begin = SteadyTime::Now();
                  EXPECT_TRUE(Await([&] { return bookmarks() >= 5; }, kPatience));
                  EXPECT_LT(SteadyTime::Now() - begin, absl::Seconds(5))
                      << "before the default would have brought the second";
                }}});
}

}  // namespace
}  // namespace toolcatalog
