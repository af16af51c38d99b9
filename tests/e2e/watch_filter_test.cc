// Filtered watch streams show all that passes, as before or after it, and nothing else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/watch_filter_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/marked_writers.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

bool IsCalled(const v1::Tool& tool, const std::string& name) { return absl::AsciiStrToLower(tool.tool_name()) == name; }

bool HasCapability(const v1::Tool& tool, const std::string& name) {
  for (const v1::Capability& capability : tool.capabilities()) {
    if (capability.capability_name() == name) return true;
  }
  return false;
}

// Many tools of about `bytes` each, every third on windows.
std::string LargeImport(int count, int bytes, const std::string& marker) {
  std::string yaml = "tools:\n";
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&yaml, "- {tool_name: tool-", i, ", description: ", marker,
                    ", platform: ", i % 3 == 0 ? "windows" : "linux",
                    ", category: system, metadata: {text: ", std::string(bytes, 'x'), "}}\n");
  }
  return yaml;
}

class WatchFilterTest : public WatchFilterFixture {
 protected:
  // A filtered stream, and what it must show.
  struct Case {
    v1::WatchToolsRequest request;
    Filter filter;
  };

  static std::vector<Case> Cases() {
    const Filter windows = Tools([](const v1::Tool& tool) { return tool.platform() == "windows"; });
    std::vector<Case> cases = {{OfPlatform("windows"), windows}, {OfPlatform("windows"), windows}};
    cases[1].request.add_kinds("deleted");
    cases[1].request.add_kinds("promoted");
    cases[1].filter.kind = [](const std::string& kind) { return kind == "deleted" || kind == "promoted"; };
    Case names{FromStart(), Tools([](const v1::Tool& t) { return IsCalled(t, "tool-3") || IsCalled(t, "tool-7"); })};
    names.request.add_tool_names("TOOL-3");
    names.request.add_tool_names("tool-7");
    Case category{FromStart(), Tools([](const v1::Tool& tool) { return tool.category() == "network"; })};
    category.request.set_category("network");
    Case capability{FromStart(), Tools([](const v1::Tool& tool) {
                      return HasCapability(tool, "file_reading") || HasCapability(tool, "read_file");
                    })};
    capability.request.set_capability("read_file");
    Case all{FromStart(), Tools([](const v1::Tool& tool) {
               return tool.platform() == "windows" && tool.category() == "network" &&
                      HasCapability(tool, "file_reading");
             })};
    all.request.set_platform("windows");
    all.request.set_category("network");
    all.request.set_capability("file_reading");
    all.request.set_with_previous(true);
    for (const Case& added : {names, category, capability, all}) cases.push_back(added);
    return cases;
  }
};

TEST_F(WatchFilterTest, EachFilterShowsWhatPassesLiveAndFromTheLog) {
  Start(2, {});
  CreateTools(ToolNames(20));
  std::vector<std::unique_ptr<WatchRecorder>> live;
  for (const Case& one : Cases()) live.push_back(Recorder(one.request, live.size() % 2));
  for (auto& recorder : live) ASSERT_TRUE(recorder->AwaitStart(kPatience));
  const std::vector<std::string> platforms = {"linux", "windows", "cloud"}, categories = {"network", "system"};
  const std::vector<std::string> capabilities = {"file_reading", "read_file", "other"};
  MarkedWriters writers(4, 100, [&](int thread, int count, const std::string& marker) {
    const std::string name = absl::StrCat("tool-", (thread * 7 + count * 3) % 20);
    v1::Tool tool = SampleTool(name, absl::StrCat(thread, ".", count));
    tool.set_platform(platforms[count % 3]);
    tool.set_category(categories[(count / 3) % 2]);
    tool.mutable_capabilities(0)->set_capability_name(capabilities[(count / 5) % 3]);
    v1::CatalogService::Stub& stub = catalog(thread % 2);
    absl::Status status;
    if (count % 10 == 3) {
      status = Create(stub, tool).status();
    } else if (count % 10 == 7) {
      const auto versions = ListVersions(stub, name);
      status = Delete(stub, name, versions.ok() ? versions->versions(0).version() : "").status();
    } else if (count % 25 == 9) {
      status = Delete(stub, name, "").status();
    } else {
      tool.clear_version();
      status = Update(stub, tool).status();
      if (absl::IsNotFound(status)) status = Create(stub, SampleTool(name)).status();
    }
    return absl::IsNotFound(status) || absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
  });
  writers.Finish();
  const WatchRecording whole = Whole();
  const std::vector<Case> cases = Cases();
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].request.ShortDebugString());
    const int writes = ExpectFiltered(*live[i], whole, cases[i].filter).writes();
    EXPECT_GT(writes, 0);
    EXPECT_LT(writes, Revision(catalog()).value_or(0));
    auto late = Recorder(cases[i].request, 1);
    EXPECT_EQ(ExpectFiltered(*late, whole, cases[i].filter).writes(), writes);
  }
}

