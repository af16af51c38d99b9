#include "catalog_service/model/update_mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

google::protobuf::FieldMask MaskOf(std::initializer_list<const char*> paths) {
  google::protobuf::FieldMask mask;
  for (const char* path : paths) mask.add_paths(path);
  return mask;
}

TEST(PathsToUpdateTest, WithoutAMaskTheSetFieldsCount) {
  v1::Tool tool;
  tool.set_description("x");
  tool.set_enabled(false);
  tool.mutable_defaults();
  tool.set_revision(7);
  tool.set_etag("7-x");
  EXPECT_THAT(*PathsToUpdate(tool, nullptr), ElementsAre("defaults", "description", "enabled"));
}

TEST(PathsToUpdateTest, PathsEndAtListsAndFreeObjects) {
  const auto mask = MaskOf({"metadata.author", "capabilities.0.description", "defaults.freshness", "defaults.extra.x"});
  EXPECT_THAT(*PathsToUpdate({}, &mask),
              ElementsAre("capabilities", "defaults.extra", "defaults.freshness", "metadata"));
}

TEST(PathsToUpdateTest, FieldsSetByTheServerAreIgnored) {
  const auto mask = MaskOf({"revision", "etag", "is_latest", "created_at", "updated_at.seconds"});
  EXPECT_THAT(*PathsToUpdate({}, &mask), IsEmpty());
}

TEST(PathsToUpdateTest, UnknownFieldsAreNamed) {
  const auto mask = MaskOf({"description", "defaults.colour"});
  const absl::Status status = PathsToUpdate({}, &mask).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"defaults.colour\""));
}

TEST(PathsToUpdateTest, NothingCanBeNamedBelowAPlainValue) {
  const auto mask = MaskOf({"description.x"});
  EXPECT_TRUE(absl::IsInvalidArgument(PathsToUpdate({}, &mask).status()));
}

TEST(ReplaceFieldsTest, ReplacesSetsAndClears) {
  v1::Tool from, to;
  from.set_description("new");
  (*from.mutable_metadata()->mutable_fields())["b"].set_number_value(1);
  to.set_description("old");
  to.set_platform("linux");
  to.set_enabled(true);
  to.add_examples()->set_name("gone");
  (*to.mutable_metadata()->mutable_fields())["a"].set_number_value(1);
  ReplaceFields({"description", "metadata", "examples", "enabled", "defaults.scope"}, from, to);
  EXPECT_EQ(to.description(), "new");
  EXPECT_EQ(to.platform(), "linux");
  EXPECT_FALSE(to.has_enabled());
  EXPECT_EQ(to.examples_size(), 0);
  EXPECT_EQ(to.metadata().fields_size(), 1);
  EXPECT_EQ(to.metadata().fields().count("b"), 1u);
}

}  // namespace
}  // namespace toolcatalog
