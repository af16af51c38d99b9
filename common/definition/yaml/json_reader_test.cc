#include "common/definition/yaml/json_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using Kind = YamlValue::Kind;

// The tree as text: scalars as <text>, plain ones without the brackets.
std::string Show(YamlValue value) {
  std::string shown;
  switch (value.kind()) {
    case Kind::kNull:
      return "~";
    case Kind::kScalar:
      return value.is_plain() ? std::string(value.text()) : absl::StrCat("<", value.text(), ">");
    case Kind::kSequence:
      for (const YamlValue& element : value.Elements()) absl::StrAppend(&shown, Show(element), " ");
      return absl::StrCat("[", shown, "]");
    case Kind::kMap:
      for (const auto& [key, body] : value.Entries()) absl::StrAppend(&shown, Show(key), "=", Show(body), " ");
      return absl::StrCat("{", shown, "}");
  }
  return shown;
}

std::string Read(absl::string_view text) {
  const std::optional<YamlDocument> document = ReadJson(text);
  return document ? Show(document->root()) : "no";
}

TEST(ReadJson, ReadsEveryKind) {
  EXPECT_EQ(Read(" {} "), "{}");
  EXPECT_EQ(Read("[]\n"), "[]");
  EXPECT_EQ(Read(R"({"a": [1, -0.5e+3, "x", true, false, null], "b": {"": {}}})"),
            "{<a>=[1 -0.5e+3 <x> true false ~ ] <b>={<>={} } }");
  EXPECT_EQ(Read("[-0, 0, -0.0, 1e5]"), "[-0.0 0 -0.0 1e5 ]");
  EXPECT_EQ(Read(R"(["1", "null", "\"\\\/\b\f\n\r\t"])"), "[<1> <null> <\"\\/\b\f\n\r\t> ]");
  EXPECT_EQ(Read(R"(["\u0041\u00e9\u20AC\ud83d\ude00 é"])"), "[<Aé€😀 é> ]");
}

TEST(ReadJson, KnowsTheLines) {
  const std::optional<YamlDocument> document = ReadJson("[\n  {\"a\":\n 5},\n\n  7]");
  ASSERT_TRUE(document.has_value());
  const YamlValue five = document->root().Elements()[0].Find("a")->value;
  EXPECT_EQ(five.line(), 3);
  EXPECT_EQ(five.column(), 2);
  EXPECT_EQ(document->root().Elements()[1].line(), 5);
}

TEST(ReadJson, RefusesWhatIsNotJson) {
  for (const char* text : {"",
                           "5",
                           "\"a\"",
                           "{",
                           "[",
                           "[1",
                           "[1,]",
                           "[1 2]",
                           "[,]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a: 1}",
                           "{'a': 1}",
                           "[01]",
                           "[1.]",
                           "[.5]",
                           "[1e]",
                           "[+1]",
                           "[-]",
                           "[tru]",
                           "[nulL]",
                           "[\"\\x\"]",
                           "[\"\\u12\"]",
                           "[\"\\ud83d\"]",
                           "[\"\\ude00\"]",
                           "[\"\\ud83d\\u0041\"]",
                           "[\"a\nb\"]",
                           "[\"a",
                           "[] []",
                           "[]]",
                           "# c\n[]",
                           "{\"a\":1,\"a\":2}",
                           "{\"a\": 1} # c",
                           "[1]x"}) {
    EXPECT_EQ(Read(text), "no") << text;
  }
  EXPECT_EQ(Read(std::string(64, '[') + std::string(64, ']')).substr(0, 3), "[[[");
  EXPECT_EQ(Read(std::string(65, '[') + std::string(65, ']')), "no");
  EXPECT_EQ(Read(std::string(1'000'000, '[')), "no");
}

}  // namespace
}  // namespace toolcatalog
