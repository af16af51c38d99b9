#include "reload_service/reload_rpcs.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "clients/cpp/fake_catalog.h"
#include "reload_service/reload_server.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(10);

// A client context with a deadline, so that no test hangs.
class Context : public grpc::ClientContext {
 public:
  explicit Context(absl::Duration patience = kPatience) { set_deadline(absl::ToChronoTime(absl::Now() + patience)); }
};

// The service itself on a free port, with a catalog that the test plays.
class ReloadRpcsTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(absl::Minutes(5)); }

  void Start(absl::Duration time_to_live) {
    server_.reset();
    ReloadServerOptions options;
    options.listen = "127.0.0.1:0";
    options.catalog = catalog_.address();
    options.time_to_live = time_to_live;
    options.reload.watch = {absl::Milliseconds(1), absl::Milliseconds(20), absl::Seconds(20)};
    server_ = *ReloadServer::Start(options);
    watch_ = catalog_.AwaitWatch();
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    stub_ = v1::ReloadService::NewStub(channel_);
  }

  // Loads the tools as of revision 5.
  void Load(const std::vector<v1::Tool>& tools) {
    watch_->Send(SnapshotMessage(5, tools));
    const absl::Time deadline = absl::Now() + kPatience;
    while (Statistics().total_reloads() == 0 && absl::Now() < deadline) std::this_thread::yield();
    ASSERT_EQ(Statistics().total_reloads(), 1);
  }

  v1::ReloadStatistics Statistics() {
    Context context;
    v1::ReloadStatistics statistics;
    EXPECT_TRUE(stub_->GetReloadStatistics(&context, {}, &statistics).ok());
    return statistics;
  }

  grpc::Status Get(const std::string& name, v1::Profile* profile, absl::Duration patience = kPatience) {
    Context context(patience);
    v1::GetProfileRequest request;
    request.set_tool_name(name);
    profile->Clear();
    return stub_->GetProfile(&context, request, profile);
  }

  v1::Profile Profile(const std::string& name) {
    v1::Profile profile;
    const grpc::Status status = Get(name, &profile);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return profile;
  }

  grpc::Status Trigger(const std::string& name, const std::string& triggered_by, v1::TriggerReloadResponse* response) {
    Context context;
    v1::TriggerReloadRequest request;
    request.set_tool_name(name);
    request.set_triggered_by(triggered_by);
    return stub_->TriggerReload(&context, request, response);
  }

  int Invalidate(const std::string& name) {
    Context context;
    v1::InvalidateCacheRequest request;
    request.set_tool_name(name);
    v1::InvalidateCacheResponse response;
    EXPECT_TRUE(stub_->InvalidateCache(&context, request, &response).ok());
    EXPECT_TRUE(response.success());
    return response.invalidated_count();
  }

  grpc::Status List(int page_size, const std::string& token, v1::ListProfilesResponse* response) {
    Context context;
    v1::ListProfilesRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    return stub_->ListProfiles(&context, request, response);
  }

  // Calls a unary method with these bytes; `*answer` gets those of the answer.
  grpc::Status CallRaw(const std::string& method, const std::string& bytes, std::string* answer) {
    grpc::GenericStub stub(channel_);
    Context context;
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1), response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &response,
                   [&done](grpc::Status status) { done.set_value(status); });
    const grpc::Status status = done.get_future().get();
    grpc::Slice whole;
    if (status.ok() && response.DumpToSingleSlice(&whole).ok()) {
      *answer = std::string(reinterpret_cast<const char*>(whole.begin()), whole.size());
    }
    return status;
  }

  bool Serving() {
    std::string answer;
    return CallRaw("/grpc.health.v1.Health/Check", "", &answer).ok() && answer == "\x08\x01";
  }

  FakeCatalog catalog_;
  std::unique_ptr<ReloadServer> server_;
  std::shared_ptr<FakeCatalog::Watch> watch_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ReloadService::Stub> stub_;
};

