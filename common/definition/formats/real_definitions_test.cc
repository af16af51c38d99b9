// Reads the real definition files whose number and problems are known, where they are at hand.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/definition/definition.h"
#include "common/definition/formats/definition_writer.h"
#include "common/definition/formats/definition_yaml.h"
#include "common/definition/formats/yaml_comparison.h"
#include "common/definition/validation/definition_validator.h"
#include "common/definition/yaml/yaml_document.h"
#include "common/definition/yaml/yaml_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/definition_testing.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Stands beside the folder of the tools, and tells these definitions from others.
constexpr char kProfiles[] = "tool_optimization_profiles.yaml";

std::map<std::string, std::string> ReadFiles(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().lexically_relative(folder)] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

class RealDefinitionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("TOOLCATALOG_TEST_DATA");
    if (folder == nullptr || !std::filesystem::exists(std::filesystem::path(folder) / kProfiles)) {
      GTEST_SKIP() << "TOOLCATALOG_TEST_DATA does not name a folder with " << kProfiles;
    }
    folder_ = folder;
    files_ = ReadFiles(folder_ / "tools");
    ASSERT_THAT(files_, SizeIs(141));
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

// What becomes of the files that are not in the common form. All others are imported as they are.
struct Outcome {
  // Mappings that are reported.
  int mapped;
  // Paths of the errors; empty = imported.
  std::vector<std::string> errors;
};
const std::map<std::string, Outcome>& OtherForms() {
  static const auto* outcomes = new std::map<std::string, Outcome>{
      // Named, without capabilities.
      {"windows/add_content.yaml", {0, {}}},
      {"windows/expand_archive.yaml", {0, {}}},
      {"windows/foreach_object.yaml", {0, {}}},
      {"windows/invoke_restmethod.yaml", {0, {}}},
      {"windows/nslookup.yaml", {0, {}}},
      {"windows/ping.yaml", {0, {}}},
      {"windows/resolve_dnsname.yaml", {0, {}}},
      {"windows/robocopy.yaml", {0, {}}},
      {"windows/set_acl.yaml", {0, {}}},
      {"windows/systeminfo.yaml", {0, {}}},
      {"windows/tasklist.yaml", {0, {}}},
      // Below `tool`, with one capability and one pattern.
      {"windows/get_content.yaml", {10, {}}},
      {"windows/get_item.yaml", {10, {}}},
      {"windows/move_item.yaml", {10, {}}},
      {"windows/new_item.yaml", {10, {}}},
      {"windows/remove_item.yaml", {10, {}}},
      {"windows/restart_service.yaml", {10, {}}},
      {"windows/start_service.yaml", {10, {}}},
      {"windows/stop_service.yaml", {10, {}}},
      // Named by its metadata: no platform, a category of its own, and free objects that nest too deeply.
      {"network/vapix/device-config/axis_vapix_network_settings.yaml",
       {34,
        {"platform", "category", "capabilities[0].patterns[0].output.schema.properties.data.properties.apiList",
         "capabilities[1].patterns[0].output.schema.properties.response.properties.data",
         "capabilities[1].patterns[0].output.schema.properties.response.properties.status",
         "capabilities[3].patterns[0].output.schema.properties.response.properties.status",
         "capabilities[4].patterns[0].output.schema.properties.response.properties.status"}}},
      // Placeholders.
      {"templates/tool_template.yaml",
       {0,
        {"capabilities[0].patterns[0].complexity_score",
         "capabilities[0].patterns[0].policy.max_cost",
         "capabilities[0].patterns[0].policy.requires_approval",
         "capabilities[0].patterns[0].policy.production_safe",
         "capabilities[0].patterns[0].policy.max_execution_time",
         "capabilities[0].patterns[0].policy.max_N_immediate",
         "capabilities[0].patterns[0].preference_match.speed",
         "capabilities[0].patterns[0].preference_match.accuracy",
         "capabilities[0].patterns[0].preference_match.cost",
         "capabilities[0].patterns[0].preference_match.complexity",
         "capabilities[0].patterns[0].preference_match.completeness",
         "dependencies[0].required",
         "examples[0].expected_time_ms",
         "examples[0].expected_cost",
         "tool_name",
         "platform",
         "category",
         "capabilities[0].patterns[0].time_estimate_ms",
         "capabilities[0].patterns[0].cost_estimate",
         "capabilities[0].patterns[0].policy.requires_background_if"}}}};
  return *outcomes;
}

// The mappings among the warnings; the validator has warnings of its own.
int CountMappings(const ImportItem& item) {
  int count = 0;
  for (const v1::ImportProblem& warning : item.warnings) {
    const std::string& text = warning.error();
    count += absl::StartsWith(text, "read from ") || absl::StartsWith(text, "not given") ||
             absl::StrContains(text, "were read as");
    EXPECT_GT(warning.line(), 0) << warning.ShortDebugString();
  }
  return count;
}

std::vector<std::string> Paths(const std::vector<v1::ImportProblem>& problems) {
  std::vector<std::string> paths;
  for (const v1::ImportProblem& problem : problems) paths.push_back(problem.path());
  return paths;
}

