#include "common/definition/formats/definition_writer.h"

#include <algorithm>
#include <vector>

#include "common/definition/definition.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace toolcatalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Timestamp;
using google::protobuf::Value;
using Member = google::protobuf::Map<std::string, Value>::value_type;

constexpr char kExtra[] = "extra";

bool IsSkipped(const FieldDescriptor& field) {
  return field.name() == kExtra || (field.containing_type() == v1::Tool::descriptor() && IsServerSet(field.name()));
}

bool IsSet(const Message& message, const FieldDescriptor& field) {
  return field.is_repeated() ? message.GetReflection()->FieldSize(message, &field) > 0
                             : message.GetReflection()->HasField(message, &field);
}

// The field whose value is the key of a list's entry, null if the list is written as a list.
const FieldDescriptor* NameFieldOf(const FieldDescriptor& list) {
  if (list.message_type() == v1::Capability::descriptor()) {
    return list.message_type()->FindFieldByNumber(v1::Capability::kCapabilityNameFieldNumber);
  }
  if (list.message_type() == v1::Pattern::descriptor()) {
    return list.message_type()->FindFieldByNumber(v1::Pattern::kPatternNameFieldNumber);
  }
  return nullptr;
}

std::vector<const Member*> Sorted(const Struct& object) {
  std::vector<const Member*> members;
  members.reserve(object.fields().size());
  for (const Member& member : object.fields()) members.push_back(&member);
  std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->first < b->first; });
  return members;
}

const Struct* ExtraOf(const Message& message) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(kExtra);
  if (field == nullptr || !message.GetReflection()->HasField(message, field)) return nullptr;
  return &static_cast<const Struct&>(message.GetReflection()->GetMessage(message, field));
}

bool HasOutput(const Message& message, const FieldDescriptor* name_field) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return std::any_of(fields.begin(), fields.end(), [&](const FieldDescriptor* field) {
    return field != name_field && (field->name() == kExtra || !IsSkipped(*field));
  });
}

}  // namespace

void DefinitionWriter::Add(const v1::Tool& tool) {
  yaml_.BeginDocument();
  AddFields(tool, nullptr);
}

void DefinitionWriter::AddMessage(const Message& message, const Field* name_field) {
  if (!HasOutput(message, name_field)) return yaml_.EmptyMap();
  yaml_.Open();
  AddFields(message, name_field);
  yaml_.Close();
}

void DefinitionWriter::AddFields(const Message& message, const Field* name_field) {
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const Field& field = *descriptor->field(i);
    if (&field == name_field || IsSkipped(field) || !IsSet(message, field)) continue;
    yaml_.Key(field.name());
    AddField(message, field);
  }
  AddExtra(message);
}

void DefinitionWriter::AddField(const Message& message, const Field& field) {
  const auto* reflection = message.GetReflection();
  if (field.is_repeated()) return AddEntries(message, field);
  switch (field.cpp_type()) {
    case Field::CPPTYPE_DOUBLE:
      return yaml_.Number(reflection->GetDouble(message, &field));
    case Field::CPPTYPE_BOOL:
      return yaml_.Bool(reflection->GetBool(message, &field));
    case Field::CPPTYPE_MESSAGE:
      return AddMessageValue(reflection->GetMessage(message, &field), field);
    default: {
      std::string scratch;
      return yaml_.Text(reflection->GetStringReference(message, &field, &scratch));
    }
  }
}

void DefinitionWriter::AddMessageValue(const Message& value, const Field& field) {
  const auto* type = field.message_type();
  if (type == Value::descriptor()) return AddFree(static_cast<const Value&>(value));
  if (type == Struct::descriptor()) return AddObject(static_cast<const Struct&>(value));
  if (type == Timestamp::descriptor()) {
    return yaml_.Text(google::protobuf::util::TimeUtil::ToString(static_cast<const Timestamp&>(value)));
  }
  AddMessage(value, nullptr);
}

void DefinitionWriter::AddEntries(const Message& message, const Field& field) {
  if (const Field* name_field = NameFieldOf(field)) return AddNamedEntries(message, field, *name_field);
  const auto* reflection = message.GetReflection();
  yaml_.Open();
  for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
    yaml_.Item();
    if (field.cpp_type() == Field::CPPTYPE_MESSAGE) {
      AddMessageValue(reflection->GetRepeatedMessage(message, &field, i), field);
    } else {
      std::string scratch;
      yaml_.Text(reflection->GetRepeatedStringReference(message, &field, i, &scratch));
    }
  }
  yaml_.Close();
}

void DefinitionWriter::AddNamedEntries(const Message& message, const Field& field, const Field& name_field) {
  const auto* reflection = message.GetReflection();
  yaml_.Open();
  for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
    const Message& entry = reflection->GetRepeatedMessage(message, &field, i);
    std::string scratch;
    yaml_.Key(entry.GetReflection()->GetStringReference(entry, &name_field, &scratch));
    AddMessage(entry, &name_field);
  }
  yaml_.Close();
}

// Keys stand beside the fields, but in a block of their own where one would be taken for a field or there are none.
void DefinitionWriter::AddExtra(const Message& message) {
  const Struct* extra = ExtraOf(message);
  if (extra == nullptr) return;
  const std::vector<const Member*> members = Sorted(*extra);
  const auto is_field = [&](const Member* member) {
    return message.GetDescriptor()->FindFieldByName(member->first) != nullptr;
  };
  if (members.empty() || std::any_of(members.begin(), members.end(), is_field)) {
    yaml_.Key(kExtra);
    return AddObject(*extra);
  }
  for (const Member* member : members) {
    yaml_.Key(member->first);
    AddFree(member->second);
  }
}

void DefinitionWriter::AddObject(const Struct& object) {
  if (object.fields().empty()) return yaml_.EmptyMap();
  yaml_.Open();
  for (const Member* member : Sorted(object)) {
    yaml_.Key(member->first);
    AddFree(member->second);
  }
  yaml_.Close();
}

// The recursion ends at `kMaxFreeLevels`.
void DefinitionWriter::AddFree(const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return yaml_.Number(value.number_value());
    case Value::kStringValue:
      return yaml_.Text(value.string_value());
    case Value::kBoolValue:
      return yaml_.Bool(value.bool_value());
    case Value::kStructValue:
      return AddObject(value.struct_value());
    case Value::kListValue:
      if (value.list_value().values().empty()) return yaml_.EmptyList();
      yaml_.Open();
      for (const Value& element : value.list_value().values()) {
        yaml_.Item();
        AddFree(element);
      }
      return yaml_.Close();
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      return yaml_.Null();
  }
}

}  // namespace toolcatalog
