// The shared definition files, all in one import: what arrives in the catalog, in the profiles, and what an edit does.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Every text, number and truth value somewhere in a message, after a letter for its type.
void CollectValues(const Message& message, std::multiset<std::string>& values) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const auto* reflection = message.GetReflection();
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const bool repeated = field->is_repeated();
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          CollectValues(
              repeated ? reflection->GetRepeatedMessage(message, field, i) : reflection->GetMessage(message, field),
              values);
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          values.insert("s" + (repeated ? reflection->GetRepeatedString(message, field, i)
                                        : reflection->GetString(message, field)));
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
          values.insert(absl::StrCat("n", reflection->GetDouble(message, field)));
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          values.insert(reflection->GetBool(message, field) ? "btrue" : "bfalse");
          break;
        default:
          break;
      }
    }
  }
}

// How the message may hold a scalar.
std::vector<std::string> Spellings(const YAML::Node& scalar) {
  const std::string& text = scalar.Scalar();
  std::vector<std::string> spellings;
  double number = 0;
  const bool plain = scalar.Tag() == "?";
  if (plain && absl::SimpleAtod(text, &number)) spellings.push_back(absl::StrCat("n", number));
  if (plain) spellings.push_back(absl::StrCat("b", absl::AsciiStrToLower(text)));
  spellings.push_back(absl::StrCat("s", text));
  return spellings;
}

// What a field that is not set means as well.
bool IsDefault(const YAML::Node& scalar) {
  const std::string text = absl::AsciiStrToLower(scalar.Scalar());
  return text.empty() || (scalar.Tag() == "?" && (text == "0" || text == "false"));
}

// Scalars of the file that no value of the tool stands for.
void FindLost(const YAML::Node& node, const std::string& path, std::multiset<std::string>& values,
              std::vector<std::string>& lost) {
  if (node.IsMap()) {
    for (const auto& entry : node) {
      FindLost(entry.second, absl::StrCat(path, ".", entry.first.Scalar()), values, lost);
    }
  } else if (node.IsSequence()) {
    for (size_t i = 0; i < node.size(); ++i) FindLost(node[i], absl::StrCat(path, "[", i, "]"), values, lost);
  } else if (node.IsScalar()) {
    for (const std::string& spelling : Spellings(node)) {
      if (IsDefault(node) && spelling[0] == 's') return;
      auto found = values.find(spelling);
      if (found != values.end()) return void(values.erase(found));
    }
    lost.push_back(absl::StrCat(path, " = \"", node.Scalar(), "\""));
  }
}

// Where a file has the fields of its tool.
YAML::Node FieldsOf(YAML::Node root) { return root["tool"] ? root["tool"] : root; }

// In lower case; empty for the files that are not imported.
std::string NameIn(const DefinitionFile& file) {
  if (absl::StartsWith(file.path, "templates/")) return "";
  const YAML::Node fields = FieldsOf(YAML::Load(file.text));
  for (const char* key : {"tool_name", "name"}) {
    if (fields[key]) return absl::AsciiStrToLower(fields[key].Scalar());
  }
  return "";
}

class ImportTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    auto files = ReadDefinitionFiles();
    if (!files.ok()) GTEST_SKIP() << "needs real definition files: " << files.status().message();
    files_ = *std::move(files);
    for (DefinitionFile& file : files_) {
      // A literal at the end of a file means something else once a newline follows.
      if (!absl::EndsWith(file.text, "\n")) file.text += "\n";
      if (const std::string name = NameIn(file); !name.empty()) tools_.emplace(name, file);
    }
    EndToEndFixture::SetUp();
    if (!HasFatalFailure()) Start(1, {0});
  }

  // `count` files with another description.
  std::string Edited(size_t count) {
    std::vector<DefinitionFile> edited;
    for (const auto& [name, file] : tools_) {
      if (edited.size() == count) break;
      const YAML::Node root = YAML::Load(file.text);
      YAML::Node changed = YAML::Clone(root);
      FieldsOf(changed)["description"] = "an edited description";
      YAML::Emitter emitter;
      emitter << changed;
      edited.push_back({file.path, emitter.c_str()});
    }
    return JoinDocuments(edited);
  }

  std::vector<DefinitionFile> files_;
  // Those of the importable forms, by name in lower case; the first file of a name.
  std::map<std::string, DefinitionFile> tools_;
};

