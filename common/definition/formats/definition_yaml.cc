#include "common/definition/formats/definition_yaml.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "common/definition/formats/definition_forms.h"
#include "common/definition/formats/definition_location.h"
#include "common/definition/formats/definition_reader.h"
#include "common/definition/yaml/yaml_document.h"
#include "common/definition/yaml/yaml_reader.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

using Kind = YamlValue::Kind;

// What is certainly too large for a definition of at most `kMaxDefinitionBytes` is not read at all. Each value but a
// zero takes at least two bytes of it, and a key for each is counted too.
constexpr size_t kMaxItemValues = kMaxDefinitionBytes;
constexpr size_t kMaxItemTextBytes = 4 * kMaxDefinitionBytes;

constexpr size_t kMaxLabelBytes = 100;

v1::ImportProblem ProblemAt(const ImportItem& item, YamlValue at, std::string path, std::string error) {
  v1::ImportProblem problem;
  problem.set_tool(item.label);
  problem.set_error(std::move(error));
  problem.set_path(std::move(path));
  problem.set_line(at.line());
  problem.set_column(at.column());
  return problem;
}

// Whether `path` is `around` or below it.
bool IsWithin(absl::string_view path, absl::string_view around) {
  return absl::ConsumePrefix(&path, around) && (path.empty() || path[0] == '.' || path[0] == '[');
}

// Hands out the definitions of one text. `validator` and `sink` must outlive it.
class DefinitionStream {
 public:
  DefinitionStream(const DefinitionValidator& validator, absl::FunctionRef<absl::Status(ImportItem)> sink)
      : validator_(validator), sink_(sink) {}

  // The outcome of the sink.
  const absl::Status& status() const { return status_; }
  bool found_content() const { return found_content_; }

  absl::Status ReadDocument(YamlValue root) {
    ++document_;
    if (root.kind() == Kind::kNull) return absl::OkStatus();
    found_content_ = true;
    const std::string place = absl::StrCat("document ", document_);
    const std::optional<YamlValue::Entry> tools = root.Find("tools");
    if (tools && !root.Find("tool_name")) return ReadTools(root, tools->value, place);
    if (root.kind() == Kind::kSequence) return ReadList(root, place);
    return ReadItem(root, NewItem(root, place));
  }

 private:
  // `place` says where it is, if it does not name its tool.
  ImportItem NewItem(YamlValue definition, std::string place) {
    ImportItem item;
    item.line = definition.line();
    item.label = std::move(place);
    const std::optional<YamlValue> name = FindToolName(definition);
    if (name && !name->text().empty()) item.label = std::string(CutAtCharacter(name->text(), kMaxLabelBytes));
    item.warnings = std::exchange(pending_warnings_, {});
    return item;
  }