TEST_F(WatchFilterTest, AToolIsSeenComingAndLeaving) {
  Start(1, {});
  CreateTools({"a", "b"});
  auto recorder = Recorder(OfPlatform("windows"));
  const int64_t came = MovedTo("windows", "a").revision(), left = MovedTo("cloud", "a").revision();
  Changed("a", [](v1::Tool& fields) { fields.set_description("unseen"); });
  const int64_t back = MovedTo("windows", "a").revision();
  const auto gone = Delete(catalog(), "a", "");
  ASSERT_THAT(gone, IsOk());
  const std::vector<v1::Change> changes = ChangesOf(*recorder);
  ASSERT_EQ(changes.size(), 4u);
  for (size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].revision(), (std::vector<int64_t>{came, left, back, gone->revision()})[i]);
    EXPECT_FALSE(changes[i].has_previous());
  }
  EXPECT_EQ(changes[1].tool().platform(), "cloud") << "so the consumer learns that it has left";
  EXPECT_FALSE(changes[3].has_tool());
}

TEST_F(WatchFilterTest, AVersionThatIsTheLatestNoMoreIsSeenToBeReplaced) {
  Start(1, {});
  auto recorder = Recorder(OfPlatform("linux"));
  CreateTools({"a"});
  v1::Tool second = SampleTool("a", "2.0");
  second.set_platform("windows");
  ASSERT_THAT(Create(catalog(), second), IsOk());
  ASSERT_THAT(Describe(catalog(), "a", "of windows alone"), IsOk());
  const std::vector<v1::Change> changes = ChangesOf(*recorder);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[1].version(), "2.0");
  EXPECT_TRUE(changes[1].is_latest());
}

TEST_F(WatchFilterTest, LargeWritesAreFilteredWithinTheirFragments) {
  Start(1, {});
  v1::WatchToolsRequest first = FromStart();
  first.add_tool_names("tool-0");
  const std::vector<Case> cases = {
      {OfPlatform("windows"), Tools([](const v1::Tool& tool) { return tool.platform() == "windows"; })},
      {first, Tools([](const v1::Tool& tool) { return tool.tool_name() == "tool-0"; })}};
  std::vector<std::unique_ptr<WatchRecorder>> recorders;
  for (const Case& one : cases) recorders.push_back(Recorder(one.request));
  for (auto& recorder : recorders) ASSERT_TRUE(recorder->AwaitStart(kPatience));
  for (const char* marker : {"first", "second"})
    ASSERT_THAT(Import(catalog(), LargeImport(600, 9000, marker), true), IsOk());
  const WatchRecording whole = Whole();
  for (const Case& one : cases) recorders.push_back(Recorder(one.request));
  for (size_t i = 0; i < recorders.size(); ++i) {
    EXPECT_EQ(ExpectFiltered(*recorders[i], whole, cases[i % 2].filter).writes(), 2);
    int fragments = 0;
    const WatchRecording recording = recorders[i]->recording();
    for (const auto& message : recording.connections[0].messages) {
      fragments += EndsInFragment(message) ? 1 : 0;
      EXPECT_LE(message.ByteSizeLong(), size_t{1} << 20);
    }
    EXPECT_EQ(fragments >= 2, i % 2 == 0) << fragments;
  }
}

