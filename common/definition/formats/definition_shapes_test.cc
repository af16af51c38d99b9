// Definitions of random shapes, made of the keys that the forms use.

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/definition/formats/definition_yaml.h"
#include "common/definition/validation/definition_validator.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// Makes definitions of random shapes out of the keys that forms use. Every text in them differs from all others.
class ShapeGenerator {
 public:
  explicit ShapeGenerator(uint32_t seed) : random_(seed) {}

  std::string Definition() {
    texts_.clear();
    std::string head = "description: d, platform: linux, category: system";
    const char* kShapes[] = {"{name: t, %s, %s}", "{tool: {name: t, %s, %s}, %s}", "{metadata: {name: t, %s}, %s, %s}",
                             "{tool: {name: t, %s}, %s, %s}"};
    std::string shape = kShapes[Below(4)];
    shape.replace(shape.find("%s"), 2, head);
    while (shape.find("%s") != shape.npos) shape.replace(shape.find("%s"), 2, Members(3));
    return shape + "\n";
  }

  const std::vector<std::string>& texts() const { return texts_; }

 private:
  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }

  std::string Members(int levels) {
    static const char* const kKeys[] = {
        "capability",      "pattern",      "inputs",   "outputs",           "policy", "capabilities",    "patterns",
        "parameters",      "http_request", "response", "examples",          "tags",   "capability_name", "pattern_name",
        "required_inputs", "required",     "extra",    "approval_required", "x",      "metadata"};
    std::set<std::string> members, keys;
    // Names for the parts that need one.
    if (levels < 3 && Below(4) > 0) members.insert("name: " + Text());
    for (int i = Below(4); i > 0; --i) {
      const std::string key = kKeys[Below(20)];
      if (keys.insert(key).second) members.insert(absl::StrCat(key, ": ", Value(levels - 1)));
    }
    return members.empty() ? "y: " + Text() : absl::StrJoin(members, ", ");
  }

  std::string Value(int levels) {
    switch (levels > 0 ? Below(4) : 0) {
      case 0:
        return Text();
      case 1:
        return absl::StrCat("[{", Members(levels), "}, {", Members(levels), "}]");
      default:
        return absl::StrCat("{", Members(levels), "}");
    }
  }

  std::string Text() {
    texts_.push_back(absl::StrCat("<", texts_.size(), ">"));
    return absl::StrCat("'", texts_.back(), "'");
  }

  std::mt19937 random_;
  std::vector<std::string> texts_;
};

TEST(DefinitionShapes, WhateverTheShapeNothingIsLost) {
  ShapeGenerator generator(99);
  int accepted = 0, refused = 0;
  for (int i = 0; i < 10'000 && !testing::Test::HasFailure(); ++i) {
    const std::string yaml = generator.Definition();
    // Keys that stand twice in a map are no YAML.
    const DefinitionValidator validator(DefaultVocabulary());
    std::vector<ImportItem> items;
    const absl::Status status = ReadDefinitions(yaml, validator, [&](ImportItem item) {
      items.push_back(std::move(item));
      return absl::OkStatus();
    });
    if (!status.ok()) continue;
    ASSERT_THAT(items, SizeIs(1)) << yaml;
    for (const v1::ImportProblem& error : items[0].errors) EXPECT_EQ(error.line(), 1) << yaml << error.DebugString();
    refused += !items[0].errors.empty();
    if (!items[0].errors.empty()) continue;
    ++accepted;
    const std::string tool = items[0].tool.DebugString();
    for (const std::string& text : generator.texts()) {
      EXPECT_THAT(tool, HasSubstr(absl::StrCat("\"", text, "\""))) << yaml;
    }
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace toolcatalog
