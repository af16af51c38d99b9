#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/definition/field_walk.h"
#include "common/definition/formats/definition_diff.h"
#include "common/definition/formats/definition_json.h"
#include "common/definition/formats/definition_reader.h"
#include "common/definition/formats/definition_writer.h"
#include "common/definition/yaml/yaml_reader.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A definition of the future: a message with a field of each type, and with a list of each.
class EveryType : public ::testing::Test {
 protected:
  EveryType() : pool_(google::protobuf::DescriptorPool::generated_pool()) {
    // Links their descriptors in.
    google::protobuf::Struct::descriptor();
    google::protobuf::Timestamp::descriptor();
    FileDescriptorProto file;
    file.set_name("every_type.proto");
    file.set_syntax("proto3");
    file.add_dependency("google/protobuf/struct.proto");
    file.add_dependency("google/protobuf/timestamp.proto");
    auto& color = *file.add_enum_type();
    color.set_name("Color");
    for (const char* name : {"GRAY", "RED"}) {
      auto& value = *color.add_value();
      value.set_name(name);
      value.set_number(color.value_size() - 1);
    }
    auto& every = *file.add_message_type();
    every.set_name("Every");
    for (int type = 1; type <= FieldDescriptorProto::Type_MAX; ++type) {
      const auto field_type = static_cast<FieldDescriptorProto::Type>(type);
      if (field_type == FieldDescriptorProto::TYPE_GROUP) continue;  // not in proto3
      const bool is_message = field_type == FieldDescriptorProto::TYPE_MESSAGE;
      for (const char* name :
           {".Every", ".google.protobuf.Struct", ".google.protobuf.Value", ".google.protobuf.Timestamp"}) {
        AddFields(field_type, is_message ? name : ".Color", every);
        if (!is_message) break;
      }
    }
    auto& extra = AddField("extra", FieldDescriptorProto::TYPE_MESSAGE, every);
    extra.set_type_name(".google.protobuf.Struct");
    type_ = pool_.BuildFile(file)->FindMessageTypeByName("Every");
    factory_.SetDelegateToGeneratedFactory(true);
  }

  static FieldDescriptorProto& AddField(const std::string& name, FieldDescriptorProto::Type type,
                                        google::protobuf::DescriptorProto& message) {
    FieldDescriptorProto& field = *message.add_field();
    field.set_name(name);
    field.set_number(message.field_size());
    field.set_type(type);
    field.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
    return field;
  }

  static void AddFields(FieldDescriptorProto::Type type, const std::string& type_name,
                        google::protobuf::DescriptorProto& message) {
    for (const bool is_list : {false, true}) {
      FieldDescriptorProto& field =
          AddField(absl::StrCat("f", message.field_size(), is_list ? "_list" : ""), type, message);
      if (is_list) field.set_label(FieldDescriptorProto::LABEL_REPEATED);
      const bool is_named = type == FieldDescriptorProto::TYPE_MESSAGE || type == FieldDescriptorProto::TYPE_ENUM;
      if (is_named) field.set_type_name(type_name);
    }
  }

  std::unique_ptr<Message> New() { return std::unique_ptr<Message>(factory_.GetPrototype(type_)->New()); }

  // With every field set, and two entries in every list.
  void Fill(Message& message, int level) {
    for (int i = 0; i < type_->field_count(); ++i) {
      const FieldDescriptor& field = *type_->field(i);
      for (int n = field.is_repeated() ? 2 : 1; n > 0; --n) Put(message, field, n, level);
    }
  }

  void Put(Message& message, const FieldDescriptor& field, int n, int level) {
    google::protobuf::Value value;
    value.set_string_value(absl::StrCat("text ", n));
    switch (FormOf(field)) {
      case FieldForm::kText:
        EXPECT_TRUE(PutText(message, field, absl::StrCat("text ", n)));
        break;
      case FieldForm::kBytes:
        EXPECT_TRUE(PutText(message, field, "AP8Q"));
        break;
      case FieldForm::kEnum:
        EXPECT_TRUE(PutText(message, field, "RED"));
        break;
      case FieldForm::kInteger:
        EXPECT_TRUE(PutText(message, field, absl::StrCat(n)));
        break;
      case FieldForm::kNumber:
        EXPECT_TRUE(PutNumber(message, field, n + 0.1));
        break;
      case FieldForm::kBool:
        PutBool(message, field, true);
        break;
      case FieldForm::kTime:
        static_cast<google::protobuf::Timestamp&>(PutMessage(message, field)).set_seconds(n);
        break;
      case FieldForm::kObject:
        (*static_cast<google::protobuf::Struct&>(PutMessage(message, field)).mutable_fields())["key"] = value;
        break;
      case FieldForm::kFree:
        PutMessage(message, field).CopyFrom(value);
        break;
      case FieldForm::kMessage:
        if (level < 2) Fill(PutMessage(message, field), level + 1);
        break;
    }
  }

