#include "common/definition/formats/definition_json.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/definition/field_walk.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/struct.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Value;
using Json = nlohmann::ordered_json;

Json JsonOf(bool flag) { return flag; }
Json JsonOf(int64_t number) { return number; }
Json JsonOf(double number) { return number; }
Json JsonOf(const std::string& text) { return text; }
Json JsonOf(const Value& value);
Json JsonOf(const Message& message);

Json JsonOf(const Struct& object) {
  Json json = Json::object();
  for (const ObjectMember* member : MembersByKey(object)) json[member->first] = JsonOf(member->second);
  return json;
}

// The recursion ends at `kMaxFreeLevels`.
Json JsonOf(const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return value.number_value();
    case Value::kStringValue:
      return value.string_value();
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kStructValue:
      return JsonOf(value.struct_value());
    case Value::kListValue: {
      Json list = Json::array();
      for (const Value& element : value.list_value().values()) list.push_back(JsonOf(element));
      return list;
    }
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      return nullptr;
  }
  return nullptr;
}

Json JsonOf(const Message& message, const FieldDescriptor& field) {
  const auto value = [&](int index) {
    return VisitField(message, field, index, [](const auto& v) { return JsonOf(v); });
  };
  if (!field.is_repeated()) return value(0);
  Json list = Json::array();
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) list.push_back(value(i));
  return list;
}

Json JsonOf(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  Json json = Json::object();
  for (const FieldDescriptor* field : fields) {
    if (!IsServerSet(*field)) json[field->name()] = JsonOf(message, *field);
  }
  return json;
}

}  // namespace

std::string DefinitionToJson(const Message& definition) {
  // A text that is not UTF-8 loses what is not; by default it would throw.
  return JsonOf(definition).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace toolcatalog
