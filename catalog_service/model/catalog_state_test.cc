#include "catalog_service/model/catalog_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "catalog_service/model/catalog_state_fixture.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "common/guarded.h"
#include "common/status.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using CatalogStateTest = CatalogStateFixture;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(CatalogStateTest, CreateTakesTheNextRevisionAndAnswersTheTool) {
  auto result = Apply(CreateMutation{Definition("Grep")});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->revision, 42);
  EXPECT_EQ(result->tool.revision(), 42);
  EXPECT_TRUE(result->tool.is_latest());
  EXPECT_EQ(result->tool.created_by(), "ann");
  EXPECT_EQ(result->tool.created_at().seconds(), 1700000000);
  EXPECT_EQ(write_, 0);
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("created"));
}

TEST_F(CatalogStateTest, NameAndVersionAreUniqueIgnoringCase) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("Grep", "1.0-A")}).ok());
  auto result = Apply(CreateMutation{Definition("gREP", "1.0-a")});
  EXPECT_TRUE(absl::IsAlreadyExists(result.status())) << result.status();
  EXPECT_EQ(state_.revision(), 42);
}

TEST_F(CatalogStateTest, TheFirstSpellingIsKept) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("Grep", "1.0")}).ok());
  auto result = Apply(CreateMutation{Definition("GREP", "2.0")});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->tool.tool_name(), "Grep");
}

TEST_F(CatalogStateTest, ANewVersionBecomesLatestAndTheEtagOfTheOldOneChanges) {
  auto first = Apply(CreateMutation{Definition("grep", "1.0")});
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep", "0.9")}).ok());
  const ToolState& tool = state_.tools().at("grep");
  EXPECT_EQ(tool.latest_version_key, "0.9");
  EXPECT_NE(EtagOf(tool.Stored("1.0")), first->tool.etag());
}

TEST_F(CatalogStateTest, DeletingTheLatestPromotesTheOneCreatedLast) {
  for (const char* version : {"1.0", "3.0", "2.0", "0.1"}) {
    ASSERT_TRUE(Apply(CreateMutation{Definition("grep", version)}).ok());
  }
  auto result = Apply(DeleteMutation{"grep", "0.1", {}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->deleted_versions, 1);
  EXPECT_EQ(state_.tools().at("grep").latest_version_key, "2.0");
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("deleted", "promoted"));
  const AppliedChange& promoted = state_.writes().back().changes[1];
  EXPECT_TRUE(promoted.is_latest);
  EXPECT_FALSE(promoted.was_latest);
  EXPECT_EQ(promoted.definition_revision, promoted.previous_revision);
}

TEST_F(CatalogStateTest, VersionsOfOneImportArePromotedInTheirOrder) {
  ASSERT_TRUE(Apply(ImportMutation{{Definition("a", "9"), Definition("a", "1"), Definition("a", "5")}}).ok());
  EXPECT_EQ(state_.tools().at("a").latest_version_key, "5");
  ASSERT_TRUE(Apply(DeleteMutation{"a", "5", {}}).ok());
  EXPECT_EQ(state_.tools().at("a").latest_version_key, "1");
}

TEST_F(CatalogStateTest, DeletingAnotherVersionLeavesTheLatest) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep", "1.0")}).ok());
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep", "2.0")}).ok());
  ASSERT_TRUE(Apply(DeleteMutation{"grep", "1.0", {}}).ok());
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("deleted"));
  EXPECT_EQ(state_.tools().at("grep").latest_version_key, "2.0");
}

TEST_F(CatalogStateTest, DeletingAllVersionsRemovesTheTool) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep", "1.0")}).ok());
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep", "2.0")}).ok());
  auto result = Apply(DeleteMutation{"grep", "", {}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->deleted_versions, 2);
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("deleted", "deleted"));
  EXPECT_TRUE(state_.tools().empty());
  EXPECT_TRUE(state_.state_hash() == StateHash());
  EXPECT_TRUE(absl::IsNotFound(Apply(DeleteMutation{"grep", "", {}}).status()));
}

