#include "catalog_service/model/mutation_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog_service/model/catalog_state_fixture.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kId[] = "0e8dc5f1-4e64-4d8e-9c3c-0a7d5f3c9b10";

class MutationRulesTest : public CatalogStateFixture {
 protected:
  // Versions 1.0 and 2.0, the latter the latest.
  void SetUp() override {
    ASSERT_TRUE(Apply(CreateMutation{Definition("grep", "1.0")}).ok());
    ASSERT_TRUE(Apply(CreateMutation{Definition("grep", "2.0")}).ok());
  }

  ToolState Now() const { return state_.tools().at("grep"); }
  std::string DescriptionOf(const std::string& version) const {
    return DecodeTool(state_.tools().at("grep").Stored(version)).description();
  }
  absl::StatusOr<MutationResult> RollBack(ToolState past, const std::string& version = "",
                                          EtagCondition condition = {}) {
    return Apply(RollbackMutation{"grep", version, std::move(condition), std::move(past)});
  }
  Mutation WithIdentity(Mutation::Action action, const std::string& hash = "hash") {
    Mutation mutation = By("ann", std::move(action));
    mutation.identity = {kId, "Method", hash};
    return mutation;
  }
};

TEST_F(MutationRulesTest, APromotionMovesTheLatestAndNothingElse) {
  const StateHash before = state_.state_hash();
  auto result = Apply(PromoteMutation{"grep", "1.0", {}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->tool.is_latest());
  EXPECT_EQ(result->tool.revision(), 42);
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("promoted"));
  const AppliedChange& change = state_.writes().back().changes[0];
  EXPECT_TRUE(change.is_latest && !change.was_latest && change.body.empty());
  EXPECT_EQ(change.latest_before, "2.0");
  ASSERT_TRUE(Apply(PromoteMutation{"grep", "2.0", {}}).ok());
  EXPECT_TRUE(state_.state_hash() == before);
  ASSERT_TRUE(Apply(PromoteMutation{"grep", "2.0", {}}).ok());
  EXPECT_EQ(write_, -1);
  EXPECT_TRUE(absl::IsNotFound(Apply(PromoteMutation{"grep", "3.0", {}}).status()));
}

TEST_F(MutationRulesTest, ARollbackMakesTheToolWhatItWas) {
  const ToolState past = Now();
  ASSERT_TRUE(Apply(Describe("grep", "edited")).ok());
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep", "3.0")}).ok());
  ASSERT_TRUE(Apply(DeleteMutation{"grep", "1.0", {}}).ok());
  auto result = RollBack(past);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->tool.version(), "2.0");
  EXPECT_EQ(result->tool.description(), "does something");
  EXPECT_EQ(result->revision, 47);
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("restored", "restored", "deleted"));
  const auto& changes = state_.writes().back().changes;
  EXPECT_TRUE(!changes[0].is_latest && changes[0].previous_revision == 0);
  EXPECT_TRUE(changes[1].is_latest && !changes[1].was_latest);
  EXPECT_TRUE(changes[2].was_latest && !changes[2].is_latest);
  EXPECT_EQ(Now().versions.at("1.0").created_revision, 42);
  RollBack(past).IgnoreError();
  EXPECT_EQ(write_, -1) << "it is so already";
}

TEST_F(MutationRulesTest, ARollbackBringsADeletedToolBack) {
  const ToolState past = Now();
  ASSERT_TRUE(Apply(DeleteMutation{"grep", "", {}}).ok());
  auto result = RollBack(past);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("restored", "restored"));
  EXPECT_EQ(state_.writes().back().changes[0].latest_before, "");
  EXPECT_EQ(Now().latest_version_key, "2.0");
  EXPECT_EQ(Now().versions.size(), 2u);
  EXPECT_EQ(result->tool.created_by(), "ann");
}

TEST_F(MutationRulesTest, ARollbackOfTheLatestAloneIsAPromotion) {
  const ToolState past = Now();
  ASSERT_TRUE(Apply(PromoteMutation{"grep", "1.0", {}}).ok());
  ASSERT_TRUE(RollBack(past).ok());
  EXPECT_THAT(KindsOfLastWrite(), ElementsAre("promoted"));
  EXPECT_EQ(Now().latest_version_key, "2.0");
}

TEST_F(MutationRulesTest, ARollbackOfOneVersionLeavesTheOthers) {
  const ToolState past = Now();
  ASSERT_TRUE(Apply(Describe("grep", "edited")).ok());
  ASSERT_TRUE(Apply(DeleteMutation{"grep", "1.0", {}}).ok());
  auto result = RollBack(past, "1.0");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->tool.version(), "1.0");
  EXPECT_FALSE(result->tool.is_latest());
  EXPECT_EQ(DescriptionOf("2.0"), "edited");
  EXPECT_TRUE(absl::IsFailedPrecondition(RollBack(past, "7").status()));
}

TEST_F(MutationRulesTest, ARollbackHeedsTheEtagOfWhatThereIs) {
  const ToolState past = Now();
  EXPECT_TRUE(HasReason(RollBack(past, "", {true, {"other"}, false}).status(), Reason::kEtagMismatch));
  EXPECT_TRUE(RollBack(past, "", {true, {EtagOf(past.Stored("2.0"))}, false}).ok());
  ASSERT_TRUE(Apply(DeleteMutation{"grep", "", {}}).ok());
  EXPECT_TRUE(HasReason(RollBack(past, "", {true, {}, true}).status(), Reason::kEtagMismatch));
  EXPECT_TRUE(RollBack(past).ok());
}