TEST_F(ReloadRpcsTest, IsNotServingBeforeTheFirstLoad) {
  v1::Profile profile;
  v1::ListProfilesResponse list;
  EXPECT_EQ(Get("grep", &profile).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(List(10, "", &list).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(Serving());
  Load({TestTool("grep", "1.0", 5)});
  const absl::Time deadline = absl::Now() + kPatience;
  while (!Serving() && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(Serving());
  EXPECT_TRUE(Get("grep", &profile).ok());
}

TEST_F(ReloadRpcsTest, AnswersTheDefinitionWithWhatVariesAppended) {
  const v1::Tool tool = TestTool("Grep", "1.0", 4);
  Load({tool});
  const v1::Profile profile = Profile("gREP");
  EXPECT_EQ(profile.tool().SerializeAsString(), tool.SerializeAsString());
  EXPECT_EQ(profile.revision(), 5);
  EXPECT_EQ(profile.content_hash(), "content of Grep 1.0 at 4");
  EXPECT_GT(profile.loaded_at().seconds(), 0);
  EXPECT_FALSE(profile.stale());
  EXPECT_GE(profile.age_ms(), 0);
  EXPECT_LT(profile.age_ms(), 10000);
  EXPECT_EQ(profile.error(), "");
}

TEST_F(ReloadRpcsTest, ToolsWithoutAProfileAreNotFound) {
  v1::Tool disabled = TestTool("off", "1.0", 5);
  disabled.set_enabled(false);
  Load({disabled});
  v1::Profile profile;
  EXPECT_EQ(Get("off", &profile).error_code(), grpc::StatusCode::NOT_FOUND);
  const grpc::Status status = Get("nothing", &profile);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("\"nothing\""));
}

TEST_F(ReloadRpcsTest, RefusesBadRequestsWithFieldAndRule) {
  Load({});
  v1::Profile profile;
  v1::ListProfilesResponse list;
  v1::TriggerReloadResponse reload;
  std::string answer;
  const std::string method = "/toolcatalog.v1.ReloadService/GetProfile";
  const std::vector<std::pair<grpc::Status, std::string>> cases = {
      {Get("../../evil", &profile), "tool_name: "},
      {Get("", &profile), "tool_name: "},
      {CallRaw(method, "\x0A\x02\xC3\x28", &answer), "valid UTF-8"},
      {CallRaw(method, std::string(100000, 'x'), &answer), "at most 4096 bytes"},
      {List(-1, "", &list), "page_size: must be from 1 to 1000, got -1"},
      {List(1001, "", &list), "page_size: must be from 1 to 1000, got 1001"},
      {List(10, "made up", &list), "page_token: must be"},
      {Trigger("a/b", "", &reload), "tool_name: "},
      {Trigger("grep", std::string(101, 'x'), &reload), "triggered_by: must be at most 100 characters, got 101"},
      {Trigger("", "bell \a", &reload), "triggered_by: must be printable"},
  };
  for (const auto& [status, text] : cases) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << text;
    EXPECT_THAT(status.error_message(), HasSubstr(text));
    EXPECT_NE(status.error_details(), "") << text;
  }
}

TEST_F(ReloadRpcsTest, RefusesBadHistoryRequests) {
  v1::ListReloadEventsRequest limit, trigger;
  limit.set_limit(0);
  trigger.set_trigger_type("often");
  v1::ListReloadEventsResponse response;
  Context first, second;
  EXPECT_EQ(stub_->ListReloadEvents(&first, limit, &response).error_message(), "limit: must be from 1 to 1000, got 0");
  EXPECT_THAT(stub_->ListReloadEvents(&second, trigger, &response).error_message(),
              HasSubstr("manual, api_update, periodic, webhook, startup"));
}

TEST_F(ReloadRpcsTest, BecomesStaleWhenTheCatalogIsSilent) {
  Start(absl::Milliseconds(50));
  Load({TestTool("grep", "1.0", 5)});
  const absl::Time deadline = absl::Now() + kPatience;
  while (!Profile("grep").stale() && absl::Now() < deadline) std::this_thread::yield();
  const v1::Profile profile = Profile("grep");
  EXPECT_TRUE(profile.stale());
  EXPECT_GT(profile.age_ms(), 50);
}

TEST_F(ReloadRpcsTest, ListsPagesThatHoldTogether) {
  std::vector<v1::Tool> tools;
  for (int i = 100; i < 125; ++i) tools.push_back(TestTool("tool" + std::to_string(i), "1.0", 5));
  Load(tools);
  std::vector<std::string> names;
  std::string token;
  do {
    v1::ListProfilesResponse page;
    ASSERT_TRUE(List(10, token, &page).ok());
    EXPECT_EQ(page.total(), 25);
    EXPECT_EQ(page.revision(), 5);
    for (const v1::Profile& profile : page.profiles()) {
      names.push_back(profile.tool().tool_name());
      EXPECT_EQ(profile.revision(), 5);
      EXPECT_FALSE(profile.stale());
    }
    token = page.next_page_token();
  } while (!token.empty());
  ASSERT_EQ(names.size(), 25u);
  for (int i = 0; i < 25; ++i) EXPECT_EQ(names[i], tools[i].tool_name());
}

TEST_F(ReloadRpcsTest, PagesEndEarlyAt3MiB) {
  std::vector<v1::Tool> tools;
  for (int i = 0; i < 20; ++i) {
    tools.push_back(TestTool("tool" + std::to_string(10 + i), "1.0", 5));
    tools.back().set_description(std::string(200 << 10, 'x'));
  }
  for (int i = 0; i < 20; i += 5) watch_->Send(SnapshotMessage(5, {tools.begin() + i, tools.begin() + i + 5}, false));
  Load({});
  v1::ListProfilesResponse first, second;
  ASSERT_TRUE(List(1000, "", &first).ok());
  EXPECT_EQ(first.profiles_size(), 15);
  EXPECT_EQ(first.total(), 20);
  ASSERT_TRUE(List(1000, first.next_page_token(), &second).ok());
  EXPECT_EQ(second.profiles_size(), 5);
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(ReloadRpcsTest, InvalidatedProfileIsFetchedByTheNextReads) {
  Load({TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 5)});
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  EXPECT_EQ(Invalidate("GREP"), 1);
  catalog_.HoldGetTool(true);
  std::vector<std::future<int64_t>> reads;
  for (int i = 0; i < 16; ++i) {
    reads.push_back(std::async(std::launch::async, [this] { return Profile("grep").tool().revision(); }));
  }
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  EXPECT_EQ(Profile("ping").tool().revision(), 5);
  v1::ListProfilesResponse list;
  ASSERT_TRUE(List(10, "", &list).ok());
  EXPECT_TRUE(list.profiles(0).stale());
  EXPECT_FALSE(list.profiles(1).stale());
  catalog_.HoldGetTool(false);
  for (auto& read : reads) EXPECT_EQ(read.get(), 6);
  EXPECT_EQ(catalog_.get_tool_calls(), 1);
  EXPECT_FALSE(Profile("grep").stale());
  EXPECT_EQ(Statistics().total_reloads(), 1);
}

TEST_F(ReloadRpcsTest, InvalidatedProfileIsServedStaleWhileTheCatalogFails) {
  Load({TestTool("grep", "1.0", 5)});
  EXPECT_EQ(Invalidate(""), 1);
  catalog_.FailGetTool(grpc::Status(grpc::StatusCode::UNAVAILABLE, "down"));
  v1::Profile profile = Profile("grep");
  EXPECT_TRUE(profile.stale());
  EXPECT_EQ(profile.tool().revision(), 5);
  catalog_.FailGetTool(grpc::Status::OK);
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  profile = Profile("grep");
  EXPECT_FALSE(profile.stale());
  EXPECT_EQ(profile.tool().revision(), 6);
}

TEST_F(ReloadRpcsTest, ReadDoesNotOutwaitItsCaller) {
  Load({TestTool("grep", "1.0", 5)});
  Invalidate("grep");
  catalog_.HoldGetTool(true);
  v1::Profile profile;
  const absl::Time start = absl::Now();
  const grpc::Status status = Get("grep", &profile, absl::Seconds(1));
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(profile.stale());
  EXPECT_LT(absl::Now() - start, absl::Seconds(1));
}

TEST_F(ReloadRpcsTest, InvalidatesNothingWithoutAProfile) {
  Load({TestTool("grep", "1.0", 5)});
  EXPECT_EQ(Invalidate("unknown"), 0);
}

TEST_F(ReloadRpcsTest, ReloadsOneTool) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Trigger("grep", "admin", &response).ok());
  EXPECT_TRUE(response.success());
  EXPECT_EQ(response.event().trigger(), "manual");
  EXPECT_EQ(response.event().tool_name(), "grep");
  EXPECT_EQ(response.event().triggered_by(), "admin");
  EXPECT_FALSE(response.event().has_error());
  EXPECT_EQ(Profile("grep").tool().revision(), 6);
}

