#include "common/definition_writer.h"

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/definition.h"
#include "common/definition_validator.h"
#include "common/definition_yaml.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<ImportItem> Read(absl::string_view yaml) {
  const DefinitionValidator validator(DefaultVocabulary());
  std::vector<ImportItem> items;
  const absl::Status status = ReadDefinitions(yaml, validator, [&](ImportItem item) {
    items.push_back(std::move(item));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return items;
}

std::string Write(const v1::Tool& tool) {
  DefinitionWriter writer;
  writer.Add(tool);
  return writer.Take();
}

// Writes and reads the tool and returns its YAML.
std::string RoundTrip(const v1::Tool& tool) {
  const std::string yaml = Write(tool);
  const std::vector<ImportItem> items = Read(yaml);
  EXPECT_THAT(items, SizeIs(1)) << yaml;
  if (items.size() != 1) return yaml;
  for (const v1::ImportProblem& error : items[0].errors) ADD_FAILURE() << error.ShortDebugString() << "\n" << yaml;
  EXPECT_TRUE(SerializeDeterministically(items[0].tool) == SerializeDeterministically(tool))
      << yaml << "\nwas read as\n"
      << items[0].tool.DebugString() << "\ninstead of\n"
      << tool.DebugString();
  return yaml;
}

v1::Tool SmallTool() {
  v1::Tool tool;
  tool.set_tool_name("t");
  tool.set_description("d");
  tool.set_platform("linux");
  tool.set_category("system");
  NormalizeDefinition(tool);
  return tool;
}

v1::Tool Parse(const std::string& text) {
  v1::Tool tool = SmallTool();
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(text, &tool));
  return tool;
}

constexpr char kSmallYaml[] =
    "---\ntool_name: t\nversion: \"1.0\"\ndescription: d\nplatform: linux\ncategory: system\nstatus: active\n"
    "enabled: true\n";

