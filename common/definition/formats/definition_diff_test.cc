#include "common/definition/formats/definition_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "tests/support/definitions.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Json(const google::protobuf::Value& value) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(value, &json).ok());
  return json;
}

// Each difference as "path: old -> new".
std::vector<std::string> Lines(const v1::Tool& before, const v1::Tool& after) {
  std::vector<std::string> lines;
  for (const v1::FieldDifference& difference : DiffDefinitions(before, after, 200).differences) {
    lines.push_back(absl::StrCat(difference.path(), ": ", Json(difference.old()), " -> ", Json(difference.new_())));
  }
  return lines;
}

google::protobuf::Value Parse(const std::string& json) {
  google::protobuf::Value value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &value).ok());
  return value;
}

class DefinitionDiffTest : public testing::Test {
 protected:
  v1::Tool before_ = SampleTool("grep");
  v1::Tool after_ = before_;
};

TEST_F(DefinitionDiffTest, EqualDefinitionsHaveNone) { EXPECT_THAT(Lines(before_, after_), IsEmpty()); }

TEST_F(DefinitionDiffTest, WhatTheServerSetsIsNoDifference) {
  after_.set_revision(9);
  after_.set_etag("9-x");
  after_.set_is_latest(true);
  after_.mutable_created_at()->set_seconds(5);
  after_.mutable_updated_at()->set_seconds(5);
  after_.set_updated_by("someone");
  EXPECT_THAT(Lines(before_, after_), IsEmpty());
}

TEST_F(DefinitionDiffTest, ScalarsComeWithPathAndBothValues) {
  before_.set_enabled(true);
  after_.set_description("other");
  after_.set_enabled(false);
  v1::Pattern& pattern = *after_.mutable_capabilities(0)->mutable_patterns(0);
  pattern.set_complexity_score(0.5);
  pattern.mutable_policy()->set_requires_approval(!pattern.policy().requires_approval());
  const double score = before_.capabilities(0).patterns(0).complexity_score();
  EXPECT_THAT(Lines(before_, after_),
              ElementsAre("description: \"sample tool grep\" -> \"other\"", "enabled: true -> false",
                          absl::StrCat("capabilities[0].patterns[0].complexity_score: ", score, " -> 0.5"),
                          "capabilities[0].patterns[0].policy.requires_approval: false -> true"));
}

TEST_F(DefinitionDiffTest, WhatIsAbsentIsNull) {
  after_.set_execution_location("edge");
  after_.mutable_sunset_at()->set_seconds(1700000000);
  after_.mutable_capabilities(0)->mutable_patterns(0)->mutable_policy()->set_max_cost(0);
  before_.mutable_capabilities(0)->mutable_patterns(0)->mutable_policy()->clear_max_cost();
  EXPECT_THAT(Lines(before_, after_),
              ElementsAre("capabilities[0].patterns[0].policy.max_cost: null -> 0",
                          "execution_location: null -> \"edge\"", "sunset_at: null -> \"2023-11-14T22:13:20Z\""));
}

TEST_F(DefinitionDiffTest, AWholeObjectThatCameIsOneDifference) {
  before_.clear_defaults();
  after_.clear_defaults();
  after_.mutable_defaults()->set_freshness("live");
  EXPECT_THAT(Lines(before_, after_), ElementsAre("defaults: null -> {\"freshness\":\"live\"}"));
  EXPECT_THAT(Lines(after_, before_), ElementsAre("defaults: {\"freshness\":\"live\"} -> null"));
}

TEST_F(DefinitionDiffTest, NamedEntriesAreComparedByName) {
  before_.clear_capabilities();
  for (const char* name : {"a", "b", "c"}) before_.add_capabilities()->set_capability_name(name);
  after_.clear_capabilities();
  for (const char* name : {"new", "b", "c"}) after_.add_capabilities()->set_capability_name(name);
  after_.mutable_capabilities(2)->set_description("changed");
  EXPECT_THAT(Lines(before_, after_), ElementsAre("capabilities[0]: null -> {\"capability_name\":\"new\"}",
                                                  "capabilities[2].description: null -> \"changed\"",
                                                  "capabilities[0]: {\"capability_name\":\"a\"} -> null"));
}

TEST_F(DefinitionDiffTest, EntriesThatOnlyChangePlacesDifferByTheirNames) {
  before_.clear_capabilities();
  for (const char* name : {"a", "b"}) before_.add_capabilities()->set_capability_name(name);
  after_.clear_capabilities();
  for (const char* name : {"b", "a"}) after_.add_capabilities()->set_capability_name(name);
  EXPECT_THAT(Lines(before_, after_), ElementsAre("capabilities: [\"a\",\"b\"] -> [\"b\",\"a\"]"));
}

TEST_F(DefinitionDiffTest, EntriesOfTheSameNameKeepTheirOrder) {
  before_.clear_examples();
  for (const char* text : {"one", "two"}) before_.add_examples()->set_description(text);
  after_.clear_examples();
  for (const char* text : {"one", "2", "three"}) after_.add_examples()->set_description(text);
  EXPECT_THAT(Lines(before_, after_), ElementsAre("examples[1].description: \"two\" -> \"2\"",
                                                  "examples[2]: null -> {\"description\":\"three\"}"));
}

TEST_F(DefinitionDiffTest, OtherListsAreComparedByIndex) {
  v1::Pattern* pattern = before_.mutable_capabilities(0)->mutable_patterns(0);
  pattern->clear_typical_use_cases();
  for (const char* text : {"x", "y"}) pattern->add_typical_use_cases(text);
  pattern = after_.mutable_capabilities(0)->mutable_patterns(0);
  pattern->clear_typical_use_cases();
  pattern->add_typical_use_cases("z");
  EXPECT_THAT(Lines(before_, after_), ElementsAre("capabilities[0].patterns[0].typical_use_cases[0]: \"x\" -> \"z\"",
                                                  "capabilities[0].patterns[0].typical_use_cases[1]: \"y\" -> null"));
}

TEST_F(DefinitionDiffTest, FreeObjectsAreComparedValueByValue) {
  *before_.mutable_metadata() = Parse(R"({"a": {"b": [1, 2], "same": true}, "gone": null})").struct_value();
  *after_.mutable_metadata() = Parse(R"({"a": {"b": [1, 3, "x"], "same": true}, "added": {"k": 1}})").struct_value();
  EXPECT_THAT(Lines(before_, after_), ElementsAre("metadata.a.b[1]: 2 -> 3", "metadata.a.b[2]: null -> \"x\"",
                                                  "metadata.added: null -> {\"k\":1}", "metadata.gone: null -> null"));
}

TEST_F(DefinitionDiffTest, OnlyTheFirstAreListedAndTheOthersCounted) {
  for (int i = 0; i < 20; ++i) (*after_.mutable_extra()->mutable_fields())[absl::StrCat("k", i)] = Parse("1");
  before_.mutable_extra();
  const DefinitionDiff diff = DiffDefinitions(before_, after_, 5);
  EXPECT_EQ(diff.differences.size(), 5u);
  EXPECT_EQ(diff.omitted, 15);
}

}  // namespace
}  // namespace toolcatalog
