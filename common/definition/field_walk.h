#ifndef COMMON_DEFINITION_FIELD_WALK_H_
#define COMMON_DEFINITION_FIELD_WALK_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"

namespace toolcatalog {

// What all walks through a definition share, whether they read, write or compare it. They know no field by its name but
// those below, and a field of any type has a form in text, that of Protobuf's JSON: a new field needs no code of
// theirs.

// The form of a field, or of an entry of a list. Times are in RFC 3339, bytes in Base64, enums by name.
enum class FieldForm { kText, kBytes, kEnum, kBool, kInteger, kNumber, kTime, kObject, kFree, kMessage };
FieldForm FormOf(const google::protobuf::FieldDescriptor& field);
// Of a message: a time, a Struct, a Value, or one with fields.
FieldForm FormOf(const google::protobuf::Descriptor& type);

// Whether the field is present, or the list has an entry.
bool IsSet(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field);

// Whether this is a field of a Tool that the server sets, ignored on input.
bool IsServerSet(const google::protobuf::FieldDescriptor& field);

// Keys of an imported file that no field of their level knows are kept in the Struct of this name.
inline constexpr char kExtraField[] = "extra";
// Null if the message has none.
const google::protobuf::FieldDescriptor* ExtraOf(const google::protobuf::Descriptor& type);

// The field by which the entries of a list are told apart; null if there is none.
const google::protobuf::FieldDescriptor* EntryNameOf(const google::protobuf::FieldDescriptor& list);
// The same if the list may be written as a map whose keys are these names, which differ from each other; else null.
const google::protobuf::FieldDescriptor* MapKeyOf(const google::protobuf::FieldDescriptor& list);

// The members of an object, by key.
using ObjectMember = google::protobuf::Map<std::string, google::protobuf::Value>::value_type;
std::vector<const ObjectMember*> MembersByKey(const google::protobuf::Struct& object);

// A value that is no message. Integers of 64 bits are texts, because a reader of JSON may take them for doubles.
using Scalar = std::variant<bool, int64_t, double, std::string>;
// Of a field, or of entry `index` of a list.
Scalar ScalarOf(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, int index);
// The message in a field, or in entry `index` of a list.
const google::protobuf::Message& MessageOf(const google::protobuf::Message& message,
                                           const google::protobuf::FieldDescriptor& field, int index);

// Calls `visit`, which takes a bool, int64_t, double, std::string, Struct, Value or any other Message, with the value
// of a field, or with entry `index` of a list.
template <typename Visitor>
auto VisitField(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, int index,
                Visitor&& visit) {
  switch (FormOf(field)) {
    case FieldForm::kFree:
      return visit(static_cast<const google::protobuf::Value&>(MessageOf(message, field, index)));
    case FieldForm::kObject:
      return visit(static_cast<const google::protobuf::Struct&>(MessageOf(message, field, index)));
    case FieldForm::kMessage:
      return visit(MessageOf(message, field, index));
    default:
      return std::visit(visit, ScalarOf(message, field, index));
  }
}

// Each sets a field, or adds an entry to a list.
void PutBool(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, bool value);
google::protobuf::Message& PutMessage(google::protobuf::Message& message,
                                      const google::protobuf::FieldDescriptor& field);
// False, with the message as it was, if the field cannot hold the number.
bool PutNumber(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, double value);
// For every other form but messages and times. False, with the message as it was, if the text does not keep the
// field's rule.
bool PutText(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
             absl::string_view text);
// What `PutText` wants, as in "must be ...".
std::string RuleOfText(const google::protobuf::FieldDescriptor& field);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FIELD_WALK_H_
