#include "common/definition/field_walk.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/definition/definition.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Timestamp;
using google::protobuf::Value;

// Calls one of a pair of Reflection's methods: the one for fields, or the one for entries of lists.
template <typename Get, typename GetEntry>
auto Read(const Message& message, const FieldDescriptor& field, int index, Get get, GetEntry get_entry) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? (reflection.*get_entry)(message, &field, index) : (reflection.*get)(message, &field);
}

template <typename Set, typename Add, typename T>
void Write(Message& message, const FieldDescriptor& field, Set set, Add add, T value) {
  const Reflection& reflection = *message.GetReflection();
  field.is_repeated() ? (reflection.*add)(&message, &field, value) : (reflection.*set)(&message, &field, value);
}

// The double with the fewest digits that is this float.
double WithoutNoise(float number) {
  char text[32];
  double shortest = number;
  std::from_chars(text, std::to_chars(text, text + sizeof(text), number).ptr, shortest);
  return shortest;
}

// Its name; its number if a later version of the enum has it.
Scalar NameOrNumber(const EnumDescriptor& type, int number) {
  const EnumValueDescriptor* value = type.FindValueByNumber(number);
  if (value == nullptr) return int64_t{number};
  return value->name();
}

template <typename Integer, typename Set, typename Add>
bool WriteInteger(Message& message, const FieldDescriptor& field, absl::string_view text, Set set, Add add) {
  Integer value = 0;
  if (!absl::SimpleAtoi(text, &value)) return false;
  Write(message, field, set, add, value);
  return true;
}

bool WriteEnum(Message& message, const FieldDescriptor& field, absl::string_view name) {
  const EnumValueDescriptor* value = field.enum_type()->FindValueByName(std::string(name));
  if (value == nullptr) return false;
  Write(message, field, &Reflection::SetEnumValue, &Reflection::AddEnumValue, value->number());
  return true;
}

bool WriteBytes(Message& message, const FieldDescriptor& field, absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return false;
  Write(message, field, &Reflection::SetString, &Reflection::AddString, bytes);
  return true;
}

std::string NamesOf(const EnumDescriptor& type) {
  std::string names;
  for (int i = 0; i < type.value_count(); ++i) absl::StrAppend(&names, i == 0 ? "" : ", ", type.value(i)->name());
  return names;
}

}  // namespace

FieldForm FormOf(const Descriptor& type) {
  if (&type == Value::descriptor()) return FieldForm::kFree;
  if (&type == Struct::descriptor()) return FieldForm::kObject;
  if (&type == Timestamp::descriptor()) return FieldForm::kTime;
  return FieldForm::kMessage;
}

// Without a default, so that the compiler asks for a type that is new.
FieldForm FormOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return FieldForm::kInteger;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return FieldForm::kNumber;
    case FieldDescriptor::CPPTYPE_BOOL:
      return FieldForm::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return FieldForm::kEnum;
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? FieldForm::kBytes : FieldForm::kText;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FormOf(*field.message_type());
  }
  return FieldForm::kText;
}

bool IsSet(const Message& message, const FieldDescriptor& field) {
  return field.is_repeated() ? message.GetReflection()->FieldSize(message, &field) > 0
                             : message.GetReflection()->HasField(message, &field);
}

bool IsServerSet(const FieldDescriptor& field) {
  return field.containing_type() == v1::Tool::descriptor() && IsServerSet(field.name());
}

const FieldDescriptor* ExtraOf(const Descriptor& type) {
  const FieldDescriptor* extra = type.FindFieldByName(kExtraField);
  return extra != nullptr && !extra->is_repeated() && FormOf(*extra) == FieldForm::kObject ? extra : nullptr;
}

const FieldDescriptor* EntryNameOf(const FieldDescriptor& list) {
  if (const FieldDescriptor* key = MapKeyOf(list)) return key;
  if (list.message_type() == nullptr) return nullptr;
  const FieldDescriptor* name = list.message_type()->FindFieldByName("name");
  return name != nullptr && FormOf(*name) == FieldForm::kText ? name : nullptr;
}

