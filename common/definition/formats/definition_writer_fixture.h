#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_WRITER_FIXTURE_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_WRITER_FIXTURE_H_

#include <string>
#include <vector>

#include "common/definition/definition.h"
#include "common/definition/formats/definition_writer.h"
#include "common/definition/formats/definition_yaml.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/support/definition_testing.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Writes tools as YAML, and reads them back.
class DefinitionWriterFixture : public testing::Test {
 protected:
  // The YAML of one tool.
  static std::string Write(const v1::Tool& tool) {
    DefinitionWriter writer;
    writer.Add(tool);
    return writer.Take();
  }

  // Writes a tool, expects to read the same one back, and returns its YAML.
  static std::string RoundTrip(const v1::Tool& tool) {
    const std::string yaml = Write(tool);
    const std::vector<ImportItem> items = ReadItems(yaml);
    EXPECT_EQ(items.size(), 1u) << yaml;
    if (items.size() != 1) return yaml;
    for (const v1::ImportProblem& error : items[0].errors) ADD_FAILURE() << error.ShortDebugString() << "\n" << yaml;
    EXPECT_TRUE(SerializeDeterministically(items[0].tool) == SerializeDeterministically(tool))
        << yaml << "\nwas read as\n"
        << items[0].tool.DebugString() << "\ninstead of\n"
        << tool.DebugString();
    return yaml;
  }

  // A valid tool without capabilities.
  static v1::Tool SmallTool() {
    v1::Tool tool;
    tool.set_tool_name("t");
    tool.set_description("d");
    tool.set_platform("linux");
    tool.set_category("system");
    NormalizeDefinition(tool);
    return tool;
  }

  // The small tool with more fields, in the text format of protobuf.
  static v1::Tool Parse(const std::string& text) {
    v1::Tool tool = SmallTool();
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(text, &tool));
    return tool;
  }
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_WRITER_FIXTURE_H_
