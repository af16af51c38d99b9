// Texts and numbers that are hard to write come back as they were.

#include <limits>
#include <string>
#include <vector>

#include "common/definition/formats/definition_writer_fixture.h"
#include "gtest/gtest.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::Struct;

using DefinitionWriterTextsTest = DefinitionWriterFixture;

TEST_F(DefinitionWriterTextsTest, AwkwardTexts) {
  const std::vector<std::string> texts = {"",
                                          " ",
                                          "  a",
                                          "a ",
                                          "\t",
                                          "a\tb",
                                          "\r",
                                          "a\r\nb",
                                          "\n",
                                          "\n\n",
                                          "a\n",
                                          "a\n\n",
                                          "a\n\nb",
                                          "a\n  b\n",
                                          " a\nb",
                                          "a \nb",
                                          "a\n ",
                                          "a\nb ",
                                          "\na",
                                          "null",
                                          "Null",
                                          "~",
                                          "true",
                                          "FALSE",
                                          "yes",
                                          "No",
                                          "on",
                                          "y",
                                          "1",
                                          "1.0",
                                          "-1",
                                          "+1",
                                          "1e5",
                                          ".5",
                                          "0x1F",
                                          "0o7",
                                          ".inf",
                                          "-.Inf",
                                          ".nan",
                                          "2024-01-01",
                                          "12:30:00",
                                          "1_000",
                                          "a: b",
                                          "a:",
                                          "a:b",
                                          ":",
                                          "a #b",
                                          "#",
                                          "a#b",
                                          "- a",
                                          "-",
                                          "--- a",
                                          "---",
                                          "...",
                                          "? a",
                                          "?",
                                          "!a",
                                          "!!str a",
                                          "&a",
                                          "*a",
                                          "|",
                                          ">",
                                          "%YAML 1.2",
                                          "%",
                                          "@a",
                                          "`a`",
                                          "{a}",
                                          "[a]",
                                          "a, b",
                                          "]",
                                          "}",
                                          "'",
                                          "''",
                                          "'a'",
                                          "\"",
                                          "\"a\"",
                                          "a\"b'c",
                                          "\\",
                                          "\\n",
                                          "a\\",
                                          "^[\\w\"']+$",
                                          "<<",
                                          "=",
                                          "é",
                                          "日本語",
                                          "😀",
                                          "a\u00A0",
                                          "\u2028",
                                          "a\u2029",
                                          "\uFEFF",
                                          "\uFEFFa",
                                          "\u202Ea",
                                          "\uFFFE",
                                          "\uD7FF",
                                          "\U0010FFFF",
                                          "x: |\n  y\n",
                                          "# a\nb\n",
                                          "--- a\n---\n",
                                          "a\n...\nb",
                                          "a\n# b",
                                          "%a\nb",
                                          "|\n a",
                                          "a\n\tb",
                                          "\ta\nb",
                                          "key:\n- a\n",
                                          "tool_name: x\n",
                                          "no\n",
                                          "a\u0300\nb",
                                          std::string(3000, 'a'),
                                          std::string(3000, '"'),
                                          std::string(2000, '\n')};
  v1::Tool tool = SmallTool();
  Struct& all = *tool.mutable_extra();
  auto& list = *(*tool.mutable_metadata()->mutable_fields())["texts"].mutable_list_value();
  for (const std::string& text : texts) {
    list.add_values()->set_string_value(text);
    (*all.mutable_fields())[text].set_string_value(text);
    (*(*all.mutable_fields())["below"].mutable_struct_value()->mutable_fields())[text].mutable_list_value();
    (*list.add_values()->mutable_struct_value()->mutable_fields())[text].set_string_value(text);
  }
  RoundTrip(tool);
}

TEST_F(DefinitionWriterTextsTest, NumbersReadBackExactly) {
  const std::vector<double> numbers = {0,
                                       -0.0,
                                       1,
                                       -1,
                                       0.1,
                                       1.0 / 3,
                                       1e21,
                                       1e-7,
                                       9007199254740991,
                                       9007199254740992,
                                       9007199254740994,
                                       123456789012345680000.0,
                                       1e300,
                                       std::numeric_limits<double>::max(),
                                       std::numeric_limits<double>::lowest(),
                                       std::numeric_limits<double>::min(),
                                       std::numeric_limits<double>::denorm_min()};
  v1::Tool tool = SmallTool();
  auto& list = *(*tool.mutable_metadata()->mutable_fields())["n"].mutable_list_value();
  for (const double number : numbers) list.add_values()->set_number_value(number);
  tool.add_examples()->set_expected_cost(1e300);
  tool.add_examples()->set_expected_time_ms(-0.0);
  RoundTrip(tool);
}

TEST_F(DefinitionWriterTextsTest, LargestText) {
  for (const char* unit : {"a", "\n", "\"", "'", "'\"", "\\\"'", "\t", "\u2028", "a\n"}) {
    v1::Tool tool = SmallTool();
    std::string& text = *(*tool.mutable_metadata()->mutable_fields())["t"].mutable_string_value();
    while (text.size() < 262'000) text += unit;
    RoundTrip(tool);
  }
}

}  // namespace
}  // namespace toolcatalog