TEST(DefinitionWriter, WritesTheCommonForm) {
  const v1::Tool tool = Parse(R"(
      defaults { freshness: 'live' extra { fields { key: 'protocol' value { string_value: 'http' } } } }
      dependencies { name: 'sudo' type: 'binary' required: false }
      dependencies { name: 'x' type: 'service' }
      capabilities {
        capability_name: 'c: d'
        description: 'Two\nlines.\n'
        patterns {
          pattern_name: 'p' typical_use_cases: 'list all' typical_use_cases: '' complexity_score: 0.25
          policy { requires_approval: true max_cost: 0 }
          required_inputs { name: 'i' validation: '^\\d+$' default { null_value: NULL_VALUE } }
        }
      }
      capabilities { capability_name: 'e' }
      extra { fields { key: 'zone' value { list_value {} } } fields { key: 'a' value { number_value: 3 } } })");
  EXPECT_EQ(RoundTrip(tool), absl::StrCat(kSmallYaml, R"(defaults:
  freshness: live
  protocol: http
dependencies:
  - name: sudo
    type: binary
    required: false
  - name: x
    type: service
capabilities:
  "c: d":
    description: |
      Two
      lines.
    patterns:
      p:
        typical_use_cases:
          - list all
          - ""
        complexity_score: 0.25
        policy:
          max_cost: 0
          requires_approval: true
        required_inputs:
          - name: i
            validation: '^\d+$'
            default: null
  e: {}
a: 3
zone: []
)"));
}

TEST(DefinitionWriter, LeavesOutWhatTheServerSets) {
  v1::Tool tool = SmallTool();
  tool.set_revision(5);
  tool.set_etag("5-abc");
  tool.set_is_latest(true);
  tool.mutable_created_at()->set_seconds(1);
  tool.mutable_updated_at()->set_seconds(2);
  tool.set_created_by("ann");
  EXPECT_EQ(Write(tool), absl::StrCat(kSmallYaml, "created_by: ann\n"));
}

TEST(DefinitionWriter, WritesLifeCycleFields) {
  const v1::Tool tool = Parse(
      "status: 'deprecated' status_reason: 'old' replacement: 'u' "
      "sunset_at { seconds: 1896091200 nanos: 500000000 }");
  EXPECT_THAT(RoundTrip(tool),
              HasSubstr("status_reason: old\nreplacement: u\nsunset_at: \"2030-01-31T12:00:00.500Z\"\n"));
}

TEST(DefinitionWriter, KeysThatNameAFieldStandInABlock) {
  const std::string yaml = RoundTrip(Parse(R"(
      extra {
        fields { key: 'revision' value { number_value: 7 } }
        fields { key: 'extra' value { struct_value {} } }
        fields { key: 'other' value { string_value: 'x' } }
      })"));
  EXPECT_EQ(yaml, absl::StrCat(kSmallYaml, "extra:\n  extra: {}\n  other: x\n  revision: 7\n"));
}

TEST(DefinitionWriter, EmptyMessagesStayPresent) {
  RoundTrip(
      Parse("defaults {} metadata {} extra {} dependencies { name: 'n' type: 't' extra {} } examples {} "
            "examples { inputs {} } capabilities { capability_name: 'c' patterns { pattern_name: 'p' policy {} "
            "preference_match { extra {} } api_parameters {} output { null_value: NULL_VALUE } } }"));
}

TEST(DefinitionWriter, AwkwardTexts) {
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

TEST(DefinitionWriter, NumbersReadBackExactly) {
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

TEST(DefinitionWriter, LargestText) {
  for (const char* unit : {"a", "\n", "\"", "'", "'\"", "\\\"'", "\t", "\u2028", "a\n"}) {
    v1::Tool tool = SmallTool();
    std::string& text = *(*tool.mutable_metadata()->mutable_fields())["t"].mutable_string_value();
    while (text.size() < 262'000) text += unit;
    RoundTrip(tool);
  }
}

TEST(DefinitionToJson, ReadsBackAndHasNoServerFields) {
  v1::Tool tool = Parse("capabilities { capability_name: 'c' } metadata {}");
  const v1::Tool plain = tool;
  tool.set_revision(5);
  tool.set_etag("x");
  tool.set_is_latest(true);
  tool.mutable_updated_at()->set_seconds(2);
  const absl::StatusOr<std::string> json = DefinitionToJson(tool);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_THAT(*json, HasSubstr("\"capability_name\":\"c\""));
  v1::Tool back;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(*json, &back).ok()) << *json;
  EXPECT_EQ(SerializeDeterministically(back), SerializeDeterministically(plain));
}

// Makes random valid tools.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  v1::Tool Tool() {
    v1::Tool tool = SmallTool();
    tool.set_tool_name(absl::StrCat("tool-", Below(1000)));
    tool.set_description(absl::StrCat("d", Text(20)));
    if (Chance()) Fill(*tool.mutable_defaults());
    for (int i = Below(3); i > 0; --i) Fill(*tool.add_dependencies());
    for (int i = Below(3); i > 0; --i) Fill(*tool.add_examples());
    for (int i = Below(4); i > 0; --i) Fill(*tool.add_capabilities());
    if (Chance()) *tool.mutable_metadata() = Object(4);
    if (Chance()) *tool.mutable_extra() = Object(4);
    tool.set_enabled(Chance());
    tool.set_created_by(Short());
    tool.set_updated_by(Short());
    tool.set_execution_location(Short());
    return tool;
  }

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool Chance() { return Below(2) == 0; }

  std::string Text(int max_pieces) {
    static const std::vector<std::string> kPieces = {
        "a",  "b", "Z",  "0",  "1",  ".",  " ",  "  ",   "\n",   "\n\n", "\t", "\r",     "\r\n",   ":", ": ",  "#",
        " #", "'", "\"", "\\", "-",  "- ", "? ", "!",    "&",    "*",    "{",  "}",      "[",      "]", ",",   "|",
        ">",  "%", "@",  "`",  "<<", "=",  "~",  "null", "true", "no",   "é",  "\u2028", "\uFEFF", "😀", "---", "..."};
    std::string text;
    for (int i = Below(max_pieces + 1); i > 0; --i) text += kPieces[Below(static_cast<int>(kPieces.size()))];
    return text;
  }

  std::string Short() {
    static const std::vector<std::string> kTexts = {"",     "a",     "1.0",   "null",   "a: b",
                                                    "yes",  "#x",    " lead", "trail ", "é",
                                                    "'q'",  "\"d\"", "{x}",   "- d",    "recent (5-15 min)",
                                                    "a\\b", "~"};
    return kTexts[Below(static_cast<int>(kTexts.size()))];
  }

  double Number() {
    switch (Below(4)) {
      case 0:
        return Below(1000);
      case 1:
        return Below(1000) / 1000.0;
      case 2:
        return std::ldexp(std::uniform_real_distribution<double>(0, 1)(random_), Below(200) - 50);
      default:
        return 0;
    }
  }

  Value Free(int levels) {
    Value value;
    switch (Below(levels > 0 ? 6 : 4)) {
      case 0:
        value.set_null_value(google::protobuf::NULL_VALUE);
        break;
      case 1:
        value.set_bool_value(Chance());
        break;
      case 2:
        value.set_number_value(Chance() ? Number() : -Number());
        break;
      case 3:
        value.set_string_value(Text(8));
        break;
      case 4:
        *value.mutable_struct_value() = Object(levels - 1);
        break;
      default:
        value.mutable_list_value();
        for (int i = Below(4); i > 0; --i) *value.mutable_list_value()->add_values() = Free(levels - 1);
    }
    return value;
  }

  Struct Object(int levels) {
    static const std::vector<std::string> kFields = {"extra", "name", "tool_name", "revision", "patterns", "speed"};
    Struct object;
    for (int i = Below(4); i > 0; --i) {
      const std::string key = Below(8) == 0 ? kFields[Below(static_cast<int>(kFields.size()))] : Text(5);
      (*object.mutable_fields())[key] = Free(levels);
    }
    return object;
  }

  // Sets about half of the fields of a message other than a tool, and its names.
  void Fill(Message& message) {
    const auto* descriptor = message.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const Field& field = *descriptor->field(i);
      const bool is_name = field.name() == "capability_name" || field.name() == "pattern_name" ||
                           field.name() == "name" || field.name() == "type";
      if (is_name) {
        message.GetReflection()->SetString(&message, &field, absl::StrCat(Short(), "~", ++names_));
      } else if (field.is_repeated()) {
        for (int n = Below(3); n > 0; --n) Add(message, field);
      } else if (Chance()) {
        Set(message, field);
      }
    }
  }

  void Add(Message& message, const Field& field) {
    const auto* reflection = message.GetReflection();
    if (field.cpp_type() == Field::CPPTYPE_STRING) {
      const bool is_short = field.name() == "allowed_environments";
      return reflection->AddString(&message, &field, is_short ? Short() : Text(10));
    }
    Message& entry = *reflection->AddMessage(&message, &field);
    if (field.message_type() == Value::descriptor()) return entry.CopyFrom(Free(3));
    Fill(entry);
  }

  void Set(Message& message, const Field& field) {
    const auto* reflection = message.GetReflection();
    // Texts that have a language of their own.
    static const std::map<std::string, std::string> kLanguages = {{"time_estimate_ms", "10 + 2 * N"},
                                                                  {"cost_estimate", "ceil(N / 3)"},
                                                                  {"requires_background_if", "N > 50 and not N == 7"},
                                                                  {"validation", "^[a-z: #]+$"},
                                                                  {"replacement", "other_tool"}};
    if (const auto text = kLanguages.find(field.name()); text != kLanguages.end()) {
      return reflection->SetString(&message, &field, text->second);
    }
    if (field.cpp_type() == Field::CPPTYPE_STRING) {
      const bool is_long = field.name() == "description" || field.name() == "example_request";
      return reflection->SetString(&message, &field, is_long ? Text(15) : Short());
    }
    if (field.cpp_type() == Field::CPPTYPE_BOOL) return reflection->SetBool(&message, &field, Chance());
    if (field.cpp_type() == Field::CPPTYPE_DOUBLE) {
      const bool is_score =
          message.GetDescriptor() == v1::PreferenceMatch::descriptor() || field.name() == "complexity_score";
      return reflection->SetDouble(&message, &field, is_score ? Below(100) / 99.0 : Number());
    }
    Message& value = *reflection->MutableMessage(&message, &field);
    if (field.message_type() == Value::descriptor()) return value.CopyFrom(Free(3));
    if (field.message_type() == Struct::descriptor()) return value.CopyFrom(Object(3));
    Fill(value);
  }

  std::mt19937 random_;
  int names_ = 0;
};

TEST(DefinitionWriter, EveryValidToolReadsBack) {
  const DefinitionValidator validator(DefaultVocabulary());
  Generator generator(20240607);
  int valid = 0;
  for (int i = 0; i < 2000 && !HasFailure(); ++i) {
    const v1::Tool tool = generator.Tool();
    if (!validator.Validate(tool).empty()) continue;
    ++valid;
    RoundTrip(tool);
  }
  EXPECT_GT(valid, 1500);
}

TEST(DefinitionWriter, ManyDocumentsAreOneText) {
  Generator generator(7);
  DefinitionWriter writer;
  std::vector<v1::Tool> tools;
  const DefinitionValidator validator(DefaultVocabulary());
  while (tools.size() < 500) {
    v1::Tool tool = generator.Tool();
    if (!validator.Validate(tool).empty()) continue;
    tool.set_tool_name(absl::StrCat("tool-", tools.size()));
    tools.push_back(tool);
  }
  absl::Duration writing = absl::ZeroDuration();
  for (const v1::Tool& tool : tools) {
    const absl::Time start = absl::Now();
    writer.Add(tool);
    writing += absl::Now() - start;
  }
  RecordProperty("bytes", static_cast<int>(writer.size()));
  RecordProperty("write_us", static_cast<int>(absl::ToInt64Microseconds(writing)));
  const std::vector<ImportItem> items = Read(writer.Take());
  ASSERT_THAT(items, SizeIs(tools.size()));
  for (size_t i = 0; i < tools.size(); ++i) {
    EXPECT_THAT(items[i].errors, IsEmpty());
    EXPECT_EQ(SerializeDeterministically(items[i].tool), SerializeDeterministically(tools[i]));
  }
  EXPECT_THAT(writer.Take(), IsEmpty());
}

}  // namespace
}  // namespace toolcatalog
