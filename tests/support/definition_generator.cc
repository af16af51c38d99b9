#include "tests/support/definition_generator.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/definition/definition.h"
#include "common/definition/field_walk.h"
#include "google/protobuf/util/time_util.h"

namespace toolcatalog {

using google::protobuf::Struct;
using google::protobuf::Value;

v1::Tool DefinitionGenerator::Next() {
  v1::Tool tool;
  tool.set_platform("linux");
  tool.set_category("system");
  NormalizeDefinition(tool);
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

std::string DefinitionGenerator::Text(int max_pieces) {
  static const std::vector<std::string> kPieces = {
      "a",  "b", "Z",  "0",  "1",  ".",  " ",  "  ",   "\n",   "\n\n", "\t", "\r",     "\r\n",   ":", ": ",  "#",
      " #", "'", "\"", "\\", "-",  "- ", "? ", "!",    "&",    "*",    "{",  "}",      "[",      "]", ",",   "|",
      ">",  "%", "@",  "`",  "<<", "=",  "~",  "null", "true", "no",   "é",  "\u2028", "\uFEFF", "😀", "---", "..."};
  std::string text;
  for (int i = Below(max_pieces + 1); i > 0; --i) text += kPieces[Below(static_cast<int>(kPieces.size()))];
  return text;
}

std::string DefinitionGenerator::Short() {
  static const std::vector<std::string> kTexts = {"",     "a",     "1.0",   "null",   "a: b",
                                                  "yes",  "#x",    " lead", "trail ", "é",
                                                  "'q'",  "\"d\"", "{x}",   "- d",    "recent (5-15 min)",
                                                  "a\\b", "~"};
  return kTexts[Below(static_cast<int>(kTexts.size()))];
}

double DefinitionGenerator::Number() {
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

Value DefinitionGenerator::Free(int levels) {
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

Struct DefinitionGenerator::Object(int levels) {
  static const std::vector<std::string> kFields = {"extra", "name", "tool_name", "revision", "patterns", "speed"};
  Struct object;
  for (int i = Below(4); i > 0; --i) {
    const std::string key = Below(8) == 0 ? kFields[Below(static_cast<int>(kFields.size()))] : Text(5);
    (*object.mutable_fields())[key] = Free(levels);
  }
  return object;
}

void DefinitionGenerator::Fill(Message& message) {
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const Field& field = *descriptor->field(i);
    const bool is_name = field.name() == "capability_name" || field.name() == "pattern_name" ||
                         field.name() == "name" || field.name() == "type";
    if (is_name) {
      PutText(message, field, absl::StrCat(Short(), "~", ++names_));
    } else if (field.is_repeated()) {
      for (int n = Below(3); n > 0; --n) Put(message, field);
    } else if (Chance()) {
      Put(message, field);
    }
  }
}

std::string DefinitionGenerator::TextFor(const Field& field) {
  // Texts that have a language of their own.
  static const std::map<std::string, std::string> kLanguages = {{"time_estimate_ms", "10 + 2 * N"},
                                                                {"cost_estimate", "ceil(N / 3)"},
                                                                {"requires_background_if", "N > 50 and not N == 7"},
                                                                {"validation", "^[a-z: #]+$"},
                                                                {"replacement", "other_tool"}};
  if (const auto text = kLanguages.find(field.name()); text != kLanguages.end()) return text->second;
  const bool is_long = field.name() == "description" || field.name() == "example_request";
  const bool is_phrase = field.is_repeated() && field.name() != "allowed_environments";
  return is_long ? Text(15) : is_phrase ? Text(10) : Short();
}

void DefinitionGenerator::Put(Message& message, const Field& field) {
  const bool is_score =
      message.GetDescriptor() == v1::PreferenceMatch::descriptor() || field.name() == "complexity_score";
  switch (FormOf(field)) {
    case FieldForm::kText:
      PutText(message, field, TextFor(field));
      return;
    case FieldForm::kBytes:
      PutText(message, field, absl::Base64Escape(Text(5)));
      return;
    case FieldForm::kEnum:
      PutText(message, field, field.enum_type()->value(Below(field.enum_type()->value_count()))->name());
      return;
    case FieldForm::kInteger:
      PutText(message, field, absl::StrCat(Below(1000)));
      return;
    case FieldForm::kNumber:
      PutNumber(message, field, is_score ? Below(100) / 99.0 : Number());
      return;
    case FieldForm::kBool:
      return PutBool(message, field, Chance());
    case FieldForm::kTime:
      return PutMessage(message, field)
          .CopyFrom(google::protobuf::util::TimeUtil::SecondsToTimestamp(Below(1'000'000)));
    case FieldForm::kObject:
      return PutMessage(message, field).CopyFrom(Object(3));
    case FieldForm::kFree:
      return PutMessage(message, field).CopyFrom(Free(3));
    case FieldForm::kMessage:
      return Fill(PutMessage(message, field));
  }
}

}  // namespace toolcatalog
