#include "common/definition/formats/definition_diff.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "common/definition/definition.h"
#include "common/definition/validation/field_path.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace toolcatalog {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Timestamp;
using google::protobuf::Value;

Value Null() {
  Value value;
  value.set_null_value(google::protobuf::NULL_VALUE);
  return value;
}

Value Text(const std::string& text) {
  Value value;
  value.set_string_value(text);
  return value;
}

// A field that is no message, or entry `index` of one that is repeated.
Value ScalarOf(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  Value value;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      value.set_string_value(repeated ? reflection.GetRepeatedString(message, &field, index)
                                      : reflection.GetString(message, &field));
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      value.set_number_value(repeated ? reflection.GetRepeatedDouble(message, &field, index)
                                      : reflection.GetDouble(message, &field));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      value.set_bool_value(repeated ? reflection.GetRepeatedBool(message, &field, index)
                                    : reflection.GetBool(message, &field));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      value.set_string_value(std::to_string(repeated ? reflection.GetRepeatedInt64(message, &field, index)
                                                     : reflection.GetInt64(message, &field)));
      break;
    default:
      // A definition has no fields of other types.
      return Null();
  }
  return value;
}

Value ValueOf(const Message& message);

Value EntryOf(const Message& message, const FieldDescriptor& field, int index) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return ScalarOf(message, field, index);
  return ValueOf(message.GetReflection()->GetRepeatedMessage(message, &field, index));
}

// Of a field that is not repeated. Null where it is absent; an empty text counts as absent, a number does not.
Value FieldOf(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  const bool can_be_absent = field.has_presence() || field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (can_be_absent && !reflection.HasField(message, &field)) return Null();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return ValueOf(reflection.GetMessage(message, &field));
  return ScalarOf(message, field, 0);
}

// The JSON form of a message.
Value ValueOf(const Message& message) {
  Value value;
  if (message.GetDescriptor() == Value::descriptor()) {
    value.CopyFrom(message);
  } else if (message.GetDescriptor() == Struct::descriptor()) {
    value.mutable_struct_value()->CopyFrom(message);
  } else if (message.GetDescriptor() == Timestamp::descriptor()) {
    Timestamp time;
    time.CopyFrom(message);
    value = Text(google::protobuf::util::TimeUtil::ToString(time));
  } else {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    auto& object = *value.mutable_struct_value()->mutable_fields();
    for (const FieldDescriptor* field : fields) {
      if (!field->is_repeated()) {
        object[field->name()] = FieldOf(message, *field);
        continue;
      }
      ListValue& list = *object[field->name()].mutable_list_value();
      for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
        *list.add_values() = EntryOf(message, *field, i);
      }
    }
  }
  return value;
}

