// Filtered watch streams show all that passes, as before or after it, and nothing else; and they advance over the rest.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/filtered_watch.h"
#include "tests/support/marked_writers.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Filter = FilteredWatch::Filter;

// A filtered stream, and what it must show.
struct Case {
  v1::WatchToolsRequest request;
  Filter filter;
};

Filter Tools(std::function<bool(const v1::Tool&)> passes) {
  return {std::move(passes), [](const std::string&) { return true; }};
}

bool IsCalled(const v1::Tool& tool, const std::string& name) { return absl::AsciiStrToLower(tool.tool_name()) == name; }

bool HasCapability(const v1::Tool& tool, const std::string& name) {
  for (const v1::Capability& capability : tool.capabilities()) {
    if (capability.capability_name() == name) return true;
  }
  return false;
}

// From the beginning of the log, with bookmarks often enough to see where the stream is.
v1::WatchToolsRequest FromStart() {
  v1::WatchToolsRequest request;
  request.set_from_revision(0);
  request.set_bookmark_interval_ms(100);
  return request;
}

v1::WatchToolsRequest OfPlatform(const std::string& platform) {
  v1::WatchToolsRequest request = FromStart();
  request.set_platform(platform);
  return request;
}

std::vector<Case> Cases() {
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
             return tool.platform() == "windows" && tool.category() == "network" && HasCapability(tool, "file_reading");
           })};
  all.request.set_platform("windows");
  all.request.set_category("network");
  all.request.set_capability("file_reading");
  all.request.set_with_previous(true);
  for (const Case& added : {names, category, capability, all}) cases.push_back(added);
  return cases;
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

class WatchFilterTest : public EndToEndFixture {
 protected:
  std::unique_ptr<WatchRecorder> Recorder(const v1::WatchToolsRequest& request, int index = 0) {
    return std::make_unique<WatchRecorder>([this, index](int) { return &catalog(index); }, request,
                                           WatchRecorder::OnEnd::kResume);
  }

  v1::Tool Changed(const std::string& name, std::function<void(v1::Tool&)> change) {
    v1::Tool fields;
    fields.set_tool_name(name);
    change(fields);
    const auto tool = Update(catalog(), fields);
    EXPECT_THAT(tool, IsOk());
    return tool.ok() ? *tool : v1::Tool();
  }
  v1::Tool MovedTo(const std::string& platform, const std::string& name) {
    return Changed(name, [&](v1::Tool& fields) { fields.set_platform(platform); });
  }

  // What the first service has in memory.
  int64_t Memory() {
    std::ifstream file(absl::StrCat("/proc/", services().catalog_process(0).process().pid(), "/statm"));
    int64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
  }

