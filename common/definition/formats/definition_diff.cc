#include "common/definition/formats/definition_diff.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "common/definition/definition.h"
#include "common/definition/field_walk.h"
#include "common/definition/validation/field_path.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/struct.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Value;

Value Null() {
  Value value;
  value.set_null_value(google::protobuf::NULL_VALUE);
  return value;
}

Value ValueOf(bool flag) {
  Value value;
  value.set_bool_value(flag);
  return value;
}

Value ValueOf(double number) {
  Value value;
  value.set_number_value(number);
  return value;
}

Value ValueOf(int64_t number) { return ValueOf(static_cast<double>(number)); }

Value ValueOf(const std::string& text) {
  Value value;
  value.set_string_value(text);
  return value;
}

Value ValueOf(const Value& value) { return value; }

Value ValueOf(const Struct& object) {
  Value value;
  *value.mutable_struct_value() = object;
  return value;
}

Value ValueOf(const Message& message);

// The JSON form of a field that is no list, or of entry `index` of one.
Value EntryOf(const Message& message, const FieldDescriptor& field, int index) {
  return VisitField(message, field, index, [](const auto& value) { return ValueOf(value); });
}

// Of a field that is no list. Null where it is absent; an empty text counts as absent, a number does not.
Value FieldOf(const Message& message, const FieldDescriptor& field) {
  const bool can_be_absent = field.has_presence() || field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return can_be_absent && !IsSet(message, field) ? Null() : EntryOf(message, field, 0);
}

Value ValueOf(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  Value value;
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
  return value;
}

class Comparison {
 public:
  explicit Comparison(int limit) : limit_(limit) {}

  DefinitionDiff TakeDiff() { return std::move(diff_); }

  // Two messages of the same type.
  void CompareMessages(const Message& before, const Message& after) {
    const Descriptor& type = *before.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      if (!IsBookkeeping(*type.field(i))) CompareField(before, after, *type.field(i));
    }
  }

 private:
  // What says who wrote a version and when, not what it is.
  static bool IsBookkeeping(const FieldDescriptor& field) {
    return IsServerSet(field) || (field.containing_type() == v1::Tool::descriptor() && field.name() == "updated_by");
  }

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

  void CompareField(const Message& before, const Message& after, const FieldDescriptor& field) {
    const auto scope = path_.Field(field.name());
    if (field.is_repeated()) {
      const FieldDescriptor* name = EntryNameOf(field);
      name == nullptr ? CompareByIndex(before, after, field) : CompareByName(before, after, field, *name);
      return;
    }
    if (IsSet(before, field) && IsSet(after, field)) return CompareEntries(before, 0, after, 0, field);
    const bool came_or_went = field.has_presence() && IsSet(before, field) != IsSet(after, field);
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

  // Two entries of lists, or two fields that are none.
  void CompareEntries(const Message& before, int old_index, const Message& after, int new_index,
                      const FieldDescriptor& field) {
    const auto of = [&](const Message& message, int index) -> const Message& {
      return MessageOf(message, field, index);
    };
    switch (FormOf(field)) {
      case FieldForm::kFree:
        return CompareValues(static_cast<const Value&>(of(before, old_index)),
                             static_cast<const Value&>(of(after, new_index)));
      case FieldForm::kObject:
        return CompareObjects(static_cast<const Struct&>(of(before, old_index)),
                              static_cast<const Struct&>(of(after, new_index)));
      case FieldForm::kMessage:
        return CompareMessages(of(before, old_index), of(after, new_index));
      default: {
        const Value old_value = EntryOf(before, field, old_index), new_value = EntryOf(after, field, new_index);
        if (!Same(old_value, new_value)) Add(old_value, new_value);
      }
    }
  }

  // A name, and which of the entries that have it: not all lists forbid that two do.
  using EntryName = std::pair<std::string, int>;

  static std::string NameOf(const Message& message, const FieldDescriptor& list, const FieldDescriptor& name,
                            int index) {
    return std::get<std::string>(ScalarOf(MessageOf(message, list, index), name, 0));
  }

  static std::map<EntryName, int> IndexByName(const Message& message, const FieldDescriptor& list,
                                              const FieldDescriptor& name) {
    std::map<std::string, int> seen;
    std::map<EntryName, int> indices;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &list); ++i) {
      const std::string text = NameOf(message, list, name, i);
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
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &list); ++i) {
      *names.mutable_list_value()->add_values() = ValueOf(NameOf(message, list, name, i));
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

DefinitionDiff DiffDefinitions(const Message& before, const Message& after, int limit) {
  Comparison comparison(limit);
  comparison.CompareMessages(before, after);
  return comparison.TakeDiff();
}

}  // namespace toolcatalog