const FieldDescriptor* MapKeyOf(const FieldDescriptor& list) {
  if (list.message_type() == v1::Capability::descriptor()) {
    return list.message_type()->FindFieldByNumber(v1::Capability::kCapabilityNameFieldNumber);
  }
  if (list.message_type() == v1::Pattern::descriptor()) {
    return list.message_type()->FindFieldByNumber(v1::Pattern::kPatternNameFieldNumber);
  }
  return nullptr;
}

std::vector<const ObjectMember*> MembersByKey(const Struct& object) {
  std::vector<const ObjectMember*> members;
  members.reserve(object.fields().size());
  for (const ObjectMember& member : object.fields()) members.push_back(&member);
  std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  return members;
}

Scalar ScalarOf(const Message& message, const FieldDescriptor& field, int index) {
  const auto read = [&](auto get, auto get_entry) { return Read(message, field, index, get, get_entry); };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return int64_t{read(&Reflection::GetInt32, &Reflection::GetRepeatedInt32)};
    case FieldDescriptor::CPPTYPE_UINT32:
      return int64_t{read(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32)};
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(read(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(read(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return read(&Reflection::GetDouble, &Reflection::GetRepeatedDouble);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return WithoutNoise(read(&Reflection::GetFloat, &Reflection::GetRepeatedFloat));
    case FieldDescriptor::CPPTYPE_BOOL:
      return read(&Reflection::GetBool, &Reflection::GetRepeatedBool);
    case FieldDescriptor::CPPTYPE_ENUM:
      return NameOrNumber(*field.enum_type(), read(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = read(&Reflection::GetString, &Reflection::GetRepeatedString);
      return FormOf(field) == FieldForm::kBytes ? absl::Base64Escape(text) : std::move(text);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return google::protobuf::util::TimeUtil::ToString(static_cast<const Timestamp&>(MessageOf(message, field, index)));
}

const Message& MessageOf(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, index)
                             : reflection.GetMessage(message, &field);
}

void PutBool(Message& message, const FieldDescriptor& field, bool value) {
  Write(message, field, &Reflection::SetBool, &Reflection::AddBool, value);
}

Message& PutMessage(Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field);
}

bool PutNumber(Message& message, const FieldDescriptor& field, double value) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    Write(message, field, &Reflection::SetDouble, &Reflection::AddDouble, value);
    return true;
  }
  if (std::abs(value) > std::numeric_limits<float>::max()) return false;
  Write(message, field, &Reflection::SetFloat, &Reflection::AddFloat, static_cast<float>(value));
  return true;
}

bool PutText(Message& message, const FieldDescriptor& field, absl::string_view text) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return WriteInteger<int32_t>(message, field, text, &Reflection::SetInt32, &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_UINT32:
      return WriteInteger<uint32_t>(message, field, text, &Reflection::SetUInt32, &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return WriteInteger<int64_t>(message, field, text, &Reflection::SetInt64, &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT64:
      return WriteInteger<uint64_t>(message, field, text, &Reflection::SetUInt64, &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_ENUM:
      return WriteEnum(message, field, text);
    case FieldDescriptor::CPPTYPE_STRING:
      if (FormOf(field) == FieldForm::kBytes) return WriteBytes(message, field, text);
      Write(message, field, &Reflection::SetString, &Reflection::AddString, std::string(text));
      return true;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return false;
}

std::string RuleOfText(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return "an integer of 32 bits";
    case FieldDescriptor::CPPTYPE_UINT32:
      return "an integer of 32 bits that is not negative";
    case FieldDescriptor::CPPTYPE_INT64:
      return "an integer of 64 bits";
    case FieldDescriptor::CPPTYPE_UINT64:
      return "an integer of 64 bits that is not negative";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ", NamesOf(*field.enum_type()));
    default:
      return FormOf(field) == FieldForm::kBytes ? "bytes in Base64" : "text";
  }
}

}  // namespace toolcatalog
