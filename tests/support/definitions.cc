#include "tests/support/definitions.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

constexpr char kFolderVariable[] = "TOOLCATALOG_TEST_DATA";

v1::Parameter SampleParameter(absl::string_view name, absl::string_view type) {
  v1::Parameter parameter;
  parameter.set_name(std::string(name));
  parameter.set_type(std::string(type));
  parameter.set_description(absl::StrCat("the ", name));
  return parameter;
}

v1::Pattern SamplePattern() {
  v1::Pattern pattern;
  pattern.set_pattern_name("count_lines");
  pattern.set_description("counts the lines of one file");
  pattern.add_typical_use_cases("how long is this file");
  pattern.set_time_estimate_ms("10 + 0.5 * N");
  pattern.set_cost_estimate("ceil(N / 1000)");
  pattern.set_complexity_score(0.25);
  pattern.set_scope("single");
  pattern.set_completeness("full");
  pattern.add_limitations("text files only");
  pattern.mutable_policy()->set_max_cost(5);
  pattern.mutable_policy()->set_production_safe(true);
  pattern.mutable_preference_match()->set_speed(0.9);
  pattern.mutable_preference_match()->set_accuracy(1);
  *pattern.add_required_inputs() = SampleParameter("path", "string");
  v1::Parameter* encoding = pattern.add_optional_inputs();
  *encoding = SampleParameter("encoding", "string");
  encoding->mutable_default_()->set_string_value("utf-8");
  *pattern.add_expected_outputs() = SampleParameter("lines", "integer");
  return pattern;
}

}  // namespace

v1::Tool SampleTool(absl::string_view name, absl::string_view version) {
  v1::Tool tool;
  tool.set_tool_name(std::string(name));
  tool.set_version(std::string(version));
  tool.set_description(absl::StrCat("sample tool ", name));
  tool.set_platform("linux");
  tool.set_category("text-processing");
  tool.set_status("active");
  tool.set_enabled(true);
  tool.mutable_defaults()->set_accuracy_level("high");
  v1::Dependency* dependency = tool.add_dependencies();
  dependency->set_name("coreutils");
  dependency->set_type("package");
  dependency->set_required(true);
  v1::Capability* capability = tool.add_capabilities();
  capability->set_capability_name("line_counting");
  capability->set_description("counts lines");
  *capability->add_patterns() = SamplePattern();
  auto& metadata = *tool.mutable_metadata()->mutable_fields();
  metadata["author"].set_string_value("tests");
  metadata["tags"].mutable_list_value()->add_values()->set_string_value("sample");
  v1::ToolExample* example = tool.add_examples();
  example->set_name("a short file");
  (*example->mutable_inputs()->mutable_fields())["path"].set_string_value("notes.txt");
  example->set_expected_time_ms(12);
  return tool;
}

std::string Deterministic(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::StatusOr<std::vector<DefinitionFile>> ReadDefinitionFiles() {
  const char* data = std::getenv(kFolderVariable);
  if (data == nullptr) return absl::NotFoundError(absl::StrCat(kFolderVariable, " is not set"));
  const std::filesystem::path folder = std::filesystem::path(data) / "tools";
  std::error_code error;
  std::vector<DefinitionFile> files;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".yaml" && it->path().extension() != ".yml") continue;
    std::stringstream text;
    text << std::ifstream(it->path(), std::ios::binary).rdbuf();
    files.push_back({std::filesystem::relative(it->path(), folder).string(), text.str()});
  }
  if (files.empty()) return absl::NotFoundError(absl::StrCat("no definition files in \"", folder.string(), "\""));
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::string JoinDocuments(const std::vector<DefinitionFile>& files) {
  std::string text;
  for (const DefinitionFile& file : files) {
    if (!text.empty()) absl::StrAppend(&text, absl::EndsWith(text, "\n") ? "" : "\n", "---\n");
    absl::StrAppend(&text, file.text);
  }
  return text;
}

}  // namespace toolcatalog
