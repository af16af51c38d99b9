#include "catalog_service/rpc/mutation_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CallInfo Caller(const std::string& actor = "", const std::optional<std::string>& if_match = std::nullopt) {
  return CallInfo{actor, "", if_match, "ipv4:127.0.0.1:1", absl::InfiniteFuture(), absl::Now()};
}

v1::CreateToolRequest CreateRequest(const std::string& name) {
  v1::CreateToolRequest request;
  request.mutable_tool()->set_tool_name(name);
  request.mutable_tool()->set_description("d");
  request.mutable_tool()->set_platform("linux");
  request.mutable_tool()->set_category("system");
  return request;
}

class MutationRequestsTest : public testing::Test {
 protected:
  const DefinitionValidator validator_{DefaultVocabulary()};
  const MutationRequests requests_{&validator_};
};

TEST_F(MutationRequestsTest, ACreateGetsDefaults) {
  auto mutation = requests_.Create(CreateRequest("grep"), Caller());
  ASSERT_TRUE(mutation.ok()) << mutation.status();
  const v1::Tool& tool = std::get<CreateMutation>(mutation->action).tool;
  EXPECT_EQ(tool.version(), "1.0");
  EXPECT_EQ(tool.status(), "active");
  EXPECT_TRUE(tool.enabled());
  EXPECT_EQ(mutation->actor, "api");
}

TEST_F(MutationRequestsTest, TheActorIsTheOneOfTheHeaderThenTheOneInTheTool) {
  v1::CreateToolRequest request = CreateRequest("grep");
  request.mutable_tool()->set_created_by("bob");
  EXPECT_EQ(requests_.Create(request, Caller())->actor, "bob");
  EXPECT_EQ(requests_.Create(request, Caller("ann"))->actor, "ann");
  request.mutable_tool()->set_updated_by("cleo");
  EXPECT_EQ(requests_.Create(request, Caller())->actor, "cleo");
  EXPECT_EQ(requests_.Create(request, Caller("ann"))->actor, "ann");
}

TEST_F(MutationRequestsTest, TheActorOfAnUpdateIsNamedByTheMask) {
  v1::UpdateToolRequest request;
  request.mutable_tool()->set_tool_name("grep");
  request.mutable_tool()->set_description("x");
  request.mutable_tool()->set_updated_by("cleo");
  const auto by = [&](const std::string& header) {
    auto mutation = requests_.Update(request, Caller(header));
    EXPECT_TRUE(mutation.ok()) << mutation.status();
    return std::make_pair(mutation->actor, std::get<UpdateMutation>(mutation->action).actor_in_body);
  };
  EXPECT_EQ(by(""), std::make_pair(std::string("cleo"), true));
  EXPECT_EQ(by("ann"), std::make_pair(std::string("ann"), false));
  request.mutable_update_mask()->add_paths("description");
  EXPECT_EQ(by(""), std::make_pair(std::string("api"), false));
}

TEST_F(MutationRequestsTest, AnActorMustBeShortAndPrintable) {
  EXPECT_TRUE(absl::IsInvalidArgument(requests_.Create(CreateRequest("grep"), Caller("a\nb")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(requests_.Create(CreateRequest("grep"), Caller(std::string(101, 'a'))).status()));
}

TEST_F(MutationRequestsTest, ReservedNamesAreRefused) {
  const absl::Status status = requests_.Create(CreateRequest("Search"), Caller()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("tool_name"));
}

TEST_F(MutationRequestsTest, AnUpdateWithoutAFieldIsRefused) {
  v1::UpdateToolRequest request;
  request.mutable_tool()->set_tool_name("grep");
  const absl::Status status = requests_.Update(request, Caller()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("update_mask"));
}

TEST_F(MutationRequestsTest, AnUpdateIsCheckedBeforeItIsQueued) {
  v1::UpdateToolRequest request;
  request.mutable_tool()->set_tool_name("grep");
  request.mutable_tool()->set_description(std::string(5000, 'x'));
  const absl::Status status = requests_.Update(request, Caller()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("description"));
}

TEST_F(MutationRequestsTest, AnUpdateNeedNotRepeatRequiredFields) {
  v1::UpdateToolRequest request;
  request.mutable_tool()->set_tool_name("GREP");
  request.mutable_tool()->set_execution_location("here");
  auto mutation = requests_.Update(request, Caller());
  ASSERT_TRUE(mutation.ok()) << mutation.status();
  const auto& update = std::get<UpdateMutation>(mutation->action);
  EXPECT_EQ(update.name_key, "grep");
  EXPECT_THAT(update.paths, ElementsAre("execution_location"));
}

TEST_F(MutationRequestsTest, ConditionsComeFromTheToolOrTheHeader) {
  v1::UpdateToolRequest request;
  request.mutable_tool()->set_tool_name("grep");
  request.mutable_tool()->set_description("x");
  auto from_header = requests_.Update(request, Caller("", "\"1-a\", \"2-b\""));
  EXPECT_THAT(std::get<UpdateMutation>(from_header->action).condition.any_of, ElementsAre("1-a", "2-b"));
  auto star = requests_.Update(request, Caller("", "*"));
  EXPECT_TRUE(std::get<UpdateMutation>(star->action).condition.any);
}

TEST_F(MutationRequestsTest, ABrokenConditionIsRefused) {
  v1::DeleteToolRequest request;
  request.set_tool_name("grep");
  EXPECT_TRUE(requests_.Delete(request, Caller("", "\"a\"")).ok());
  for (const char* broken : {"", ",", "unquoted", "\"a\", *"}) {
    const absl::Status status = requests_.Delete(request, Caller("", broken)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << broken;
    EXPECT_THAT(std::string(status.message()), HasSubstr("if-match"));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(requests_.Create(CreateRequest("grep"), Caller("", "*")).status()));
}

TEST_F(MutationRequestsTest, AnEmptyVersionDoesNotDeleteAll) {
  v1::DeleteToolRequest request;
  request.set_tool_name("grep");
  request.set_version("");
  EXPECT_THAT(std::string(requests_.Delete(request, Caller()).status().message()), HasSubstr("version"));
}

TEST_F(MutationRequestsTest, EnableTakesTheOption) {
  v1::EnableToolRequest request;
  request.set_tool_name("grep");
  EXPECT_TRUE(std::get<SetEnabledMutation>(requests_.Enable(request, Caller())->action).enabled);
  request.mutable_options()->set_enabled(false);
  EXPECT_FALSE(std::get<SetEnabledMutation>(requests_.Enable(request, Caller())->action).enabled);
}

TEST_F(MutationRequestsTest, NamesAndVersionsAreChecked) {
  v1::DeleteToolRequest request;
  request.set_tool_name("../../evil");
  EXPECT_THAT(std::string(requests_.Delete(request, Caller()).status().message()), HasSubstr("tool_name"));
  request.set_tool_name("grep");
  request.set_version("not a version");
  EXPECT_THAT(std::string(requests_.Delete(request, Caller()).status().message()), HasSubstr("version"));
}

}  // namespace
}  // namespace toolcatalog