TEST_F(RealDefinitionsTest, EachFormHasItsOutcome) {
  for (const auto& [name, text] : files_) {
    const std::vector<ImportItem> items = ReadItems(text);
    ASSERT_THAT(items, SizeIs(1)) << name;
    const auto other = OtherForms().find(name);
    const Outcome expected = other == OtherForms().end() ? Outcome{0, {}} : other->second;
    EXPECT_EQ(CountMappings(items[0]), expected.mapped) << name;
    EXPECT_THAT(Paths(items[0].errors), ElementsAreArray(expected.errors)) << name;
  }
}

TEST_F(RealDefinitionsTest, NothingIsLost) {
  int imported = 0, mapped = 0, scalars = 0;
  for (const auto& [name, text] : files_) {
    const std::vector<ImportItem> items = ReadItems(text);
    ASSERT_THAT(items, SizeIs(1)) << name;
    if (!items[0].errors.empty()) continue;
    ++imported;
    YamlComparison comparison;
    int expected = 0;
    const absl::Status status = ReadYaml(text, [&, name = name](const YamlDocument& document) {
      if (!document.root().Find("tool_name")) {
        ++mapped;
        std::multiset<std::string> values;
        CollectScalars(items[0].tool, values);
        ExpectScalars(document.root(), name, values);
        return absl::OkStatus();
      }
      comparison.CompareMessage(document.root(), items[0].tool, name);
      expected += CountScalars(document.root());
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(comparison.scalars(), expected) << name;
    scalars += expected;
  }
  EXPECT_EQ(imported, 139);
  EXPECT_EQ(mapped, 19);
  EXPECT_GT(scalars, 8000);
}

TEST_F(RealDefinitionsTest, WrittenAndReadTheyAreTheSame) {
  std::vector<v1::Tool> tools;
  DefinitionWriter writer;
  for (const ImportItem& item : ReadItems(AllFiles() + "---\n" + ReadFiles(folder_).at(kProfiles))) {
    if (!item.errors.empty()) continue;
    tools.push_back(item.tool);
    writer.Add(item.tool);
  }
  const std::string yaml = writer.Take();
  const std::vector<ImportItem> again = ReadItems(yaml);
  ASSERT_THAT(again, SizeIs(tools.size()));
  DefinitionWriter second;
  for (size_t i = 0; i < again.size(); ++i) {
    EXPECT_THAT(Paths(again[i].errors), IsEmpty()) << again[i].label;
    EXPECT_EQ(SerializeDeterministically(again[i].tool), SerializeDeterministically(tools[i])) << again[i].label;
    second.Add(again[i].tool);
  }
  EXPECT_EQ(second.Take(), yaml);
}

TEST_F(RealDefinitionsTest, TemplateListsItsProblemsWithTheirLines) {
  const std::vector<ImportItem> items = ReadItems(files_.at("templates/tool_template.yaml"));
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

TEST_F(RealDefinitionsTest, EachProfileIsATool) {
  const std::vector<ImportItem> items = ReadItems(ReadFiles(folder_).at(kProfiles));
  EXPECT_THAT(items, SizeIs(9));
  for (const ImportItem& item : items) {
    EXPECT_THAT(Paths(item.errors), IsEmpty()) << item.label;
    EXPECT_EQ(CountMappings(item), 2) << item.label;
    EXPECT_EQ(item.tool.platform(), "custom");
    EXPECT_GT(item.tool.capabilities_size(), 0) << item.label;
  }
}

TEST_F(RealDefinitionsTest, AdviceIsRareAndHasALine) {
  int advised = 0, tools = 0;
  for (const auto& [name, text] : files_) {
    const std::vector<ImportItem> items = ReadItems(text);
    if (!items[0].errors.empty()) continue;
    ++tools;
    for (const v1::ImportProblem& advice : items[0].advice) {
      EXPECT_GT(advice.line(), 0) << name << ": " << advice.ShortDebugString();
      // A form without capabilities is always told so.
      advised += advice.path() != "capabilities";
    }
  }
  EXPECT_LT(advised, tools / 10) << "advice that is about every other definition is not read";
}

TEST_F(RealDefinitionsTest, OneTextHoldsThemAll) {
  const std::string all = AllFiles();
  const std::vector<ImportItem> items = ReadItems(all);
  int imported = 0;
  std::vector<std::string> twice;
  for (const ImportItem& item : items) {
    imported += item.errors.empty();
    for (const v1::ImportProblem& error : item.errors) {
      if (absl::StrContains(error.error(), "twice, on line ")) twice.push_back(error.tool());
    }
  }
  EXPECT_THAT(items, SizeIs(141));
  EXPECT_EQ(imported, 138);
  EXPECT_THAT(twice, ElementsAre("nslookup"));
}

TEST_F(RealDefinitionsTest, Speed) {
  std::string all;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&all, AllFiles());
  DefinitionWriter writer;
  absl::Duration writing = absl::ZeroDuration();
  const absl::Time start = absl::Now();
  const absl::Status status = ReadDefinitions(all, validator_, [&](const ImportItem& item) {
    const absl::Time begin = absl::Now();
    writer.Add(item.tool);
    writing += absl::Now() - begin;
    return absl::OkStatus();
  });
  const absl::Duration reading = absl::Now() - start - writing;
  EXPECT_TRUE(status.ok()) << status;
  std::cout << all.size() << " bytes read in " << reading << ", " << writer.size() << " written in " << writing << "\n";
}

}  // namespace
}  // namespace toolcatalog
