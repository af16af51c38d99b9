// Reads every real definition file, where they are at hand.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/definition_validator.h"
#include "common/definition_yaml.h"
#include "common/yaml_document.h"
#include "common/yaml_reader.h"
#include "common/yaml_scalar.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Value;
using ::testing::SizeIs;
using Kind = YamlValue::Kind;

std::map<std::string, std::string> ReadFiles(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().lexically_relative(folder)] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

// Asserts that a message has all that a YAML value says. It knows the forms of YAML apart from the code under test.
class Comparison {
 public:
  int scalars() const { return scalars_; }

  void CompareMessage(YamlValue map, const Message& message, const std::string& path) {
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

 private:
  void CompareAny(YamlValue value, const Message& message, const std::string& path) {
    if (message.GetDescriptor() == Value::descriptor())
      return CompareFree(value, static_cast<const Value&>(message), path);
    if (message.GetDescriptor() != Struct::descriptor()) return CompareMessage(value, message, path);
    for (const auto& [key, entry] : value.Entries()) {
      const auto& fields = static_cast<const Struct&>(message).fields();
      ASSERT_TRUE(fields.contains(std::string(key.text()))) << path << "." << key.text();
      CompareFree(entry, fields.at(std::string(key.text())), absl::StrCat(path, ".", key.text()));
    }
  }

  void CompareList(YamlValue value, const Message& message, const FieldDescriptor& field, const std::string& path) {
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

  void CompareScalar(YamlValue value, const Message& message, const FieldDescriptor& field, const std::string& path) {
    ++scalars_;
    const auto* reflection = message.GetReflection();
    ASSERT_EQ(value.kind(), Kind::kScalar) << path;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      EXPECT_EQ(reflection->GetDouble(message, &field), std::strtod(std::string(value.text()).c_str(), nullptr))
          << path;
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      EXPECT_EQ(reflection->GetBool(message, &field), value.text() == "true") << path;
    } else {
      EXPECT_EQ(reflection->GetString(message, &field), value.text()) << path;
    }
  }

  void CompareFree(YamlValue value, const Value& free, const std::string& path) {
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

  int scalars_ = 0;
};

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

class RealDefinitionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("TOOLCATALOG_TEST_DATA");
    if (folder == nullptr || !std::filesystem::exists(std::filesystem::path(folder) / "tools")) {
      GTEST_SKIP() << "TOOLCATALOG_TEST_DATA does not name the folder of real definitions";
    }
    folder_ = folder;
    files_ = ReadFiles(folder_ / "tools");
    ASSERT_THAT(files_, SizeIs(141));
  }

  std::vector<ImportItem> Read(absl::string_view yaml) {
    std::vector<ImportItem> items;
    const absl::Status status = ReadDefinitions(yaml, validator_, [&](ImportItem item) {
      items.push_back(std::move(item));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return items;
  }

  std::string AllFiles() const {
    std::string all;
    for (const auto& [name, text] : files_) absl::StrAppend(&all, "---\n", text, "\n");
    return all;
  }

  const DefinitionValidator validator_{DefaultVocabulary()};
  std::filesystem::path folder_;
  std::map<std::string, std::string> files_;
};

TEST_F(RealDefinitionsTest, FormsAAndEAreImportedAndNothingIsLost) {
  int imported = 0, scalars = 0;
  for (const auto& [name, text] : files_) {
    const std::vector<ImportItem> items = Read(text);
    ASSERT_THAT(items, SizeIs(1)) << name;
    if (!items[0].errors.empty()) continue;
    ++imported;
    EXPECT_THAT(items[0].warnings, SizeIs(0)) << name << ": " << items[0].warnings[0].ShortDebugString();
    Comparison comparison;
    int expected = 0;
    const absl::Status status = ReadYaml(text, [&](const YamlDocument& document) {
      comparison.CompareMessage(document.root(), items[0].tool, name);
      expected += CountScalars(document.root());
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(comparison.scalars(), expected) << name;
    scalars += expected;
  }
  EXPECT_EQ(imported, 120);
  EXPECT_GT(scalars, 8000);
}

TEST_F(RealDefinitionsTest, OthersFailWithOneErrorThatNamesWhatIsMissing) {
  int failed = 0;
  for (const auto& [name, text] : files_) {
    const std::vector<ImportItem> items = Read(text);
    if (items[0].errors.empty() || absl::StrContains(name, "template")) continue;
    ++failed;
    EXPECT_THAT(items[0].errors, SizeIs(1)) << name;
    EXPECT_EQ(items[0].errors[0].path(), "tool_name") << name;
    EXPECT_TRUE(absl::StartsWith(items[0].errors[0].error(), "required; a definition ")) << name;
  }
  EXPECT_EQ(failed, 20);
}

TEST_F(RealDefinitionsTest, TemplateListsItsProblemsWithTheirLines) {
  const std::vector<ImportItem> items = Read(files_.at("templates/tool_template.yaml"));
  std::map<std::string, v1::ImportProblem> errors;
  for (const v1::ImportProblem& error : items[0].errors) {
    EXPECT_GT(error.line(), 0) << error.ShortDebugString();
    EXPECT_GT(error.column(), 0) << error.ShortDebugString();
    EXPECT_TRUE(errors.emplace(error.path(), error).second) << "twice: " << error.ShortDebugString();
  }
  for (const char* path :
       {"tool_name", "platform", "category", "capabilities[0].patterns[0].complexity_score",
        "capabilities[0].patterns[0].preference_match.speed", "capabilities[0].patterns[0].policy.requires_approval",
        "dependencies[0].required", "examples[0].expected_time_ms"}) {
    EXPECT_EQ(errors.count(path), 1u) << path;
  }
  EXPECT_EQ(errors["tool_name"].line(), 11);
}

TEST_F(RealDefinitionsTest, ProfilesFailWithOneErrorEach) {
  const auto profiles = ReadFiles(folder_);
  const std::vector<ImportItem> items = Read(profiles.at("tool_optimization_profiles.yaml"));
  EXPECT_GT(items.size(), 3u);
  for (const ImportItem& item : items) {
    ASSERT_THAT(item.errors, SizeIs(1));
    EXPECT_TRUE(absl::StrContains(item.errors[0].error(), "optimization profile")) << item.errors[0].error();
  }
}

TEST_F(RealDefinitionsTest, AdviceIsRareAndHasALine) {
  int advised = 0, tools = 0;
  for (const auto& [name, text] : files_) {
    const std::vector<ImportItem> items = Read(text);
    if (!items[0].errors.empty()) continue;
    ++tools;
    for (const v1::ImportProblem& advice : items[0].advice) {
      EXPECT_GT(advice.line(), 0) << name << ": " << advice.ShortDebugString();
      ++advised;
    }
  }
  EXPECT_LT(advised, tools / 10) << "advice that is about every other definition is not read";
}

TEST_F(RealDefinitionsTest, OneTextHoldsThemAll) {
  const std::string all = AllFiles();
  const absl::Time start = absl::Now();
  const std::vector<ImportItem> items = Read(all);
  RecordProperty("milliseconds", static_cast<int>(absl::ToInt64Milliseconds(absl::Now() - start)));
  int imported = 0;
  for (const ImportItem& item : items) imported += item.errors.empty();
  EXPECT_THAT(items, SizeIs(141));
  EXPECT_EQ(imported, 120);
}

}  // namespace
}  // namespace toolcatalog
