#include "common/definition/formats/definition_writer.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/definition/field_walk.h"

namespace toolcatalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Value;

const Struct* SetExtraOf(const Message& message) {
  const FieldDescriptor* extra = ExtraOf(*message.GetDescriptor());
  if (extra == nullptr || !IsSet(message, *extra)) return nullptr;
  return &static_cast<const Struct&>(MessageOf(message, *extra, 0));
}

bool HasOutput(const Message& message, const FieldDescriptor* name_field) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return std::any_of(fields.begin(), fields.end(),
                     [&](const FieldDescriptor* field) { return field != name_field && !IsServerSet(*field); });
}

}  // namespace

void DefinitionWriter::Add(const Message& definition) {
  yaml_.BeginDocument();
  AddFields(definition, nullptr);
}

void DefinitionWriter::AddMessage(const Message& message, const Field* name_field) {
  if (!HasOutput(message, name_field)) return yaml_.EmptyMap();
  yaml_.Open();
  AddFields(message, name_field);
  yaml_.Close();
}

void DefinitionWriter::AddFields(const Message& message, const Field* name_field) {
  const auto* descriptor = message.GetDescriptor();
  const Field* extra = ExtraOf(*descriptor);
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const Field& field = *descriptor->field(i);
    if (&field == name_field || &field == extra || IsServerSet(field) || !IsSet(message, field)) continue;
    yaml_.Key(field.name());
    AddField(message, field);
  }
  AddExtra(message);
}

void DefinitionWriter::AddField(const Message& message, const Field& field) {
  if (!field.is_repeated()) return AddValue(message, field, 0);
  const Field* key = MapKeyOf(field);
  yaml_.Open();
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    if (key == nullptr) {
      yaml_.Item();
      AddValue(message, field, i);
    } else {
      const Message& entry = MessageOf(message, field, i);
      yaml_.Key(std::get<std::string>(ScalarOf(entry, *key, 0)));
      AddMessage(entry, key);
    }
  }
  yaml_.Close();
}

void DefinitionWriter::AddValue(const Message& message, const Field& field, int index) {
  struct {
    DefinitionWriter& writer;
    void operator()(bool flag) { writer.yaml_.Bool(flag); }
    void operator()(int64_t number) { writer.yaml_.Number(static_cast<double>(number)); }
    void operator()(double number) { writer.yaml_.Number(number); }
    void operator()(const std::string& text) { writer.yaml_.Text(text); }
    void operator()(const Struct& object) { writer.AddObject(object); }
    void operator()(const Value& value) { writer.AddFree(value); }
    void operator()(const Message& message) { writer.AddMessage(message, nullptr); }
  } visitor{*this};
  VisitField(message, field, index, visitor);
}

// Keys stand beside the fields, but in a block of their own where one would be taken for a field or there are none.
void DefinitionWriter::AddExtra(const Message& message) {
  const Struct* extra = SetExtraOf(message);
  if (extra == nullptr) return;
  const std::vector<const ObjectMember*> members = MembersByKey(*extra);
  const auto is_field = [&](const ObjectMember* member) {
    return message.GetDescriptor()->FindFieldByName(member->first) != nullptr;
  };
  if (members.empty() || std::any_of(members.begin(), members.end(), is_field)) {
    yaml_.Key(kExtraField);
    return AddObject(*extra);
  }
  for (const ObjectMember* member : members) {
    yaml_.Key(member->first);
    AddFree(member->second);
  }
}

void DefinitionWriter::AddObject(const Struct& object) {
  if (object.fields().empty()) return yaml_.EmptyMap();
  yaml_.Open();
  for (const ObjectMember* member : MembersByKey(object)) {
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