  // All that was written, from the first revision on.
  WatchRecording Whole() {
    auto recorder = Record({0});
    ExpectGuarantees(*recorder);
    return recorder->recording();
  }
  // Fails the test unless the recorder, once it has caught up, shows what passes and all of it.
  FilteredWatch ExpectFiltered(WatchRecorder& recorder, const WatchRecording& whole, const Filter& filter) {
    EXPECT_TRUE(recorder.AwaitRevision(Revision(catalog()).value_or(-1), kPatience)) << "the stream stays behind";
    FilteredWatch watch(recorder.recording(), whole, filter);
    EXPECT_THAT(watch.violations(), IsEmpty());
    return watch;
  }
  // The changes that a stream has brought, once it is at the catalog's revision.
  std::vector<v1::Change> ChangesOf(WatchRecorder& recorder) {
    EXPECT_TRUE(recorder.AwaitRevision(Revision(catalog()).value_or(-1), kPatience));
    std::vector<v1::Change> changes;
    const WatchRecording recording = recorder.recording();
    for (const WatchConnection& connection : recording.connections) {
      const std::vector<v1::Change> more = ChangesIn(connection.messages);
      changes.insert(changes.end(), more.begin(), more.end());
    }
    return changes;
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

TEST_F(WatchFilterTest, BookmarksPassLongStretchesInWhichNothingPasses) {
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

TEST_F(WatchFilterTest, AResumedStreamGoesOnWhereItsBookmarksWere) {
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

TEST_F(WatchFilterTest, AClientThatDoesNotReadCostsLittleAndMissesNothing) {
  constexpr int kStreams = 20, kUpdates = 250;
  constexpr int64_t kBytes = 60 << 20;
  Start(1, {});
  CreateTools({"large", "other"});
  v1::WatchToolsRequest request = FromStart();
  request.set_bookmark_interval_ms(60000);
  request.add_tool_names("large");
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchToolsResponse>>> silent;
  const int64_t before = Memory();
  for (int i = 0; i < kStreams; ++i) {
    channels.push_back(NewChannel(services().catalog_process(0).address()));
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    silent.push_back(v1::CatalogService::NewStub(channels.back())->WatchTools(contexts.back().get(), request));
  }
  // Together far more than the ring holds.
  for (int i = 0; i < kUpdates; ++i) {
    Changed("large", [&](v1::Tool& fields) {
      auto& metadata = *fields.mutable_metadata()->mutable_fields();
      for (int key = 0; key < 60; ++key) {
        metadata[absl::StrCat("key", key)].set_string_value(absl::StrCat(i, std::string(3300, 'x')));
      }
    });
    ASSERT_THAT(Describe(catalog(), "other", absl::StrCat("edit ", i)), IsOk());
  }
  EXPECT_LT(Memory() - before, kBytes + kStreams * (int64_t{3} << 20));
  const WatchRecording whole = Whole();
  WatchRecording slow{{{request, {}, {}}}};
  v1::WatchToolsResponse message;
  while ((slow.connections[0].messages.empty() || message.revision() < 2 * kUpdates + 1) && silent[0]->Read(&message)) {
    slow.connections[0].messages.push_back(message);
  }
  const FilteredWatch watch(slow, whole, Tools([](const v1::Tool& tool) { return tool.tool_name() == "large"; }));
  EXPECT_THAT(watch.violations(), IsEmpty());
  EXPECT_EQ(watch.writes(), kUpdates + 1);
  for (auto& context : contexts) context->TryCancel();
  for (auto& stream : silent) {
    while (stream->Read(&message)) {
    }
    stream->Finish();
  }
}

TEST_F(WatchFilterTest, PreviousVersionsThatNobodyReadsCostLittle) {
  constexpr int kStreams = 20, kTools = 60;
  Start(1, {});
  v1::Tool tool = SampleTool("t");
  (*tool.mutable_metadata()->mutable_fields())["text"].set_string_value(std::string(200'000, 'x'));
  for (const std::string& name : ToolNames(kTools)) {
    tool.set_tool_name(name);
    ASSERT_THAT(Create(catalog(), tool), IsOk());
  }
  v1::WatchToolsRequest request = FromStart();
  request.set_from_revision(Revision(catalog()).value_or(0));
  request.set_with_previous(true);
  for (const std::string& name : ToolNames(kTools)) ASSERT_THAT(Delete(catalog(), name, ""), IsOk());
  const int64_t last = request.from_revision() + kTools, before = Memory();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchToolsResponse>>> silent;
  v1::WatchToolsResponse message;
  for (int i = 0; i < kStreams; ++i) {
    channels.push_back(NewChannel(services().catalog_process(0).address()));
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    silent.push_back(v1::CatalogService::NewStub(channels.back())->WatchTools(contexts.back().get(), request));
    // The bookmark at the start, and the first deletion: the log has been read.
    for (int read = 0; read < 2; ++read) ASSERT_TRUE(silent.back()->Read(&message));
  }
  EXPECT_LT(Memory() - before, kStreams * (int64_t{3} << 20));
  std::vector<v1::WatchToolsResponse> messages = {message};
  while (message.revision() < last && silent.back()->Read(&message)) messages.push_back(message);
  const std::vector<v1::Change> deletions = ChangesIn(messages);
  EXPECT_EQ(deletions.size(), size_t{kTools});
  for (const v1::Change& deletion : deletions) {
    EXPECT_EQ(deletion.previous().metadata().fields().count("text"), 1u);
  }
  for (auto& context : contexts) context->TryCancel();
  for (auto& stream : silent) {
    while (stream->Read(&message)) {
    }
    stream->Finish();
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
