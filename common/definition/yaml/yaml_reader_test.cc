#include "common/definition/yaml/yaml_reader.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/definition/yaml/yaml_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = YamlValue::Kind;

std::string Repeat(absl::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) absl::StrAppend(&all, text);
  return all;
}

// Text of a value such as {a:1,b:["x",null]}.
std::string Show(YamlValue value) {
  std::string text;
  switch (value.kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kScalar:
      return value.is_plain() ? std::string(value.text()) : absl::StrCat("\"", value.text(), "\"");
    case Kind::kSequence:
      for (const YamlValue& element : value.Elements()) absl::StrAppend(&text, text.empty() ? "" : ",", Show(element));
      return absl::StrCat("[", text, "]");
    case Kind::kMap:
      for (const auto& [key, entry] : value.Entries()) {
        absl::StrAppend(&text, text.empty() ? "" : ",", key.text(), ":", Show(entry));
      }
      return absl::StrCat("{", text, "}");
  }
  return text;
}

std::vector<std::string> Documents(absl::string_view text) {
  std::vector<std::string> documents;
  const absl::Status status = ReadYaml(text, [&](const YamlDocument& document) {
    documents.push_back(Show(document.root()));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return documents;
}

std::string Error(absl::string_view text) {
  const absl::Status status = ReadYaml(text, [](const YamlDocument&) { return absl::OkStatus(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST(ReadYaml, DeliversDocumentsInOrder) {
  EXPECT_THAT(Documents("a: 1\n---\n- x\n- 'y'\n--- text\n...\n---\n"),
              ElementsAre("{a:1}", "[x,\"y\"]", "text", "null"));
  EXPECT_THAT(Documents(""), ElementsAre());
  EXPECT_THAT(Documents("# only a comment\n"), ElementsAre());
  EXPECT_THAT(Documents("---"), ElementsAre("null"));
}

TEST(ReadYaml, KeepsOrderOfKeysAndSpellingOfScalars) {
  EXPECT_THAT(Documents("z: 1.10\na: 0x1F\nm: |\n  two\n  lines\nn:\nk: ~\ne: ''\n"),
              ElementsAre("{z:1.10,a:0x1F,m:\"two\nlines\n\",n:null,k:null,e:\"\"}"));
}

TEST(ReadYaml, TakesByteOrderMarkAndWindowsLineEnds) {
  EXPECT_THAT(Documents("\xEF\xBB\xBF"
                        "a: b\r\nc: |\r\n  x\r\n"),
              ElementsAre("{a:b,c:\"x\n\"}"));
}

TEST(ReadYaml, TakesJson) {
  EXPECT_THAT(Documents(R"({"a": [1, {"b": null}], "c": "\u00e9"})"), ElementsAre("{a:[1,{b:null}],c:\"\xC3\xA9\"}"));
}

TEST(ReadYaml, PositionsCountCharactersFromOne) {
  const absl::Status status = ReadYaml("a:\n  - \xC3\xA9\n  - {\xC3\xA9: x}\n", [](const YamlDocument& document) {
    const YamlValue list = document.root().Find("a")->value;
    const YamlValue::Entry entry = list.Elements()[1].Entries()[0];
    EXPECT_EQ(entry.value.line(), 3);
    EXPECT_EQ(entry.value.column(), 9);
    EXPECT_EQ(list.Elements()[0].line(), 2);
    EXPECT_EQ(list.Elements()[0].column(), 5);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST(ReadYaml, ResolvesAliases) {
  EXPECT_THAT(Documents("a: &x {b: [1, 2]}\nc: *x\ne: {&k d: &n }\nf: {*k : *n}\n"),
              ElementsAre("{a:{b:[1,2]},c:{b:[1,2]},e:{d:null},f:{d:null}}"));
}

TEST(ReadYaml, RefusesWhatIsNotYaml) {
  EXPECT_EQ(Error("a: [1, 2\n"), "line 2, column 1: end of sequence flow not found");
  EXPECT_THAT(Error("a: b: c\n"), HasSubstr("line 1, column 5: "));
  EXPECT_THAT(Error("}{"), HasSubstr("line 1, column 1: "));
  EXPECT_THAT(Error("a:\n\tb: c\n"), HasSubstr("line 2"));
  EXPECT_THAT(Error("a: b\n---\nc: [d\n"), HasSubstr("line 4"));
}

TEST(ReadYaml, RefusesQuotesWithoutEnd) {
  EXPECT_EQ(Error("a: \"abc\n"), "line 1, column 4: quoted text has no closing quote");
  EXPECT_EQ(Error("a: 'it''s\n"), "line 1, column 4: quoted text has no closing quote");
  EXPECT_EQ(Error("a: &x \"abc\\\"\n"), "line 1, column 4: quoted text has no closing quote");
  EXPECT_THAT(Error("a: \"abc"), HasSubstr("line 1"));
  EXPECT_THAT(Documents("a: 'it''s'"), ElementsAre("{a:\"it's\"}"));
  EXPECT_THAT(Documents("a: &x \"b\\\"\"\n"), ElementsAre("{a:\"b\"\"}"));
}

TEST(ReadYaml, RefusesKeysWithoutColon) {
  EXPECT_EQ(Error("a: 1\nfoo\n"), "line 2, column 1: expected \":\" after \"foo\"");
  EXPECT_EQ(Error("a:\n  b: 1\n  c\n"), "line 3, column 3: expected \":\" after \"c\"");
  EXPECT_THAT(Documents("a:\nb:\n  c:\n  d:\n? e\n? f\n"), ElementsAre("{a:null,b:{c:null,d:null},e:null,f:null}"));
}

TEST(ReadYaml, RefusesTagsMergeKeysAndOddKeys) {
  EXPECT_THAT(Error("a: !!str 1\n"), HasSubstr("line 1, column 4: tags are not supported"));
  EXPECT_THAT(Error("!!map\na: b\n"), HasSubstr("tags"));
  EXPECT_THAT(Error("a: ! 1\n"), HasSubstr("tags"));
  EXPECT_THAT(Error("a: &x {b: c}\nd:\n  <<: *x\n"), HasSubstr("line 3, column 3: merge keys"));
  EXPECT_THAT(Error("? [a]\n: b\n"), HasSubstr("a key must be text"));
  EXPECT_THAT(Error("a: &x [1]\n*x : b\n"), HasSubstr("a key must be text"));
  EXPECT_THAT(Error("~: b\n"), HasSubstr("a key must be text"));
  EXPECT_THAT(Documents("'<<': b\n'!a': '!b'\n"), ElementsAre("{<<:b,!a:\"!b\"}"));
}

TEST(ReadYaml, RefusesDuplicateKeys) {
  EXPECT_EQ(Error("a: 1\nb: 2\n'a': 3\n"), "line 3, column 1: key \"a\" is given twice, first on line 1");
  EXPECT_THAT(Error("x:\n  - {k: 1, k: 2}\n"), HasSubstr("line 2, column 12: key \"k\""));
  EXPECT_THAT(Documents("a: {k: 1}\nb: {k: 1}\n"), ElementsAre("{a:{k:1},b:{k:1}}"));
}

TEST(ReadYaml, RefusesAliasesThatCannotBeResolved) {
  EXPECT_THAT(Error("a: *nothing\n"), HasSubstr("line 1, column 4: "));
  EXPECT_THAT(Error("a: &x [*x]\n"), HasSubstr("alias within the value"));
  EXPECT_THAT(Error("a: &x 1\n---\nb: *x\n"), HasSubstr("line 3"));
}

TEST(ReadYaml, RefusesCharactersThatNoTextMayHold) {
  EXPECT_EQ(Error("a: 1\nb: \xC3\xA9\xFF\n"), "line 2, column 5: text must be UTF-8, got byte 0xff");
  EXPECT_EQ(Error(absl::string_view("a: b\0c\n", 7)), "line 1, column 5: control character U+0000 is not allowed");
  EXPECT_THAT(Error("a: b\x04\nc: d\n"), HasSubstr("U+0004"));
  EXPECT_THAT(Error(absl::string_view("\xFF\xFE"
                                      "a\0",
                                      4)),
              HasSubstr("UTF-8"));
  EXPECT_THAT(Error("a: 1\n\xEF\xBB\xBF"
                    "b: 2\n"),
              HasSubstr("line 2, column 1: a byte order mark"));
  EXPECT_THAT(Error("a: \"\\ud83d\"\n"), HasSubstr("line 1"));
}

TEST(ReadYaml, RefusesDirectivesButVersions) {
  EXPECT_THAT(Documents("%YAML 1.2\n---\na: b\n"), ElementsAre("{a:b}"));
  EXPECT_THAT(Error("a: b\n%c: d\n"), HasSubstr("line 2, column 1"));
}

TEST(ReadYaml, BoundsNesting) {
  EXPECT_THAT(Documents(Repeat("[", 64) + Repeat("]", 64)).size(), 1u);
  EXPECT_THAT(Error(Repeat("- ", 100'000)), HasSubstr("must nest at most 64 levels"));
  // The scanner takes an open bracket for a key.
  for (const char* deep : {"{a: ", "? ", "{", "[[{"}) {
    EXPECT_THAT(Error(Repeat(deep, 100'000)), HasSubstr("a key must be text")) << deep;
  }
  EXPECT_EQ(Error(Repeat("[", 100'000)), "line 1, column 65: must nest at most 64 levels");
  std::string chain = "a0: &a0 [1]\n";
  for (int i = 1; i < 100; ++i) absl::StrAppend(&chain, "a", i, ": &a", i, " [*a", i - 1, "]\n");
  EXPECT_THAT(Error(chain), HasSubstr("must nest at most 64 levels"));
}

TEST(ReadYaml, BoundsAliases) {
  std::string bomb = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    const std::string before = absl::StrCat("*", std::string(1, c - 1));
    absl::StrAppend(&bomb, std::string(1, c), ": &", std::string(1, c), " [", Repeat(before + ", ", 9), before, "]\n");
  }
  EXPECT_THAT(Error(bomb), HasSubstr("aliases must add at most"));
  const std::string wide = absl::StrCat("a: &a ", std::string(400'000, 'x'), "\nb: [", Repeat("*a, ", 100), "1]\n");
  EXPECT_THAT(Error(wide), HasSubstr("aliases must add at most"));
}

TEST(ReadYaml, BoundsValues) {
  const std::string line = absl::StrCat("- ", Repeat("[", 60), Repeat("]", 60), "\n");
  EXPECT_THAT(Error(Repeat(line, kMaxYamlValues / 60 + 1)), HasSubstr("must hold at most 5000000 values"));
}

TEST(ReadYaml, BoundsWhatTheScannerQueues) {
  for (const std::string& text :
       {"[" + Repeat("a,", 600'000), "- [" + Repeat("a,\n", 600'000) + "]\n", "#" + Repeat("x", 600'000),
        "a: |\n" + Repeat("  xyz\n", 150'000), "[a," + Repeat("[", 600'000), Repeat("{\n", 600'000)}) {
    EXPECT_THAT(Error(text), HasSubstr("must be shorter than 512 KiB")) << text.substr(0, 10);
  }
  EXPECT_THAT(Error("a: 1\nb: c\nd: " + Repeat("x", 600'000)), HasSubstr("line 3, column 1: a text"));
  EXPECT_THAT(Documents("a: " + Repeat("x", 400'000)).size(), 1u);
  EXPECT_THAT(Documents("a: [" + Repeat("b,", 600'000) + "]").size(), 1u);
}

TEST(ReadYaml, EndsWhenTheSinkFails) {
  int documents = 0;
  const absl::Status status = ReadYaml("a: 1\n---\nb: 2\n", [&](const YamlDocument&) {
    ++documents;
    return absl::CancelledError("enough");
  });
  EXPECT_EQ(status, absl::CancelledError("enough"));
  EXPECT_EQ(documents, 1);
}

}  // namespace
}  // namespace toolcatalog