TEST_F(ReloadRpcsTest, ReloadOfADisabledToolSucceedsAndRemovesItsProfile) {
  Load({TestTool("grep", "1.0", 5)});
  v1::Tool disabled = TestTool("grep", "1.0", 6);
  disabled.set_enabled(false);
  catalog_.SetTool(disabled, 6);
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Trigger("grep", "", &response).ok());
  EXPECT_TRUE(response.success());
  EXPECT_FALSE(response.event().has_triggered_by());
  v1::Profile profile;
  EXPECT_EQ(Get("grep", &profile).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ReloadRpcsTest, ReloadOfAnUnknownToolIsAnAnswer) {
  Load({TestTool("grep", "1.0", 5)});
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(Trigger("Invalid_Tool", "", &response).ok());
  EXPECT_FALSE(response.success());
  EXPECT_FALSE(response.event().success());
  EXPECT_EQ(response.event().tool_name(), "Invalid_Tool");
  EXPECT_EQ(response.event().error(), "Tool not found: Invalid_Tool");
}

TEST_F(ReloadRpcsTest, ReloadNamesTheActorOfTheCallUnlessToldOtherwise) {
  Load({});
  Context context;
  context.AddMetadata("x-actor", "operator");
  v1::TriggerReloadRequest request;
  request.set_tool_name("grep");
  v1::TriggerReloadResponse response;
  ASSERT_TRUE(stub_->TriggerReload(&context, request, &response).ok());
  EXPECT_EQ(response.event().triggered_by(), "operator");
}

