#include "common/definition/yaml/json_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
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

// The tree of a JSON text, "no" if it is none, or the error.
std::string Read(absl::string_view text) {
  const absl::StatusOr<std::optional<YamlDocument>> document = ReadJson(text);
  if (!document.ok()) return std::string(document.status().message());
  return document->has_value() ? Show((*document)->root()) : "no";
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

TEST(ReadJson, KeepsNumbersAsTheyAreWritten) {
  EXPECT_EQ(Read("[9007199254740993, 1.10, 1E+05, 0.1e-3, 123456789012345678901234567890, 1e-999]"),
            "[9007199254740993 1.10 1E+05 0.1e-3 123456789012345678901234567890 1e-999 ]");
  EXPECT_EQ(Read("[-0, {\"-0\": -0}, \"-0\"]"), "[-0.0 {<-0>=-0.0 } <-0> ]");
}

// Line and column of each value, keys included.
void Places(YamlValue value, std::string& places) {
  absl::StrAppend(&places, value.line(), ":", value.column(), " ");
  if (value.kind() == Kind::kSequence) {
    for (const YamlValue& element : value.Elements()) Places(element, places);
  } else if (value.kind() == Kind::kMap) {
    for (const auto& [key, body] : value.Entries()) {
      Places(key, places);
      Places(body, places);
    }
  }
}

TEST(ReadJson, KnowsWhereEachValueStands) {
  const absl::StatusOr<std::optional<YamlDocument>> document =
      ReadJson(" {\"\\u00e9\\n\":\"é\" , \"b\"\n:\n [ true,false\t,null,\r\n-0 ,\"x\\\"\", {}],\"c\"  :[]}");
  ASSERT_TRUE(document.ok() && document->has_value()) << document.status();
  std::string places;
  Places((*document)->root(), places);
  EXPECT_EQ(places, "1:2 1:3 1:14 1:20 3:2 3:4 3:9 3:16 4:1 4:5 4:12 4:16 4:22 ");
}

TEST(ReadJson, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",        "5",        "\"a\"",          "{",      "[",         "[1",          "[1,]",       "[1 2]", "[,]",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}",     "{a: 1}", "{'a': 1}",  "[01]",        "[1.]",       "[.5]",  "[1e]",
        "[+1]",    "[-]",      "[tru]",          "[nulL]", "[\"\\x\"]", "[\"\\u12\"]", "[\"a\nb\"]", "[\"a",  "[] []",
        "[]]",     "# c\n[]",  "{\"a\": 1} # c", "[1]x"}) {
    EXPECT_EQ(Read(text), "no") << text;
  }
  EXPECT_EQ(Read(absl::string_view("[]\0", 3)), "no");
  EXPECT_EQ(Read(absl::string_view("[\"a\0b\"]", 7)), "no");
}

TEST(ReadJson, NamesHalfOfASurrogatePair) {
  EXPECT_EQ(Read("{\"description\":\"cut \\ud83d\"}"),
            "line 1, column 21: \"\\ud83d\" is half of a surrogate pair; a character needs both halves");
  EXPECT_THAT(Read("[\"\",\n \"\\u00e9\\ud83d\\ude00\\\\ud\\uDE00\"]"),
              StartsWith("line 2, column 25: \"\\uDE00\" is half"));
  EXPECT_THAT(Read("[\"\\ud83d\\u0041\"]"), StartsWith("line 1, column 3: \"\\ud83d\" is half"));
  EXPECT_THAT(Read("{\"\\ude00\": 1}"), StartsWith("line 1, column 3: \"\\ude00\" is half"));
}

TEST(ReadJson, KeepsWhatOthersHaveToJudge) { EXPECT_EQ(Read("[\"a\\u0000b\\u0007\"]"), std::string("[<a\0b\7> ]", 9)); }

TEST(ReadJson, NamesKeysThatAreGivenTwice) {
  EXPECT_EQ(Read("{\"a\":1,\n\"b\":2, \"a\":3}"), "line 2, column 8: key \"a\" is given twice, first on line 1");
  std::string wide = "{";
  for (int i = 0; i < 40; ++i) absl::StrAppend(&wide, "\"k", i, "\": {\"k\": ", i, "}, ");
  EXPECT_THAT(Read(wide + "\"k\": 1}"), StartsWith("{<k0>={<k>=0 }"));
  EXPECT_THAT(Read(wide + "\"\\u006b39\": 1}"), HasSubstr("key \"k39\" is given twice"));
}

TEST(ReadJson, NamesNumbersBeyondADouble) {
  EXPECT_EQ(Read("[1,\n 1e400 ]"), "line 2, column 2: a number must be within the range of a double, got \"1e400\"");
  EXPECT_THAT(Read("{\"a\": " + std::string(400, '9') + "}"), StartsWith("line 1, column 7: a number must be within"));
  // YAML reads a text.
  EXPECT_EQ(Read("[550e8400-e29b-41d4-a716-446655440000]"), "no");
  EXPECT_EQ(Read("[1e999 b]"), "no");
}

TEST(ReadJson, EndsAtItsBounds) {
  EXPECT_EQ(Read(std::string(64, '[') + std::string(64, ']')).substr(0, 3), "[[[");
  EXPECT_EQ(Read(std::string(65, '[') + std::string(65, ']')), "line 1, column 65: must nest at most 64 levels");
  EXPECT_EQ(Read(std::string(1'000'000, '[')), "line 1, column 65: must nest at most 64 levels");
  std::string many = "[0";
  while (many.size() < 2 * kMaxYamlValues) many += ",0";
  EXPECT_EQ(Read(many + "]"), "line 1: must hold at most 5000000 values, got more");
}

}  // namespace
}  // namespace toolcatalog