TEST_F(CatalogStateTest, AnUpdateReplacesTheNamedFieldsAndNoOthers) {
  v1::Tool tool = Definition("grep");
  tool.add_capabilities()->set_capability_name("search");
  tool.mutable_defaults()->set_scope("single");
  tool.mutable_defaults()->set_freshness("live");
  ASSERT_TRUE(Apply(CreateMutation{tool}).ok());
  UpdateMutation update;
  update.name_key = "grep";
  update.paths = {"capabilities", "defaults.freshness"};
  auto result = Apply(update);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->tool.capabilities_size(), 0);
  EXPECT_EQ(result->tool.defaults().freshness(), "");
  EXPECT_EQ(result->tool.defaults().scope(), "single");
  EXPECT_EQ(result->tool.description(), "does something");
}

TEST_F(CatalogStateTest, AnUpdateToTheSameValuesMakesNoRevision) {
  auto created = Apply(CreateMutation{Definition("grep")});
  ASSERT_TRUE(created.ok());
  auto result = Apply(Describe("grep", "does something"));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->revision, 42);
  EXPECT_EQ(result->tool.etag(), created->tool.etag());
  EXPECT_EQ(write_, -1);
  EXPECT_EQ(state_.writes().size(), 1u);
}

TEST_F(CatalogStateTest, ClearingEnabledOrStatusGivesTheDefault) {
  v1::Tool tool = Definition("grep");
  tool.set_enabled(false);
  tool.set_status("draft");
  ASSERT_TRUE(Apply(CreateMutation{tool}).ok());
  UpdateMutation update;
  update.name_key = "grep";
  update.paths = {"enabled", "status"};
  auto result = Apply(update);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->tool.enabled());
  EXPECT_EQ(result->tool.status(), "active");
}

TEST_F(CatalogStateTest, AnUpdateThatMakesTheDefinitionTooLargeChangesNothing) {
  v1::Tool large = Definition("grep");
  large.set_status_reason(std::string(kMaxDefinitionBytes - 1000, 'x'));
  ASSERT_TRUE(Apply(CreateMutation{large}).ok());
  auto result = Apply(Describe("grep", std::string(1000, 'x')));
  EXPECT_TRUE(absl::IsInvalidArgument(result.status()));
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("definition must have at most"));
  EXPECT_EQ(state_.writes().size(), 1u);
}

// The fields of an update were checked before it came to the lock, and those that stay when they were stored.
TEST_F(CatalogStateTest, AnUpdateChecksNoFieldUnderTheLock) {
  v1::Tool tool = Definition("grep");
  tool.set_platform("a platform that was allowed once");
  ASSERT_TRUE(Apply(CreateMutation{tool}).ok());
  auto result = Apply(Describe("grep", "edited"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->tool.description(), "edited");
}

// Else an empty definition would be stored.
TEST_F(CatalogStateTest, AWriteThatNeedsABodyThatWasNotReadFails) {
  ToolState tool{"grep", "2.0", {}};
  for (const char* version : {"1.0", "2.0"}) tool.versions[version] = {version, 7, 7, 0, "hash", std::nullopt};
  tool.versions["2.0"].body = SerializeDeterministically(Definition("grep", "2.0"));
  CatalogState state(&validator_, 41, StateHash(), absl::FromUnixSeconds(1700000000));
  state.Load("grep", tool);
  const auto apply = [&](Mutation::Action action) {
    return Guarded("write", [&] { return state.Apply(By("ann", std::move(action)), &write_); }).status().code();
  };
  EXPECT_EQ(apply(SetEnabledMutation{"grep", "1.0", false, {}}), absl::StatusCode::kInternal);
  EXPECT_TRUE(state.writes().empty());
  EXPECT_EQ(apply(SetEnabledMutation{"grep", "2.0", false, {}}), absl::StatusCode::kOk);
  // The hash of a version is known without its body.
  EXPECT_EQ(apply(DeleteMutation{"grep", "2.0", {}}), absl::StatusCode::kOk);
}

TEST_F(CatalogStateTest, AnUpdateCannotChangeWhatIdentifiesAVersion) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep")}).ok());
  for (const char* path : {"version", "created_by"}) {
    UpdateMutation update;
    update.name_key = "grep";
    update.paths = {path};
    update.values.set_version("2.0");
    update.values.set_created_by("bob");
    auto result = Apply(update);
    EXPECT_TRUE(absl::IsInvalidArgument(result.status())) << path;
    EXPECT_THAT(std::string(result.status().message()), HasSubstr(path));
  }
}