TEST_F(ImportTest, TakesAllFilesOnceAndEditsOnlyWithOverwrite) {
  const std::string all = JoinDocuments(files_);
  const absl::Time begin = absl::Now();
  const auto first = Import(catalog(), all, false);
  RecordProperty("import_ms", absl::ToInt64Milliseconds(absl::Now() - begin));
  ASSERT_THAT(first, IsOk());
  const int items = first->imported_count() + first->failed_count() + first->skipped_count();
  std::cout << files_.size() << " files, " << items << " items imported in "
            << absl::ToDoubleMilliseconds(absl::Now() - begin) << " ms\n";
  EXPECT_GE(items, static_cast<int>(files_.size()));
  for (const v1::ImportProblem& problem : first->errors()) {
    // A second file of the same name fails, whatever its form.
    const bool is_second = absl::StrContains(problem.error(), "twice, on line ");
    EXPECT_EQ(tools_.count(absl::AsciiStrToLower(problem.tool())), is_second ? 1u : 0u) << problem.ShortDebugString();
    EXPECT_GT(problem.line(), 0) << problem.ShortDebugString();
  }
  EXPECT_EQ(first->imported_count(), static_cast<int>(tools_.size()));
  EXPECT_EQ(first->success(), first->failed_count() == 0);
  EXPECT_EQ(first->revision(), 1);

  const auto again = Import(catalog(), all, false);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->imported_count(), 0);
  EXPECT_EQ(again->skipped_count(), first->imported_count());
  EXPECT_EQ(again->failed_count(), first->failed_count());
  EXPECT_EQ(again->revision(), 1);
  EXPECT_EQ(Revision(catalog()).value_or(-1), 1);

  const std::string edited = Edited(10);
  const auto refused = Import(catalog(), edited, false);
  ASSERT_THAT(refused, IsOk());
  EXPECT_EQ(refused->failed_count(), 10);
  EXPECT_EQ(refused->imported_count() + refused->skipped_count(), 0);
  EXPECT_EQ(Revision(catalog()).value_or(-1), 1);

  const auto replaced = Import(catalog(), edited, true);
  ASSERT_THAT(replaced, IsOk());
  EXPECT_EQ(replaced->imported_count(), 10);
  EXPECT_EQ(replaced->failed_count() + replaced->skipped_count(), 0);
  EXPECT_EQ(replaced->revision(), 2);
  const auto tools = LatestTools(catalog());
  ASSERT_THAT(tools, IsOk());
  const int changed = std::count_if(tools->begin(), tools->end(), [](const auto& entry) {
    return entry.second.description() == "an edited description" && entry.second.revision() == 2;
  });
  EXPECT_EQ(changed, 10);
  EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
}

TEST_F(ImportTest, LosesNothingOnTheWayIntoTheProfiles) {
  ASSERT_THAT(Import(catalog(), JoinDocuments(files_), false), IsOk());
  ASSERT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  const auto profiles = Profiles(reload());
  ASSERT_THAT(profiles, IsOk());
  for (const auto& [name, file] : tools_) {
    const auto profile = profiles->find(name);
    if (profile == profiles->end()) continue;  // Not usable; AwaitEqualProfiles has judged that.
    std::multiset<std::string> values;
    CollectValues(profile->second.tool(), values);
    std::vector<std::string> lost;
    FindLost(YAML::Load(file.text), "", values, lost);
    EXPECT_THAT(lost, testing::IsEmpty()) << file.path;
  }
  EXPECT_GT(profiles->size(), tools_.size() / 2);
}

TEST_F(ImportTest, MakesProfilesOfUsableToolsOnly) {
  ASSERT_THAT(Import(catalog(), JoinDocuments(files_), false), IsOk());
  std::vector<std::string> names;
  for (const auto& [name, file] : tools_) names.push_back(name);
  ASSERT_THAT(Disable(catalog(), names[0]), IsOk());
  const std::vector<std::string> statuses = {"testing", "draft", "deprecated", "disabled"};
  for (size_t i = 0; i < statuses.size(); ++i) {
    v1::Tool fields;
    fields.set_tool_name(names[i + 1]);
    fields.set_status(statuses[i]);
    ASSERT_THAT(Update(catalog(), fields), IsOk());
  }
  ASSERT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  const auto profiles = Profiles(reload());
  ASSERT_THAT(profiles, IsOk());
  EXPECT_EQ(profiles->count(names[0]), 0u);
  EXPECT_EQ(profiles->count(names[1]), 1u);
  for (int unusable : {2, 3, 4}) EXPECT_EQ(profiles->count(names[unusable]), 0u) << statuses[unusable - 1];
}

}  // namespace
}  // namespace toolcatalog