  absl::Status ReadList(YamlValue list, absl::string_view place) {
    int index = 0;
    for (const YamlValue& definition : list.Elements()) {
      ImportItem item = NewItem(definition, absl::StrCat(place, ", item ", ++index));
      absl::Status status = ReadItem(definition, std::move(item));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // A document with the definitions under `tools`.
  absl::Status ReadTools(YamlValue root, YamlValue tools, const std::string& place) {
    NoteIgnoredKeys(root, place);
    if (tools.kind() == Kind::kNull) return absl::OkStatus();
    if (tools.kind() == Kind::kSequence) return ReadList(tools, place);
    if (tools.kind() == Kind::kScalar) {
      ImportItem item = NewItem(root, place);
      item.errors.push_back(ProblemAt(item, tools, "tools", "must be a list or a map of tools"));
      return Send(std::move(item));
    }
    for (const auto& [key, definition] : tools.Entries()) {
      ImportItem item = NewItem(definition, "");
      if (!definition.Find("tool_name")) item.label = std::string(CutAtCharacter(key.text(), kMaxLabelBytes));
      item.line = key.line();
      item.tool.set_tool_name(std::string(key.text()));
      absl::Status status = ReadItem(definition, std::move(item));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // What stands beside `tools` belongs to no definition: the first one carries the warnings.
  void NoteIgnoredKeys(YamlValue root, const std::string& place) {
    ImportItem whole;
    whole.label = place;
    pending_warnings_.clear();
    for (const YamlValue::Entry& entry : root.Entries()) {
      if (entry.key.text() == "tools" || pending_warnings_.size() >= kMaxViolations) continue;
      pending_warnings_.push_back(ProblemAt(whole, entry.key, Quoted(entry.key.text()),
                                            "ignored: it stands beside \"tools\" and belongs to no tool"));
    }
  }

  absl::Status ReadItem(YamlValue definition, ImportItem item) {
    if (std::optional<v1::ImportProblem> problem = FindObstacle(definition, item)) {
      item.errors.push_back(*std::move(problem));
      return Send(std::move(item));
    }
    const bool has_key = !item.tool.tool_name().empty();
    const std::optional<MappedDefinition> mapped = has_key ? MapProfile(definition) : MapDefinition(definition);
    if (!mapped) {
      ReadTool(definition, item);
      return Send(std::move(item));
    }
    for (const FormProblem& warning : mapped->warnings) AddProblem(warning, item, item.warnings);
    for (const FormProblem& error : mapped->errors) AddProblem(error, item, item.errors);
    ReadTool(mapped->document.root(), item);
    return Send(std::move(item));
  }

  static void AddProblem(const FormProblem& problem, const ImportItem& item, std::vector<v1::ImportProblem>& problems) {
    if (problems.size() < kMaxViolations) problems.push_back(ProblemAt(item, problem.at, problem.path, problem.text));
  }

  void ReadTool(YamlValue definition, ImportItem& item) {
    DefinitionReader reader(item.label);
    reader.Read(definition, item.tool);
    for (v1::ImportProblem& error : reader.TakeErrors()) item.errors.push_back(std::move(error));
    for (v1::ImportProblem& warning : reader.TakeWarnings()) item.warnings.push_back(std::move(warning));
    Validate(definition, item);
    CheckNotGivenBefore(definition, item);
  }

  // What keeps a definition from being read at all.
  std::optional<v1::ImportProblem> FindObstacle(YamlValue definition, const ImportItem& item) const {
    if (definition.kind() != Kind::kMap) {
      return ProblemAt(item, definition, "", absl::StrCat("must be a map of fields, got ", definition.KindName()));
    }
    if (item.tool.tool_name().empty() && !FindToolName(definition)) {
      return ProblemAt(item, definition, "tool_name", "is required; nor is there a name, tool.name or metadata.name");
    }
    if (definition.CountDescendants() > kMaxItemValues || definition.CountTextBytes() > kMaxItemTextBytes) {
      return ProblemAt(item, definition, "",
                       absl::StrCat("definition must have at most ", kMaxDefinitionBytes, " bytes, got far more"));
    }
    return std::nullopt;
  }

  void Validate(YamlValue definition, ImportItem& item) const {
    NormalizeDefinition(item.tool);
    auto [violations, advice] = validator_.Check(item.tool);
    if (auto reserved = CheckNotReserved("tool_name", item.tool.tool_name())) violations.push_back(*reserved);
    // A definition of which a part could not be read is not the one that its author wrote.
    if (!item.errors.empty()) advice.clear();
    for (Violation& warning : advice) {
      const YamlValue at = LocateField(definition, warning.path);
      item.advice.push_back(ProblemAt(item, at, std::move(warning.path), std::move(warning.message)));
    }
    const std::vector<v1::ImportProblem> read_errors = item.errors;
    for (Violation& violation : violations) {
      // What could not be read is empty now; only its first error tells the author something.
      const auto is_about = [&](const v1::ImportProblem& error) { return IsWithin(violation.path, error.path()); };
      if (std::any_of(read_errors.begin(), read_errors.end(), is_about)) continue;
      const YamlValue at = LocateField(definition, violation.path);
      item.errors.push_back(ProblemAt(item, at, std::move(violation.path), std::move(violation.message)));
    }
  }

  // Case does not make names or versions different.
  void CheckNotGivenBefore(YamlValue definition, ImportItem& item) {
    const v1::Tool& tool = item.tool;
    if (CheckToolName("", tool.tool_name()) || CheckVersion("", tool.version())) return;
    const std::string key = absl::StrCat(NameKey(tool.tool_name()), " ", NameKey(tool.version()));
    const auto [first, is_new] = first_lines_.try_emplace(key, item.line);
    if (is_new) return;
    item.errors.push_back(
        ProblemAt(item, LocateField(definition, "tool_name"), "tool_name",
                  absl::StrCat("the text has ", Quoted(tool.tool_name()), " version ", Quoted(tool.version()),
                               " twice, on line ", first->second, " and on line ", item.line)));
  }

  absl::Status Send(ImportItem item) {
    status_ = sink_(std::move(item));
    return status_;
  }

  const DefinitionValidator& validator_;
  const absl::FunctionRef<absl::Status(ImportItem)> sink_;
  absl::Status status_;
  int document_ = 0;
  bool found_content_ = false;
  std::vector<v1::ImportProblem> pending_warnings_;
  // Line of the first definition with this name and version.
  absl::flat_hash_map<std::string, int> first_lines_;
};

}  // namespace

absl::Status ReadDefinitions(absl::string_view yaml, const DefinitionValidator& validator,
                             absl::FunctionRef<absl::Status(ImportItem)> sink) {
  constexpr char kField[] = "yaml_content";
  if (yaml.size() > kMaxImportBytes) {
    return InvalidArgumentError(kField,
                                absl::StrCat("must have at most ", kMaxImportBytes, " bytes, got ", yaml.size()));
  }
  DefinitionStream stream(validator, sink);
  const absl::Status status =
      ReadYaml(yaml, [&stream](const YamlDocument& document) { return stream.ReadDocument(document.root()); });
  if (!stream.status().ok()) return stream.status();
  if (!status.ok()) return InvalidArgumentError(kField, status.message());
  if (!stream.found_content()) return InvalidArgumentError(kField, "must hold a tool definition, got none");
  return absl::OkStatus();
}

}  // namespace toolcatalog