// The field that names the entries of a list, or null.
const FieldDescriptor* NameField(const FieldDescriptor& list) {
  if (list.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return nullptr;
  for (const char* name : {"capability_name", "pattern_name", "name"}) {
    if (const FieldDescriptor* field = list.message_type()->FindFieldByName(name)) return field;
  }
  return nullptr;
}

class Comparison {
 public:
  explicit Comparison(int limit) : limit_(limit) {}

  DefinitionDiff TakeDiff() { return std::move(diff_); }

  void CompareTools(const v1::Tool& before, const v1::Tool& after) {
    const Descriptor& type = *v1::Tool::descriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (!IsServerSet(field.name()) && field.name() != "updated_by") CompareField(before, after, field);
    }
  }

 private:
  void Add(const Value& before, const Value& after) {
    if (static_cast<int>(diff_.differences.size()) == limit_) {
      ++diff_.omitted;
      return;
    }
    v1::FieldDifference& difference = diff_.differences.emplace_back();
    difference.set_path(path_.text());
    *difference.mutable_old() = before;
    *difference.mutable_new_() = after;
  }

  // Two messages of the same type.
  void CompareMessages(const Message& before, const Message& after) {
    const Descriptor& type = *before.GetDescriptor();
    if (&type == Value::descriptor()) {
      CompareValues(static_cast<const Value&>(before), static_cast<const Value&>(after));
    } else if (&type == Struct::descriptor()) {
      CompareObjects(static_cast<const Struct&>(before), static_cast<const Struct&>(after));
    } else if (&type == Timestamp::descriptor()) {
      if (SerializeDeterministically(before) != SerializeDeterministically(after)) Add(ValueOf(before), ValueOf(after));
    } else {
      for (int i = 0; i < type.field_count(); ++i) CompareField(before, after, *type.field(i));
    }
  }

  void CompareField(const Message& before, const Message& after, const FieldDescriptor& field) {
    const auto scope = path_.Field(field.name());
    if (field.is_repeated()) {
      const FieldDescriptor* name = NameField(field);
      name == nullptr ? CompareByIndex(before, after, field) : CompareByName(before, after, field, *name);
      return;
    }
    const Reflection& reflection = *before.GetReflection();
    const bool in_both = reflection.HasField(before, &field) && reflection.HasField(after, &field);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && in_both) {
      CompareMessages(reflection.GetMessage(before, &field), reflection.GetMessage(after, &field));
      return;
    }
    const bool came_or_went =
        field.has_presence() && reflection.HasField(before, &field) != reflection.HasField(after, &field);
    const Value old_value = FieldOf(before, field), new_value = FieldOf(after, field);
    if (came_or_went || !Same(old_value, new_value)) Add(old_value, new_value);
  }

  void CompareByIndex(const Message& before, const Message& after, const FieldDescriptor& field) {
    const Reflection& reflection = *before.GetReflection();
    const int old_size = reflection.FieldSize(before, &field), new_size = reflection.FieldSize(after, &field);
    for (int i = 0; i < std::max(old_size, new_size); ++i) {
      const auto scope = path_.Index(i);
      if (i < old_size && i < new_size) {
        CompareEntries(before, i, after, i, field);
      } else {
        Add(i < old_size ? EntryOf(before, field, i) : Null(), i < new_size ? EntryOf(after, field, i) : Null());
      }
    }
  }

  void CompareEntries(const Message& before, int old_index, const Message& after, int new_index,
                      const FieldDescriptor& field) {
    const Reflection& reflection = *before.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CompareMessages(reflection.GetRepeatedMessage(before, &field, old_index),
                      reflection.GetRepeatedMessage(after, &field, new_index));
      return;
    }
    const Value old_value = ScalarOf(before, field, old_index), new_value = ScalarOf(after, field, new_index);
    if (!Same(old_value, new_value)) Add(old_value, new_value);
  }

  // A name, and which of the entries that have it: not all lists forbid that two do.
  using EntryName = std::pair<std::string, int>;

  static std::map<EntryName, int> IndexByName(const Message& message, const FieldDescriptor& list,
                                              const FieldDescriptor& name) {
    std::map<std::string, int> seen;
    std::map<EntryName, int> indices;
    const Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < reflection.FieldSize(message, &list); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, &list, i);
      const std::string text = entry.GetReflection()->GetString(entry, &name);
      indices[{text, seen[text]++}] = i;
    }
    return indices;
  }

  void CompareByName(const Message& before, const Message& after, const FieldDescriptor& list,
                     const FieldDescriptor& name) {
    const std::map<EntryName, int> old_indices = IndexByName(before, list, name);
    std::map<int, std::pair<EntryName, int>> entries;
    for (const auto& [entry, new_index] : IndexByName(after, list, name)) {
      auto old_entry = old_indices.find(entry);
      entries[new_index] = {entry, old_entry == old_indices.end() ? -1 : old_entry->second};
    }
    std::map<int, bool> kept;
    bool moved = false;
    int last = -1;
    for (const auto& [new_index, entry] : entries) {
      const int old_index = entry.second;
      const auto scope = path_.Index(new_index);
      if (old_index < 0) {
        Add(Null(), EntryOf(after, list, new_index));
        continue;
      }
      kept[old_index] = true;
      moved = moved || old_index < last;
      last = old_index;
      CompareEntries(before, old_index, after, new_index, list);
    }
    for (int i = 0; i < static_cast<int>(old_indices.size()); ++i) {
      const auto scope = path_.Index(i);
      if (kept.count(i) == 0) Add(EntryOf(before, list, i), Null());
    }
    if (moved) Add(NamesOf(before, list, name), NamesOf(after, list, name));
  }

  static Value NamesOf(const Message& message, const FieldDescriptor& list, const FieldDescriptor& name) {
    Value names;
    names.mutable_list_value();
    const Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < reflection.FieldSize(message, &list); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, &list, i);
      *names.mutable_list_value()->add_values() = Text(entry.GetReflection()->GetString(entry, &name));
    }
    return names;
  }

  void CompareObjects(const Struct& before, const Struct& after) {
    // Sorted, since the keys of a Struct come in any order.
    std::map<std::string, std::pair<const Value*, const Value*>> keys;
    for (const auto& [key, value] : before.fields()) keys[key].first = &value;
    for (const auto& [key, value] : after.fields()) keys[key].second = &value;
    for (const auto& [key, values] : keys) {
      const auto scope = path_.Key(key);
      if (values.first != nullptr && values.second != nullptr) {
        CompareValues(*values.first, *values.second);
      } else {
        Add(values.first == nullptr ? Null() : *values.first, values.second == nullptr ? Null() : *values.second);
      }
    }
  }

  void CompareValues(const Value& before, const Value& after) {
    if (before.has_struct_value() && after.has_struct_value()) {
      CompareObjects(before.struct_value(), after.struct_value());
    } else if (before.has_list_value() && after.has_list_value()) {
      CompareByIndex(before.list_value(), after.list_value(), *ListValue::descriptor()->FindFieldByName("values"));
    } else if (!Same(before, after)) {
      Add(before, after);
    }
  }

  static bool Same(const Value& a, const Value& b) {
    return SerializeDeterministically(a) == SerializeDeterministically(b);
  }

  const int limit_;
  FieldPath path_;
  DefinitionDiff diff_;
};

}  // namespace

DefinitionDiff DiffDefinitions(const v1::Tool& before, const v1::Tool& after, int limit) {
  Comparison comparison(limit);
  comparison.CompareTools(before, after);
  return comparison.TakeDiff();
}

}  // namespace toolcatalog
