#include "common/definition/formats/definition_json.h"

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/definition/definition.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace toolcatalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Timestamp;
using google::protobuf::Value;
using Json = nlohmann::ordered_json;

Json OfFree(const Value& value);

Json OfObject(const Struct& object) {
  const std::map<std::string, Value> sorted(object.fields().begin(), object.fields().end());
  Json json = Json::object();
  for (const auto& [key, value] : sorted) json[key] = OfFree(value);
  return json;
}

// The recursion ends at `kMaxFreeLevels`.
Json OfFree(const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return value.number_value();
    case Value::kStringValue:
      return value.string_value();
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kStructValue:
      return OfObject(value.struct_value());
    case Value::kListValue: {
      Json list = Json::array();
      for (const Value& element : value.list_value().values()) list.push_back(OfFree(element));
      return list;
    }
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      return nullptr;
  }
  return nullptr;
}

Json OfMessage(const Message& message);

Json OfSubmessage(const Message& message) {
  if (message.GetDescriptor() == Value::descriptor()) return OfFree(static_cast<const Value&>(message));
  if (message.GetDescriptor() == Struct::descriptor()) return OfObject(static_cast<const Struct&>(message));
  if (message.GetDescriptor() == Timestamp::descriptor()) {
    return google::protobuf::util::TimeUtil::ToString(static_cast<const Timestamp&>(message));
  }
  return OfMessage(message);
}

Json OfList(const Message& message, const FieldDescriptor& field) {
  const auto* reflection = message.GetReflection();
  Json list = Json::array();
  for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      list.push_back(OfSubmessage(reflection->GetRepeatedMessage(message, &field, i)));
    } else {
      list.push_back(reflection->GetRepeatedString(message, &field, i));
    }
  }
  return list;
}

Json OfField(const Message& message, const FieldDescriptor& field) {
  const auto* reflection = message.GetReflection();
  if (field.is_repeated()) return OfList(message, field);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection->GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return OfSubmessage(reflection->GetMessage(message, &field));
    default:
      return reflection->GetString(message, &field);
  }
}

Json OfMessage(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  Json json = Json::object();
  for (const FieldDescriptor* field : fields) {
    const bool is_left_out = field->containing_type() == v1::Tool::descriptor() && IsServerSet(field->name());
    if (!is_left_out) json[field->name()] = OfField(message, *field);
  }
  return json;
}

}  // namespace

std::string DefinitionToJson(const v1::Tool& tool) {
  // A text that is not UTF-8 loses what is not; by default it would throw.
  return OfMessage(tool).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace toolcatalog