TEST_F(WatchFilterTest, SnapshotsHoldOnlyWhatPasses) {
  Start(1, {});
  ASSERT_THAT(Import(catalog(), LargeImport(300, 9000, "many"), false), IsOk());
  const auto names = [&](v1::WatchToolsRequest request) {
    request.clear_from_revision();
    request.set_snapshot(true);
    auto recorder = Recorder(request);
    EXPECT_TRUE(recorder->AwaitRevision(1, kPatience));
    std::vector<std::string> found;
    const WatchRecording recording = recorder->recording();
    for (const auto& message : recording.connections[0].messages) {
      for (const v1::Tool& tool : message.snapshot().tools()) found.push_back(tool.tool_name());
      EXPECT_EQ(message.snapshot().tools_size(), message.snapshot().content_hashes_size());
    }
    return found;
  };
  v1::WatchToolsRequest two = FromStart(), windows = OfPlatform("windows"), nothing = OfPlatform("cloud");
  two.add_tool_names("tool-3");
  two.add_tool_names("TOOL-4");
  two.add_tool_names("nowhere");
  two.add_kinds("deleted");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(names(two), ElementsAre("tool-3", "tool-4"));
    EXPECT_EQ(names(windows).size(), 100u);
    EXPECT_THAT(names(nothing), IsEmpty());
    // The second time as a service that does not know facets writes them.
    ASSERT_THAT(cluster().Query(database(), "update definitions set facets = null"), IsOk());
  }
  auto recorder = Recorder(windows);
  EXPECT_EQ(ChangesOf(*recorder).size(), 100u);
}

TEST_F(WatchFilterTest, PreviousVersionsComeWhenAskedFor) {
  Start(1, {});
  v1::WatchToolsRequest all = FromStart(), windows = OfPlatform("windows");
  all.set_with_previous(true);
  windows.set_with_previous(true);
  auto live_all = Recorder(all), live = Recorder(windows);
  CreateTools({"a", "b"});
  const v1::Tool first = Get(catalog(), "a")->tool();
  const v1::Tool second = MovedTo("windows", "a"), third = MovedTo("cloud", "a");
  ASSERT_THAT(Delete(catalog(), "b", ""), IsOk());
  auto late_all = Recorder(all), late = Recorder(windows);
  for (WatchRecorder* recorder : {live.get(), late.get()}) {
    const std::vector<v1::Change> changes = ChangesOf(*recorder);
    ASSERT_EQ(changes.size(), 2u);
    EXPECT_EQ(Deterministic(changes[0].previous()), Deterministic(first));
    EXPECT_EQ(Deterministic(changes[1].previous()), Deterministic(second));
    EXPECT_EQ(Deterministic(changes[1].tool()), Deterministic(third));
  }
  for (WatchRecorder* recorder : {live_all.get(), late_all.get()}) {
    const std::vector<v1::Change> changes = ChangesOf(*recorder);
    ASSERT_EQ(changes.size(), 5u);
    EXPECT_FALSE(changes[0].has_previous());
    EXPECT_EQ(changes[4].previous().tool_name(), "b");
    EXPECT_FALSE(changes[4].has_tool());
    EXPECT_THAT(WatchChecker(recorder->recording()).violations(), IsEmpty());
  }
}

TEST_F(WatchFilterTest, AllWrongFieldsAreNamedAtOnce) {
  Start(1, {});
  v1::WatchToolsRequest request;
  request.add_tool_names("no name");
  request.set_platform("linx");
  request.add_kinds("renamed");
  request.set_bookmark_interval_ms(1);
  auto recorder = Recorder(request);
  ASSERT_TRUE(recorder->AwaitEnd(kPatience));
  const grpc::Status status = recorder->recording().connections.back().status;
  EXPECT_THAT(status, HasCode(grpc::StatusCode::INVALID_ARGUMENT));
  for (const char* part : {"tool_names[0]", "platform", "kinds[0]", "created, updated", "bookmark_interval_ms"}) {
    EXPECT_THAT(status.error_message(), testing::HasSubstr(part));
  }
}

}  // namespace
}  // namespace toolcatalog
