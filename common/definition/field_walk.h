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

// What all code shares that walks through the fields of a definition to read, write or compare it. Such code knows no
// field by its name except those below. A value of any type has a form in text, which is that of Protobuf's JSON. So a
// new field of Tool needs no change in that code.

// The form of a field's value, or of an entry of a list. In text a time is as in RFC 3339, bytes are in Base64, and an
// enum is its name. `kObject` is a Struct, `kFree` a Value, `kMessage` any other message.
enum class FieldForm { kText, kBytes, kEnum, kBool, kInteger, kNumber, kTime, kObject, kFree, kMessage };
FieldForm FormOf(const google::protobuf::FieldDescriptor& field);
// The form of a message: `kTime`, `kObject`, `kFree` or `kMessage`.
FieldForm FormOf(const google::protobuf::Descriptor& type);

// Whether the field is present. A list is present if it has an entry.
bool IsSet(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field);

// Whether this is a field of Tool that the server sets. Such a field of a request is ignored.
bool IsServerSet(const google::protobuf::FieldDescriptor& field);

// The name of the Struct that keeps the unknown keys of an imported file: those that name no field of their message.
inline constexpr char kExtraField[] = "extra";
// The field of this name; null if the message has none.
const google::protobuf::FieldDescriptor* ExtraOf(const google::protobuf::Descriptor& type);

// The field that holds the name of each entry of a list; null if entries have no name.
const google::protobuf::FieldDescriptor* EntryNameOf(const google::protobuf::FieldDescriptor& list);
// The same field, if the names in a list are unique, so that the list may be written as a map from name to entry; null
// otherwise.
const google::protobuf::FieldDescriptor* MapKeyOf(const google::protobuf::FieldDescriptor& list);

// The members of an object, sorted by key.
using ObjectMember = google::protobuf::Map<std::string, google::protobuf::Value>::value_type;
std::vector<const ObjectMember*> MembersByKey(const google::protobuf::Struct& object);

// A value that is not a message. An integer of a 64-bit field is a text, because many readers of JSON turn numbers into
// doubles.
using Scalar = std::variant<bool, int64_t, double, std::string>;
// The value of a field, or of entry `index` if the field is a list.
Scalar ScalarOf(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, int index);
// The message in a field, or in entry `index` if the field is a list.
const google::protobuf::Message& MessageOf(const google::protobuf::Message& message,
                                           const google::protobuf::FieldDescriptor& field, int index);

// Calls `visit` with the value of a field, or with entry `index` if the field is a list. `visit` must take a bool,
// int64_t, double, std::string, Struct, Value and Message.
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

// Each sets a field, or adds an entry if the field is a list.
void PutBool(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, bool value);
google::protobuf::Message& PutMessage(google::protobuf::Message& message,
                                      const google::protobuf::FieldDescriptor& field);
// Returns false and changes nothing if the field cannot hold the number.
bool PutNumber(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, double value);
// For the forms kText, kBytes, kEnum and kInteger. Returns false and changes nothing if the text breaks the field's
// rule.
bool PutText(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
             absl::string_view text);
// The rule of `PutText` for a field, to follow the words "must be", for example "an integer".
std::string RuleOfText(const google::protobuf::FieldDescriptor& field);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FIELD_WALK_H_
