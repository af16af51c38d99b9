#include "catalog_service/read/tool_exporter.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "common/definition/formats/definition_json.h"
#include "common/definition/formats/definition_writer.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr int kMaxNames = 10'000;
constexpr int kMaxWarnings = 1000;
constexpr size_t kPortionBytes = 1 << 20;

constexpr char kYaml[] = "yaml";
constexpr char kJson[] = "json";

// The last column says whether the tool passes the filters.
#define TOOLCATALOG_EXPORTED                                                                          \
  "select v.name_key, v.version_key, v.revision, v.version_key = t.latest_version_key as is_latest, " \
  "v.created_revision, v.created_ordinal, ($1 = '' or l.platform = $1) and ($2 = '' or l.category = $2) as passes "
#define TOOLCATALOG_JOIN_VERSIONS                                                        \
  "join versions l on l.name_key = t.name_key and l.version_key = t.latest_version_key " \
  "join versions v on v.name_key = t.name_key "
#define TOOLCATALOG_EXPORT_ORDER "order by s.name_key, s.is_latest, s.created_revision, s.created_ordinal"

constexpr PgStatement kAll = {
    "export_all",
    "select c.revision, c.state_hash, s.name_key, s.version_key, s.revision, s.is_latest, s.passes "
    "from counter c left join (" TOOLCATALOG_EXPORTED "from tools t " TOOLCATALOG_JOIN_VERSIONS
    ") s on s.passes " TOOLCATALOG_EXPORT_ORDER};

constexpr PgStatement kNamed = {
    "export_named",
    "select c.revision, c.state_hash, s.name_key, s.version_key, s.revision, s.is_latest, s.passes "
    "from counter c left join (" TOOLCATALOG_EXPORTED
    "from unnest($3::text[]) n(name_key) join tools t on t.name_key = n.name_key " TOOLCATALOG_JOIN_VERSIONS
    ") s on true " TOOLCATALOG_EXPORT_ORDER};

#undef TOOLCATALOG_EXPORT_ORDER
#undef TOOLCATALOG_JOIN_VERSIONS
#undef TOOLCATALOG_EXPORTED

