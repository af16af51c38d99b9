#include "common/definition/formats/definition_reader.h"

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/definition/definition_limits.h"
#include "common/definition/field_walk.h"
#include "common/definition/yaml/yaml_scalar.h"
#include "common/text.h"
#include "common/timestamps.h"
#include "google/protobuf/timestamp.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::Struct;
using google::protobuf::Timestamp;
using google::protobuf::Value;
using Kind = YamlValue::Kind;

}  // namespace

void DefinitionReader::Read(YamlValue map, v1::Tool& tool) {
  if (!tool.tool_name().empty()) CheckName(map, "tool_name", tool.tool_name());
  ReadMessage(map, tool);
}

void DefinitionReader::ReadMessage(YamlValue map, Message& message) {
  if (!RequireKind(map, Kind::kMap, "a map")) return;
  for (const YamlValue::Entry& entry : map.Entries()) {
    const Field* field = message.GetDescriptor()->FindFieldByName(std::string(entry.key.text()));
    if (field == nullptr || field == ExtraOf(*message.GetDescriptor())) {
      ReadExtra(entry, message);
      continue;
    }
    const auto scope = path_.Field(field->name());
    if (IsServerSet(*field)) {
      Report(warnings_, entry.key, "ignored: the server sets this field");
    } else {
      ReadField(entry.value, message, *field);
    }
  }
}

void DefinitionReader::ReadField(YamlValue value, Message& message, const Field& field) {
  if (value.kind() == Kind::kNull && (field.is_repeated() || FormOf(field) != FieldForm::kFree)) {
    return;  // as if the key were absent
  }
  if (field.is_repeated()) return ReadList(value, message, field);
  ReadValue(value, message, field);
}

void DefinitionReader::ReadList(YamlValue value, Message& message, const Field& field) {
  const Field* key = MapKeyOf(field);
  if (value.kind() == Kind::kMap && key != nullptr) return ReadNamedEntries(value, message, field, *key);
  if (!RequireKind(value, Kind::kSequence, key == nullptr ? "a list" : "a list or a map")) return;
  int index = 0;
  for (const YamlValue& element : value.Elements()) {
    const auto scope = path_.Index(index++);
    ReadValue(element, message, field);
  }
}

// Sets a field, or adds an entry to a list.
void DefinitionReader::ReadValue(YamlValue value, Message& message, const Field& field) {
  switch (FormOf(field)) {
    case FieldForm::kText:
    case FieldForm::kBytes:
    case FieldForm::kEnum:
    case FieldForm::kInteger:
      return ReadText(value, message, field);
    case FieldForm::kNumber:
      return ReadNumber(value, message, field);
    case FieldForm::kBool:
      return ReadBool(value, message, field);
    case FieldForm::kTime:
      return ReadTime(value, message, field);
    case FieldForm::kObject:
      return ReadObject(value, static_cast<Struct&>(PutMessage(message, field)));
    case FieldForm::kFree:
      return ReadFree(value, static_cast<Value&>(PutMessage(message, field)));
    case FieldForm::kMessage:
      return ReadMessage(value, PutMessage(message, field));
  }
}

void DefinitionReader::ReadNamedEntries(YamlValue map, Message& message, const Field& field, const Field& name_field) {
  int index = 0;
  for (const auto& [key, body] : map.Entries()) {
    const auto scope = path_.Index(index++);
    Message& entry = PutMessage(message, field);
    PutText(entry, name_field, key.text());
    if (body.kind() == Kind::kNull) continue;
    CheckName(body, name_field.name(), key.text());
    ReadMessage(body, entry);
  }
}

void DefinitionReader::ReadText(YamlValue value, Message& message, const Field& field) {
  const std::string rule = RuleOfText(field);
  if (!RequireKind(value, Kind::kScalar, rule)) return;
  if (PutText(message, field, value.text())) return;
  Report(errors_, value, absl::StrCat("must be ", rule, ", got ", Quoted(value.text())));
}

void DefinitionReader::ReadNumber(YamlValue value, Message& message, const Field& field) {
  if (!RequireKind(value, Kind::kScalar, "a number")) return;
  const absl::StatusOr<double> number = ParseYamlNumber(value.text());
  if (!number.ok()) return Report(errors_, value, std::string(number.status().message()));
  if (PutNumber(message, field, *number)) return;
  Report(errors_, value, absl::StrCat("must be within the range of a float, got ", Quoted(value.text())));
}

void DefinitionReader::ReadBool(YamlValue value, Message& message, const Field& field) {
  if (!RequireKind(value, Kind::kScalar, "true or false")) return;
  const std::optional<bool> flag = ParseSwitch(value.text());
  if (!flag) return Report(errors_, value, absl::StrCat("must be true or false, got ", Quoted(value.text())));
  PutBool(message, field, *flag);
}