TEST_F(MutationRulesTest, ARollbackKeepsTheSpellingOfToday) {
  ASSERT_TRUE(Apply(CreateMutation{Definition("grep", "3.0-RC")}).ok());
  const ToolState past = Now();
  ASSERT_TRUE(Apply(DeleteMutation{"grep", "3.0-rc", {}}).ok());
  ASSERT_TRUE(Apply(CreateMutation{Definition("GREP", "3.0-rc")}).ok());
  ASSERT_TRUE(Apply(Describe("grep", "edited")).ok());
  auto result = RollBack(past);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->tool.version(), "3.0-rc");
  EXPECT_EQ(state_.writes().back().changes[0].version, "3.0-rc");
}

TEST_F(MutationRulesTest, ARefusedRequestFailsUnlessItWasAppliedBefore) {
  const RefusedMutation refused{absl::InvalidArgumentError("platform: unknown")};
  EXPECT_EQ(state_.Apply(WithIdentity(refused), &write_).status(), refused.why);
  auto first = state_.Apply(WithIdentity(CreateMutation{Definition("sed")}), &write_);
  ASSERT_TRUE(first.ok());
  auto again = state_.Apply(WithIdentity(refused), &write_);
  ASSERT_TRUE(again.ok()) << "the process that applied it knew other rules";
  EXPECT_EQ(again->tool.SerializeAsString(), first->tool.SerializeAsString());
}

TEST_F(MutationRulesTest, ARepeatedRequestIsAnsweredAsTheFirstTimeAndNotAppliedAgain) {
  const Mutation create = WithIdentity(CreateMutation{Definition("sed")});
  auto first = state_.Apply(create, &write_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(state_.new_requests(), (std::vector<RequestKey>{{"ann", kId}}));
  ASSERT_TRUE(Apply(DeleteMutation{"sed", "", {}}).ok());
  auto again = state_.Apply(create, &write_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(write_, -1);
  EXPECT_EQ(again->revision, first->revision);
  EXPECT_EQ(again->tool.SerializeAsString(), first->tool.SerializeAsString());
  EXPECT_EQ(state_.tools().count("sed"), 0u);
}

TEST_F(MutationRulesTest, AnIdIsForOneRequestOfOneActor) {
  ASSERT_TRUE(state_.Apply(WithIdentity(CreateMutation{Definition("sed")}), &write_).ok());
  auto other = state_.Apply(WithIdentity(CreateMutation{Definition("awk")}, "another hash"), &write_);
  EXPECT_TRUE(absl::IsInvalidArgument(other.status()));
  EXPECT_TRUE(HasReason(other.status(), Reason::kRequestIdReused));
  Mutation by_bob = WithIdentity(CreateMutation{Definition("awk")}, "another hash");
  by_bob.actor = "bob";
  EXPECT_TRUE(state_.Apply(by_bob, &write_).ok());
}

TEST_F(MutationRulesTest, ARequestThatChangedNothingIsRememberedToo) {
  const Mutation idle = WithIdentity(SetEnabledMutation{"grep", "1.0", true, {}});
  ASSERT_TRUE(state_.Apply(idle, &write_).ok());
  EXPECT_EQ(write_, -1);
  EXPECT_EQ(state_.new_requests().size(), 1u);
  ASSERT_TRUE(Apply(SetEnabledMutation{"grep", "1.0", false, {}}).ok());
  auto again = state_.Apply(idle, &write_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(write_, -1) << "somebody else's write stays";
  EXPECT_TRUE(again->tool.enabled());
}

TEST_F(MutationRulesTest, FailedRequestsAreNotRemembered) {
  EXPECT_FALSE(state_.Apply(WithIdentity(CreateMutation{Definition("grep", "1.0")}), &write_).ok());
  EXPECT_TRUE(state_.Apply(WithIdentity(CreateMutation{Definition("sed")}, "another hash"), &write_).ok());
}

TEST_F(MutationRulesTest, ADryRunAnswersAndChangesNothing) {
  Mutation create = WithIdentity(CreateMutation{Definition("grep", "3.0")});
  create.validate_only = true;
  const StateHash before = state_.state_hash();
  auto result = state_.Apply(create, &write_);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(write_, -1);
  EXPECT_EQ(result->tool.version(), "3.0");
  EXPECT_EQ(result->tool.etag(), "");
  EXPECT_EQ(result->revision, 43);
  EXPECT_TRUE(state_.state_hash() == before);
  EXPECT_EQ(Now().versions.count("3.0"), 0u);
  create.action = CreateMutation{Definition("grep", "1.0")};
  EXPECT_TRUE(absl::IsAlreadyExists(state_.Apply(create, &write_).status()));
  create.validate_only = false;
  create.action = CreateMutation{Definition("grep", "4.0")};
  EXPECT_TRUE(state_.Apply(create, &write_).ok()) << "a dry run does not use its id up";
}

TEST_F(MutationRulesTest, AnAtomicImportStoresAllOrNothing) {
  v1::Tool differs = Definition("grep", "1.0");
  differs.set_description("changed");
  ImportMutation import{{Definition("new"), differs}, false, true};
  auto result = Apply(import);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(write_, -1);
  EXPECT_TRUE(result->items[0].status.ok());
  EXPECT_THAT(std::string(result->items[1].status.message()), HasSubstr("exists already with other content"));
  EXPECT_EQ(state_.tools().count("new"), 0u);
  import.overwrite = true;
  ASSERT_TRUE(Apply(import).ok());
  EXPECT_EQ(state_.tools().count("new"), 1u);
  EXPECT_EQ(DescriptionOf("1.0"), "changed");
}

}  // namespace
}  // namespace toolcatalog
