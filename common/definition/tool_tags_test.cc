#include "common/definition/tool_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;

TEST(ToolTagsTest, TagsMayBeOneText) {
  v1::Tool tool;
  (*tool.mutable_metadata()->mutable_fields())["tags"].set_string_value("Logs, text ,,logs");
  EXPECT_THAT(TagsOf(tool), ElementsAre("logs", "text"));
  (*tool.mutable_metadata()->mutable_fields())["tags"].set_number_value(1);
  EXPECT_THAT(TagsOf(tool), ElementsAre());
}

}  // namespace
}  // namespace toolcatalog