void CheckWord(const char* field, const std::string& word, const std::vector<std::string>& allowed,
               std::vector<Violation>& violations) {
  if (word.empty() || std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return;
  violations.push_back(
      {field, absl::StrCat("unknown value ", Quoted(word), "; allowed: ", absl::StrJoin(allowed, ", "))});
}

void CheckNames(const v1::ExportToolsRequest& request, std::vector<Violation>& violations) {
  if (request.tool_names_size() > kMaxNames) {
    violations.push_back(
        {"tool_names", absl::StrCat("must be at most ", kMaxNames, " names, got ", request.tool_names_size())});
    return;
  }
  for (int i = 0; i < request.tool_names_size() && violations.size() < kMaxViolations; ++i) {
    const auto violation = CheckToolName(absl::StrCat("tool_names[", i, "]"), request.tool_names(i));
    if (violation.has_value()) violations.push_back(*violation);
  }
}

std::vector<std::string> NameKeys(const v1::ExportToolsRequest& request) {
  std::vector<std::string> keys;
  for (const std::string& name : request.tool_names()) keys.push_back(NameKey(name));
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

void Warn(std::string warning, v1::ExportToolsResponse& response) {
  if (response.warnings_size() < kMaxWarnings) response.add_warnings(std::move(warning));
}

}  // namespace

// What an export holds.
struct ToolExporter::Selection {
  ChangeLog::Manifest manifest;
  // Name keys of the tools in the manifest, and of the ones that exist but do not pass the filters.
  std::set<std::string> chosen;
  std::set<std::string> left_out;
};

// The text of an export while it grows.
class ToolExporter::Text {
 public:
  explicit Text(bool is_json) : is_json_(is_json) {}

  void Add(const v1::Tool& tool) {
    if (!is_json_) return yaml_.Add(tool);
    absl::StrAppend(&json_, json_.empty() ? "[\n" : ",\n", DefinitionToJson(tool));
  }

  // The size of the whole text, its end included.
  size_t size() const { return is_json_ ? json_.size() + 3 : yaml_.size(); }

  void MoveTo(v1::ExportToolsResponse& response) {
    if (is_json_) {
      response.set_json_content(std::move(json_) + (json_.empty() ? "[]\n" : "\n]\n"));
    } else {
      response.set_yaml_content(yaml_.Take());
    }
  }

 private:
  const bool is_json_;
  DefinitionWriter yaml_;
  std::string json_;
};

ToolExporter::ToolExporter(const DefinitionValidator* validator, PgPool* pool, ChangeLog* log)
    : validator_(*validator), pool_(*pool), log_(*log) {}

void ToolExporter::CheckFilter(const std::string& platform, const std::string& category,
                               std::vector<Violation>& violations) const {
  CheckWord("platform", platform, validator_.vocabulary().platforms, violations);
  CheckWord("category", category, validator_.vocabulary().categories, violations);
}

absl::Status ToolExporter::Check(const v1::StreamExportRequest& request) const {
  std::vector<Violation> violations;
  CheckFilter(request.platform(), request.category(), violations);
  return violations.empty() ? absl::OkStatus() : InvalidArgumentError(violations);
}

absl::StatusOr<ToolExporter::Selection> ToolExporter::SelectTools(const v1::ExportToolsRequest& request) {
  std::vector<PgParam> params = {PgParam::Text(request.platform()), PgParam::Text(request.category())};
  const bool is_named = request.tool_names_size() > 0;
  if (is_named) params.push_back(PgParam::TextArray(NameKeys(request)));
  absl::StatusOr<PgResult> rows = pool_.Read(is_named ? kNamed : kAll, params);
  if (!rows.ok()) return rows.status();
  Selection selection;
  selection.manifest.position = {rows->Int(0, 0), std::string(rows->Text(0, 1))};
  for (int i = 0; i < rows->rows() && !rows->IsNull(i, 2); ++i) {
    std::string name_key(rows->Text(i, 2));
    if (!rows->Bool(i, 6)) {
      selection.left_out.insert(std::move(name_key));
      continue;
    }
    selection.chosen.insert(selection.chosen.end(), name_key);
    selection.manifest.keys.push_back(
        {std::move(name_key), std::string(rows->Text(i, 3)), rows->Int(i, 4), rows->Bool(i, 5)});
  }
  return selection;
}

absl::StatusOr<ChangeLog::Manifest> ToolExporter::Select(const v1::StreamExportRequest& request) {
  v1::ExportToolsRequest all;
  all.set_platform(request.platform());
  all.set_category(request.category());
  absl::StatusOr<Selection> selection = SelectTools(all);
  if (!selection.ok()) return selection.status();
  return std::move(selection->manifest);
}

absl::StatusOr<std::vector<v1::Tool>> ToolExporter::ReadPortion(const ChangeLog::Manifest& manifest, size_t begin) {
  absl::StatusOr<std::vector<SnapshotTool>> encoded = log_.SnapshotTools(manifest, begin, kPortionBytes);
  if (!encoded.ok()) return encoded.status();
  std::vector<v1::Tool> tools(encoded->size());
  for (size_t i = 0; i < tools.size(); ++i) tools[i].ParseFromString((*encoded)[i].encoded);
  return tools;
}

absl::StatusOr<v1::ExportToolsResponse> ToolExporter::Export(const v1::ExportToolsRequest& request,
                                                             const HoldBytes& hold,
                                                             const std::function<bool()>& abandoned) {
  std::vector<Violation> violations;
  CheckNames(request, violations);
  CheckFilter(request.platform(), request.category(), violations);
  const std::string& format = request.format();
  if (!format.empty() && format != kYaml && format != kJson) {
    violations.push_back({"format", absl::StrCat("must be yaml or json, got ", Quoted(format))});
  }
  if (!violations.empty()) return InvalidArgumentError(violations);
  absl::StatusOr<Selection> selection = SelectTools(request);
  if (!selection.ok()) return selection.status();

  Text text(format == kJson);
  for (size_t next = 0; next < selection->manifest.keys.size();) {
    if (abandoned()) return MakeError(Reason::kCancelled, "cancelled by the caller");
    if (absl::Status status = hold(text.size()); !status.ok()) return status;
    absl::StatusOr<std::vector<v1::Tool>> tools = ReadPortion(selection->manifest, next);
    if (!tools.ok()) return tools.status();
    next += tools->size();
    for (const v1::Tool& tool : *tools) {
      text.Add(tool);
      if (text.size() <= kMaxImportBytes) continue;
      return MakeError(Reason::kExportTooLarge, absl::StrCat("the export would be larger than ", kMaxImportBytes,
                                                             " bytes; GET /api/v1/export has no such bound"));
    }
  }
  v1::ExportToolsResponse response;
  response.set_success(true);
  response.set_tool_count(static_cast<int32_t>(selection->chosen.size()));
  text.MoveTo(response);
  for (const std::string& name_key : NameKeys(request)) {
    if (selection->chosen.count(name_key) > 0) continue;
    const bool exists = selection->left_out.count(name_key) > 0;
    Warn(absl::StrCat("tool ", Quoted(name_key), exists ? " does not pass the filters" : " does not exist"), response);
  }
  return response;
}

}  // namespace toolcatalog
