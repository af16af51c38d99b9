// Reading profiles through the real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/steady_time.h"
#include "reload_service/reload_server_fixture.h"
#include "tests/support/await.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ProfilesTest : public ReloadServerFixture {
 protected:
  // Names of the profiles that a list shows.
  std::vector<std::string> Listed(const v1::ListProfilesRequest& request) {
    v1::ListProfilesResponse response;
    const grpc::Status status = List(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> names;
    for (const v1::Profile& profile : response.profiles()) names.push_back(profile.tool().tool_name());
    EXPECT_EQ(response.total(), response.profiles_size());
    return names;
  }
};

TEST_F(ProfilesTest, IsNotServingBeforeTheFirstLoad) {
  v1::Profile profile;
  v1::ListProfilesResponse list;
  EXPECT_EQ(Get("grep", &profile).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(List(10, "", &list).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(Serving());
  Load({TestTool("grep", "1.0", 5)});
  EXPECT_TRUE(Await([this] { return Serving(); }, kPatience));
  EXPECT_TRUE(Get("grep", &profile).ok());
}

TEST_F(ProfilesTest, AnswersTheDefinitionWithWhatVariesAppended) {
  const v1::Tool tool = TestTool("Grep", "1.0", 4);
  Load({tool});
  const v1::Profile profile = Profile("gREP");
  EXPECT_EQ(profile.tool().SerializeAsString(), tool.SerializeAsString());
  EXPECT_EQ(profile.revision(), 5);
  EXPECT_EQ(profile.content_hash(), TestContentHash(TestTool("Grep", "1.0", 4)));
  EXPECT_GT(profile.loaded_at().seconds(), 0);
  EXPECT_FALSE(profile.stale());
  EXPECT_GE(profile.age_ms(), 0);
  EXPECT_LT(profile.age_ms(), 10000);
  EXPECT_EQ(profile.error(), "");
}

TEST_F(ProfilesTest, ToolsWithoutAProfileAreNotFound) {
  v1::Tool disabled = TestTool("off", "1.0", 5);
  disabled.set_enabled(false);
  Load({disabled});
  v1::Profile profile;
  EXPECT_EQ(Get("off", &profile).error_code(), grpc::StatusCode::NOT_FOUND);
  const grpc::Status status = Get("nothing", &profile);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("\"nothing\""));
}

TEST_F(ProfilesTest, RefusesBadRequestsWithFieldAndRule) {
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
      {CallRaw(method, std::string(100000, 'x'), &answer), "at most 65536 bytes"},
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

TEST_F(ProfilesTest, BecomesStaleWhenTheCatalogIsSilent) {
  Start(absl::Milliseconds(50));
  Load({TestTool("grep", "1.0", 5)});
  Await([this] { return Profile("grep").stale(); }, kPatience);
  const v1::Profile profile = Profile("grep");
  EXPECT_TRUE(profile.stale());
  EXPECT_GT(profile.age_ms(), 50);
}

TEST_F(ProfilesTest, ListsPagesThatHoldTogether) {
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

TEST_F(ProfilesTest, PagesEndEarlyAt3MiB) {
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

TEST_F(ProfilesTest, InvalidatedProfileIsFetchedByTheNextReads) {
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

TEST_F(ProfilesTest, InvalidatedProfileIsServedStaleWhileTheCatalogFails) {
  Load({TestTool("grep", "1.0", 5)});
  EXPECT_EQ(Invalidate(""), 1);
  catalog_.FailGetTool(grpc::Status(grpc::StatusCode::UNAVAILABLE, "down"));
  v1::Profile profile = Profile("grep");
  EXPECT_TRUE(profile.stale());
  EXPECT_EQ(profile.tool().revision(), 5);
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.FailGetTool(grpc::Status::OK);
  EXPECT_EQ(AwaitFresh("grep").tool().revision(), 6);
}

TEST_F(ProfilesTest, InvalidatedProfilesAreServedStaleAtOnceWhileTheCatalogHangs) {
  Load({TestTool("grep", "1.0", 5), TestTool("ping", "1.0", 5)});
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.SetTool(TestTool("ping", "1.0", 6), 6);
  Invalidate("");
  catalog_.HoldGetTool(true);
  EXPECT_TRUE(Profile("grep").stale());
  // One of them may ask and wait for 2 s, if they take more than a second.
  const SteadyTime start = SteadyTime::Now();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Profile(i % 2 == 0 ? "grep" : "ping").stale());
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(8));
  EXPECT_LE(catalog_.get_tool_calls(), 4);
  catalog_.HoldGetTool(false);
  EXPECT_EQ(AwaitFresh("grep").tool().revision(), 6);
  EXPECT_EQ(AwaitFresh("ping").tool().revision(), 6);
}

TEST_F(ProfilesTest, ReadDoesNotOutwaitItsCaller) {
  Load({TestTool("grep", "1.0", 5)});
  Invalidate("grep");
  catalog_.HoldGetTool(true);
  v1::Profile profile;
  const SteadyTime start = SteadyTime::Now();
  const grpc::Status status = Get("grep", &profile, absl::Seconds(1));
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(profile.stale());
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(1));
}

TEST_F(ProfilesTest, InvalidatesNothingWithoutAProfile) {
  Load({TestTool("grep", "1.0", 5)});
  EXPECT_EQ(Invalidate("unknown"), 0);
}

TEST_F(ProfilesTest, ListsByNeed) {
  v1::Tool a = TestTool("a", "1.0", 1), b = TestTool("b", "1.0", 1), c = TestTool("c", "1.0", 1);
  a.add_capabilities()->set_capability_name("file_reading");
  b.add_capabilities()->set_capability_name("read_file");
  b.set_platform("windows");
  c.set_category("network");
  (*c.mutable_metadata()->mutable_fields())["tags"].set_string_value("Logs");
  Load({a, b, c});
  v1::ListProfilesRequest request;
  request.set_capability("file_access");
  EXPECT_THAT(Listed(request), ElementsAre("a", "b"));
  request.set_platform("windows");
  EXPECT_THAT(Listed(request), ElementsAre("b"));
  request.set_capability("File_Access");
  EXPECT_THAT(Listed(request), ElementsAre());
  request.Clear();
  request.set_tag("LOGS");
  EXPECT_THAT(Listed(request), ElementsAre("c"));
  request.Clear();
  request.set_category("network");
  EXPECT_THAT(Listed(request), ElementsAre("c"));
  request.set_category("no such category");
  EXPECT_THAT(Listed(request), ElementsAre());
}

TEST_F(ProfilesTest, TokensAreBoundToTheFilters) {
  Load({TestTool("a", "1.0", 1), TestTool("b", "1.0", 1)});
  v1::ListProfilesRequest request;
  request.set_platform("linux");
  request.set_page_size(1);
  v1::ListProfilesResponse response;
  ASSERT_TRUE(List(request, &response).ok());
  EXPECT_EQ(response.total(), 2);
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(List(request, &response).ok());
  EXPECT_EQ(response.profiles(0).tool().tool_name(), "b");
  EXPECT_EQ(response.next_page_token(), "");
  request.clear_platform();
  EXPECT_THAT(List(request, &response).error_message(), HasSubstr("page_token"));
}

TEST_F(ProfilesTest, ARealNameIsNeverHiddenByAnAlias) {
  ReloadServerOptions options;
  options.capability_aliases = {{"read", {"fetch"}}};
  Start(options);
  v1::Tool a = TestTool("a", "1.0", 1), b = TestTool("b", "1.0", 1), c = TestTool("c", "1.0", 1);
  a.add_capabilities()->set_capability_name("fetch");
  b.add_capabilities()->set_capability_name("read");
  c.add_capabilities()->set_capability_name("file_read");
  Load({a, b, c});
  for (const char* name : {"read", "fetch"}) {
    v1::ListProfilesRequest request;
    request.set_capability(name);
    EXPECT_THAT(Listed(request), ElementsAre("a", "b"));
  }
}

}  // namespace
}  // namespace toolcatalog