void DefinitionReader::ReadTime(YamlValue value, Message& message, const Field& field) {
  constexpr absl::string_view kRule = "a time as in RFC 3339, for example \"2030-01-31T12:00:00Z\"";
  if (!RequireKind(value, Kind::kScalar, kRule)) return;
  const std::optional<Timestamp> time = ParseTimestamp(std::string(value.text()));
  if (!time.has_value()) {
    return Report(errors_, value, absl::StrCat("must be ", kRule, ", got ", Quoted(value.text())));
  }
  PutMessage(message, field).CopyFrom(*time);
}

void DefinitionReader::ReadExtra(YamlValue::Entry entry, Message& message) {
  const Field* field = ExtraOf(*message.GetDescriptor());
  if (field == nullptr) return Report(errors_, entry.key, absl::StrCat("unknown field ", Quoted(entry.key.text())));
  auto& extra = static_cast<Struct&>(PutMessage(message, *field));
  const auto scope = path_.Field(kExtraField);
  // A block `extra` is the field itself, as in JSON; its keys stand beside those that no field knows.
  if (entry.key.text() == kExtraField) {
    if (entry.value.kind() != Kind::kNull) ReadObject(entry.value, extra);
    return;
  }
  const auto key = path_.Key(entry.key.text());
  const auto [slot, is_new] = extra.mutable_fields()->insert({std::string(entry.key.text()), Value()});
  if (!is_new) return Report(errors_, entry.key, "must not be given both in \"extra\" and beside it");
  ReadFree(entry.value, slot->second);
}

void DefinitionReader::ReadObject(YamlValue map, Struct& object) {
  if (!RequireKind(map, Kind::kMap, "a map")) return;
  for (const auto& [key, value] : map.Entries()) {
    const auto scope = path_.Key(key.text());
    const auto [slot, is_new] = object.mutable_fields()->insert({std::string(key.text()), Value()});
    if (!is_new) {
      Report(errors_, key, "must not be given both in \"extra\" and beside it");
      continue;
    }
    ReadFree(value, slot->second);
  }
}

// The recursion ends at `kMaxYamlLevels`.
void DefinitionReader::ReadFree(YamlValue value, Value& target) {
  switch (value.kind()) {
    case Kind::kNull:
      return target.set_null_value(google::protobuf::NULL_VALUE);
    case Kind::kScalar:
      return ReadFreeScalar(value, target);
    case Kind::kMap:
      return ReadObject(value, *target.mutable_struct_value());
    case Kind::kSequence: {
      auto& list = *target.mutable_list_value();
      for (const YamlValue& element : value.Elements()) {
        const auto scope = path_.Index(list.values_size());
        ReadFree(element, *list.add_values());
      }
      return;
    }
  }
}

void DefinitionReader::ReadFreeScalar(YamlValue scalar, Value& target) {
  const absl::string_view text = scalar.text();
  if (scalar.is_plain()) {
    if (const std::optional<bool> flag = ParseYamlBool(text)) return target.set_bool_value(*flag);
    if (IsYamlNumber(text)) {
      const absl::StatusOr<double> number = ParseYamlNumber(text);
      target.set_number_value(number.value_or(0));
      if (!number.ok()) return Report(errors_, scalar, std::string(number.status().message()));
      if (HasLeadingZero(text)) {
        Report(warnings_, scalar,
               absl::StrCat(Quoted(text), " was read as the number ", FormatNumber(*number),
                            "; quote it to keep it as text"));
      }
      return;
    }
  }
  target.set_string_value(std::string(text));
}

void DefinitionReader::CheckName(YamlValue body, absl::string_view name_field, absl::string_view name) {
  const std::optional<YamlValue::Entry> entry = body.Find(name_field);
  if (!entry || entry->value.kind() != Kind::kScalar || entry->value.text() == name) return;
  const auto scope = path_.Field(name_field);
  Report(errors_, entry->value,
         absl::StrCat("must be the key of its map, ", Quoted(name), ", got ", Quoted(entry->value.text())));
}

bool DefinitionReader::RequireKind(YamlValue value, Kind kind, absl::string_view rule) {
  if (value.kind() == kind) return true;
  const bool is_scalar = value.kind() == Kind::kScalar;
  Report(errors_, value,
         absl::StrCat("must be ", rule, ", got ", is_scalar ? Quoted(value.text()) : std::string(value.KindName())));
  return false;
}

void DefinitionReader::Report(std::vector<v1::ImportProblem>& problems, YamlValue at, std::string text) {
  if (problems.size() >= kMaxViolations) return;
  v1::ImportProblem& problem = problems.emplace_back();
  problem.set_tool(label_);
  problem.set_error(std::move(text));
  problem.set_path(path_.text());
  problem.set_line(at.line());
  problem.set_column(at.column());
}

}  // namespace toolcatalog