TEST_F(CatalogStateTest, AnEtagThatDiffersIsRefused) {
  auto created = Apply(CreateMutation{Definition("grep")});
  ASSERT_TRUE(created.ok());
  UpdateMutation update = Describe("grep", "new");
  update.condition.given = true;
  update.condition.any_of = {"41-0000000000000000-latest"};
  auto result = Apply(update);
  EXPECT_TRUE(absl::IsAborted(result.status()));
  EXPECT_TRUE(HasReason(result.status(), Reason::kEtagMismatch));
  update.condition.any_of.push_back(created->tool.etag());
  EXPECT_TRUE(Apply(update).ok());
}

TEST_F(CatalogStateTest, AStarMatchesWhateverExists) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep")}).ok());
  UpdateMutation update = Describe("grep", "new");
  update.condition.any = true;
  EXPECT_TRUE(Apply(update).ok());
  update.name_key = "sed";
  EXPECT_TRUE(absl::IsNotFound(Apply(update).status()));
}

TEST_F(CatalogStateTest, DisabledToolsStayEditable) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep")}).ok());
  auto disabled = Apply(SetEnabledMutation{"grep", "", false, {}});
  ASSERT_TRUE(disabled.ok());
  EXPECT_FALSE(disabled->tool.enabled());
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("disabled"));
  EXPECT_TRUE(Apply(Describe("grep", "new")).ok());
  EXPECT_TRUE(Apply(SetEnabledMutation{"grep", "1.0", true, {}}).ok());
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("enabled"));
  auto again = Apply(SetEnabledMutation{"grep", "1.0", true, {}});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(write_, -1);
}

TEST_F(CatalogStateTest, AnImportIsOneRevisionAndEachItemEndsForItself) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("same")}).ok());
  ASSERT_TRUE(Apply(CreateMutation{Definition("other")}).ok());
  v1::Tool differs = Definition("other");
  differs.set_description("changed");
  auto result = Apply(ImportMutation{{Definition("same"), differs, Definition("new")}, false});
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->items.size(), 3u);
  EXPECT_TRUE(result->items[0].skipped);
  EXPECT_TRUE(absl::IsAlreadyExists(result->items[1].status));
  EXPECT_TRUE(result->items[2].status.ok() && !result->items[2].skipped);
  EXPECT_EQ(state_.writes().back().changes.size(), 1u);
  EXPECT_EQ(result->revision, 44);
}

TEST_F(CatalogStateTest, AnImportWithOverwriteReplacesAndKeepsTheCreator) {
  auto created = Apply(CreateMutation{Definition("grep")});
  ASSERT_TRUE(created.ok());
  v1::Tool differs = Definition("GREP");
  differs.set_description("changed");
  auto result = state_.Apply(By("bob", ImportMutation{{differs}, true}), &write_);
  ASSERT_TRUE(result.ok());
  const v1::Tool stored = DecodeTool(state_.tools().at("grep").Stored("1.0"));
  EXPECT_EQ(stored.description(), "changed");
  EXPECT_EQ(stored.tool_name(), "grep");
  EXPECT_EQ(stored.created_by(), "ann");
  EXPECT_EQ(stored.updated_by(), "bob");
}

TEST_F(CatalogStateTest, AnImportOfWhatIsStoredMakesNoRevision) {
  ASSERT_TRUE(Apply(ImportMutation{{Definition("a"), Definition("b")}, false}).ok());
  auto result = Apply(ImportMutation{{Definition("b"), Definition("a")}, true});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(write_, -1);
  EXPECT_EQ(result->revision, 42);
}

TEST_F(CatalogStateTest, AToolHasAtMostAHundredVersions) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Apply(CreateMutation{Definition("grep", std::to_string(i))}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply(CreateMutation{Definition("grep", "100")}).status()));
}

TEST_F(CatalogStateTest, AVersionThatWasDeletedCanBeCreatedAgain) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep")}).ok());
  ASSERT_TRUE(Apply(DeleteMutation{"grep", "", {}}).ok());
  auto result = Apply(CreateMutation{Definition("GREP")});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->tool.tool_name(), "GREP");
  EXPECT_EQ(result->revision, 44);
}

}  // namespace
}  // namespace toolcatalog
