#include "common/definition/formats/yaml_comparison.h"

#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/definition/yaml/yaml_scalar.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using Kind = YamlValue::Kind;

}  // namespace

void YamlComparison::CompareMessage(YamlValue map, const Message& message, const std::string& path) {
  for (const auto& [key, value] : map.Entries()) {
    const std::string name(key.text());
    const std::string below = absl::StrCat(path, ".", name);
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) {
      const auto* extra = message.GetDescriptor()->FindFieldByName("extra");
      const auto& fields = static_cast<const Struct&>(message.GetReflection()->GetMessage(message, extra)).fields();
      ASSERT_TRUE(fields.contains(name)) << below;
      CompareFree(value, fields.at(name), below);
    } else if (field->is_repeated()) {
      CompareList(value, message, *field, below);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CompareAny(value, message.GetReflection()->GetMessage(message, field), below);
    } else {
      CompareScalar(value, message, *field, below);
    }
  }
}

void YamlComparison::CompareAny(YamlValue value, const Message& message, const std::string& path) {
  if (message.GetDescriptor() == Value::descriptor())
    return CompareFree(value, static_cast<const Value&>(message), path);
  if (message.GetDescriptor() != Struct::descriptor()) return CompareMessage(value, message, path);
  for (const auto& [key, entry] : value.Entries()) {
    const auto& fields = static_cast<const Struct&>(message).fields();
    ASSERT_TRUE(fields.contains(std::string(key.text()))) << path << "." << key.text();
    CompareFree(entry, fields.at(std::string(key.text())), absl::StrCat(path, ".", key.text()));
  }
}

void YamlComparison::CompareList(YamlValue value, const Message& message, const FieldDescriptor& field,
                                 const std::string& path) {
  const auto* reflection = message.GetReflection();
  std::vector<YamlValue> bodies;
  if (value.kind() == Kind::kSequence) bodies = value.Elements();
  if (value.kind() == Kind::kMap) {
    for (const auto& [key, body] : value.Entries()) {
      bodies.push_back(body);
      const Message& entry = reflection->GetRepeatedMessage(message, &field, static_cast<int>(bodies.size()) - 1);
      const auto* name = entry.GetDescriptor()->field(0);
      EXPECT_EQ(entry.GetReflection()->GetString(entry, name), key.text()) << path;
    }
  }
  ASSERT_EQ(static_cast<size_t>(reflection->FieldSize(message, &field)), bodies.size()) << path;
  for (int i = 0; i < static_cast<int>(bodies.size()); ++i) {
    const std::string below = absl::StrCat(path, "[", i, "]");
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CompareAny(bodies[i], reflection->GetRepeatedMessage(message, &field, i), below);
    } else {
      EXPECT_EQ(reflection->GetRepeatedString(message, &field, i), bodies[i].text()) << below;
      ++scalars_;
    }
  }
}

void YamlComparison::CompareScalar(YamlValue value, const Message& message, const FieldDescriptor& field,
                                   const std::string& path) {
  ++scalars_;
  const auto* reflection = message.GetReflection();
  ASSERT_EQ(value.kind(), Kind::kScalar) << path;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    EXPECT_EQ(reflection->GetDouble(message, &field), std::strtod(std::string(value.text()).c_str(), nullptr)) << path;
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    EXPECT_EQ(reflection->GetBool(message, &field), value.text() == "true") << path;
  } else {
    EXPECT_EQ(reflection->GetString(message, &field), value.text()) << path;
  }
}

void YamlComparison::CompareFree(YamlValue value, const Value& free, const std::string& path) {
  if (value.kind() == Kind::kMap) return CompareAny(value, free.struct_value(), path);
  if (value.kind() == Kind::kSequence) {
    const std::vector<YamlValue> elements = value.Elements();
    ASSERT_EQ(static_cast<size_t>(free.list_value().values_size()), elements.size()) << path;
    for (size_t i = 0; i < elements.size(); ++i) {
      CompareFree(elements[i], free.list_value().values(static_cast<int>(i)), absl::StrCat(path, "[", i, "]"));
    }
    return;
  }
  ++scalars_;
  if (value.kind() == Kind::kNull) {
    EXPECT_TRUE(free.has_null_value()) << path;
  } else if (value.is_plain() && (value.text() == "true" || value.text() == "false")) {
    EXPECT_EQ(free.bool_value(), value.text() == "true") << path;
  } else if (value.is_plain() && IsYamlNumber(value.text())) {
    EXPECT_EQ(free.number_value(), std::strtod(std::string(value.text()).c_str(), nullptr)) << path;
  } else {
    EXPECT_EQ(free.string_value(), value.text()) << path;
  }
}

int CountScalars(YamlValue value) {
  int count = 0;
  if (value.kind() == Kind::kMap) {
    for (const auto& entry : value.Entries()) count += CountScalars(entry.value);
  } else if (value.kind() == Kind::kSequence) {
    for (const YamlValue& element : value.Elements()) count += CountScalars(element);
  } else {
    count = 1;
  }
  return count;
}

void CollectScalars(const Message& message, std::multiset<std::string>& scalars) {
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CollectScalars(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                            : reflection->GetMessage(message, field),
                       scalars);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        scalars.insert(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                            : reflection->GetString(message, field));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
        scalars.insert(absl::StrCat(reflection->GetDouble(message, field)));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
        scalars.insert(reflection->GetBool(message, field) ? "true" : "false");
      }
    }
  }
}

void ExpectScalars(YamlValue value, const std::string& name, std::multiset<std::string>& scalars) {
  if (value.kind() == Kind::kMap) {
    for (const auto& entry : value.Entries()) ExpectScalars(entry.value, name, scalars);
  } else if (value.kind() == Kind::kSequence) {
    for (const YamlValue& element : value.Elements()) ExpectScalars(element, name, scalars);
  } else if (value.kind() == Kind::kScalar) {
    const bool is_default = value.is_plain() && value.text() == "false";
    const bool is_number = value.is_plain() && IsYamlNumber(value.text());
    auto found = scalars.find(is_number ? absl::StrCat(std::strtod(std::string(value.text()).c_str(), nullptr))
                                        : std::string(value.text()));
    if (found != scalars.end()) {
      scalars.erase(found);
    } else {
      EXPECT_TRUE(is_default) << name << ":" << value.line() << ": \"" << value.text() << "\" is lost";
    }
  }
}

}  // namespace toolcatalog