  std::string Yaml(const Message& message) {
    DefinitionWriter writer;
    writer.Add(message);
    return writer.Take();
  }

  // What the text says; the problems are kept.
  std::unique_ptr<Message> Read(absl::string_view text) {
    std::unique_ptr<Message> message = New();
    const absl::Status status = ReadYaml(text, [&](const YamlDocument& document) {
      DefinitionReader reader("every");
      reader.ReadMessage(document.root(), *message);
      for (const v1::ImportProblem& problem : reader.TakeErrors()) errors_.push_back(problem.error());
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status << text;
    return message;
  }

  // Why a field of this type does not take the text.
  std::string Refusal(FieldDescriptor::Type type, absl::string_view text) {
    for (int i = 0; i < type_->field_count(); ++i) {
      if (type_->field(i)->type() != type || type_->field(i)->is_repeated()) continue;
      errors_.clear();
      Read(absl::StrCat(type_->field(i)->name(), ": ", text, "\n"));
      return errors_.empty() ? "" : errors_[0];
    }
    return "no such field";
  }

  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_;
  const Descriptor* type_ = nullptr;
  std::vector<std::string> errors_;
};

TEST_F(EveryType, IsReadAsItIsWritten) {
  const std::unique_ptr<Message> message = New();
  Fill(*message, 0);
  const std::unique_ptr<Message> again = Read(Yaml(*message));
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_TRUE(MessageDifferencer::Equals(*again, *message)) << Yaml(*message);
  EXPECT_EQ(Yaml(*New()), Yaml(*Read(Yaml(*New()))));
}

TEST_F(EveryType, HasProtobufsJson) {
  const std::unique_ptr<Message> message = New();
  Fill(*message, 0);
  std::string expected;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*message, &expected, options).ok());
  EXPECT_EQ(nlohmann::json::parse(DefinitionToJson(*message)), nlohmann::json::parse(expected));
  EXPECT_TRUE(MessageDifferencer::Equals(*Read(DefinitionToJson(*message)), *message));
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(EveryType, IsComparedFieldByField) {
  const std::unique_ptr<Message> message = New();
  Fill(*message, 2);
  EXPECT_THAT(DiffDefinitions(*message, *message, 1000).differences, IsEmpty());
  const DefinitionDiff diff = DiffDefinitions(*New(), *message, 1000);
  int expected = 0;
  for (int i = 0; i < type_->field_count(); ++i) {
    if (IsSet(*message, *type_->field(i))) expected += type_->field(i)->is_repeated() ? 2 : 1;
  }
  EXPECT_EQ(static_cast<int>(diff.differences.size()), expected);
  for (const v1::FieldDifference& difference : diff.differences) {
    EXPECT_FALSE(difference.new_().has_null_value()) << difference.path();
  }
}

TEST_F(EveryType, RefusesWhatItCannotHold) {
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_INT32, "2147483648"), "must be an integer of 32 bits, got \"2147483648\"");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_INT32, "1.5"), "must be an integer of 32 bits, got \"1.5\"");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_INT32, "-2147483648"), "");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_SFIXED64, "x"), "must be an integer of 64 bits, got \"x\"");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_UINT64, "-1"),
            "must be an integer of 64 bits that is not negative, got \"-1\"");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_UINT64, "18446744073709551615"), "");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_FIXED32, "[1]"),
            "must be an integer of 32 bits that is not negative, got a list");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_FLOAT, "1e39"), "must be within the range of a float, got \"1e39\"");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_ENUM, "GREEN"), "must be one of GRAY, RED, got \"GREEN\"");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_BYTES, "'%'"), "must be bytes in Base64, got \"%\"");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_BOOL, "maybe"), "must be true or false, got \"maybe\"");
  EXPECT_EQ(Refusal(FieldDescriptor::TYPE_STRING, "{a: b}"), "must be text, got a map");
}

TEST_F(EveryType, ShowsNumbersOfEnumsThatAreNew) {
  const std::unique_ptr<Message> message = New();
  for (int i = 0; i < type_->field_count(); ++i) {
    const FieldDescriptor& field = *type_->field(i);
    if (field.type() != FieldDescriptor::TYPE_ENUM || field.is_repeated()) continue;
    message->GetReflection()->SetEnumValue(message.get(), &field, 7);
    EXPECT_EQ(std::get<int64_t>(ScalarOf(*message, field, 0)), 7);
  }
  EXPECT_THAT(DefinitionToJson(*message), HasSubstr("7"));
}

}  // namespace
}  // namespace toolcatalog