TEST_F(ReloadRpcsTest, ReloadOfEverythingAnswersWhenItIsServed) {
  Load({TestTool("grep", "1.0", 5)});
  auto reload = std::async(std::launch::async, [this] {
    v1::TriggerReloadResponse response;
    EXPECT_TRUE(Trigger("", "admin", &response).ok());
    return response;
  });
  watch_ = catalog_.AwaitWatch();
  watch_->Send(SnapshotMessage(6, {TestTool("grep", "1.0", 6)}));
  const v1::TriggerReloadResponse response = reload.get();
  EXPECT_TRUE(response.success());
  EXPECT_FALSE(response.event().has_tool_name());
  EXPECT_EQ(response.event().revision(), 6);
  EXPECT_EQ(Profile("grep").tool().revision(), 6);
}

TEST_F(ReloadRpcsTest, ReloadWithoutTheCatalogFailsAndServesOn) {
  Load({TestTool("grep", "1.0", 5)});
  catalog_.Stop();
  for (const char* name : {"", "grep"}) {
    v1::TriggerReloadResponse response;
    ASSERT_TRUE(Trigger(name, "", &response).ok());
    EXPECT_FALSE(response.success());
    EXPECT_NE(response.event().error(), "");
  }
  EXPECT_EQ(Profile("grep").tool().revision(), 5);
}

TEST_F(ReloadRpcsTest, HistoryAndStatisticsAgree) {
  Load({});
  v1::TriggerReloadResponse reload;
  ASSERT_TRUE(Trigger("unknown", "", &reload).ok());
  Context context;
  v1::ListReloadEventsRequest request;
  request.set_trigger_type("manual");
  v1::ListReloadEventsResponse events;
  ASSERT_TRUE(stub_->ListReloadEvents(&context, request, &events).ok());
  ASSERT_EQ(events.history_size(), 1);
  EXPECT_EQ(events.total(), 1);
  EXPECT_EQ(events.history(0).event_id(), reload.event().event_id());
  const v1::ReloadStatistics statistics = Statistics();
  EXPECT_EQ(statistics.total_reloads(), 2);
  EXPECT_EQ(statistics.failed_reloads(), 1);
  EXPECT_EQ(statistics.success_rate(), 50);
  EXPECT_FALSE(statistics.last_reload().success());
}

TEST_F(ReloadRpcsTest, StreamsEventsFromNowOn) {
  Load({TestTool("grep", "1.0", 5)});
  Context context;
  auto reader = stub_->WatchReloads(&context, {});
  reader->WaitForInitialMetadata();
  watch_->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  watch_->Send(ChangesMessage(7, {StoredChange(TestTool("ping", "1.0", 7))}));
  v1::ReloadEvent event;
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.event_id(), 2);
  EXPECT_EQ(event.tool_name(), "grep");
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.event_id(), 3);
  EXPECT_EQ(event.tool_name(), "ping");
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ReloadRpcsTest, DrainsWithOpenStreamsAndCallsInFlight) {
  Load({TestTool("grep", "1.0", 5)});
  std::vector<std::unique_ptr<Context>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ReloadEvent>>> readers;
  for (int i = 0; i < 10; ++i) {
    contexts.push_back(std::make_unique<Context>());
    readers.push_back(stub_->WatchReloads(contexts.back().get(), {}));
    readers.back()->WaitForInitialMetadata();
  }
  Invalidate("grep");
  catalog_.HoldGetTool(true);
  auto read = std::async(std::launch::async, [this] { return Profile("grep").stale(); });
  auto reload = std::async(std::launch::async, [this] {
    v1::TriggerReloadResponse response;
    EXPECT_TRUE(Trigger("", "admin", &response).ok());
    return response.event().error();
  });
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  ASSERT_NE(catalog_.AwaitWatch(), nullptr);
  const absl::Time start = absl::Now();
  server_->Drain();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_TRUE(read.get());
  EXPECT_EQ(reload.get(), "the service is stopping");
  for (auto& reader : readers) {
    v1::ReloadEvent event;
    while (reader->Read(&event)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
}

}  // namespace
}  // namespace toolcatalog
