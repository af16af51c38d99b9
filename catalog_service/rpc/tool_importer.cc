#include "catalog_service/rpc/tool_importer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catalog_service/model/request_memory.h"
#include "catalog_service/rpc/mutation_requests.h"
#include "common/definition/definition_limits.h"
#include "common/definition/formats/definition_yaml.h"
#include "common/status.h"
#include "google/protobuf/repeated_field.h"

namespace toolcatalog {
namespace {

// Of one revision. Bounds how long other writers wait for the lock: 8 MiB in 1,000 definitions were measured to hold it
// for 0.4 s on two cores.
constexpr size_t kMaxRevisionItems = 1000;
constexpr size_t kMaxRevisionBytes = 8 << 20;
// The same definitions decoded, which may take twenty times their bytes.
constexpr size_t kMaxRevisionMemory = 64 << 20;

constexpr int kMaxReported = 1000;

void Report(v1::ImportProblem problem, google::protobuf::RepeatedPtrField<v1::ImportProblem>* problems) {
  if (problems->size() < kMaxReported) *problems->Add() = std::move(problem);
}

constexpr char kNothingStored[] = "nothing was stored: the import is atomic and not every item is right";

// Where an item came from.
struct Origin {
  std::string label;
  int line;
};

v1::ImportProblem NotStored(const Origin& origin, const absl::Status& status) {
  v1::ImportProblem problem;
  problem.set_tool(origin.label);
  problem.set_error(std::string(status.message()));
  problem.set_line(origin.line);
  return problem;
}

// Adds an item's outcome to the answer.
void Count(const ImportItemResult& item, const Origin& origin, v1::ImportToolsResponse& response) {
  if (!item.status.ok()) {
    response.set_failed_count(response.failed_count() + 1);
    Report(NotStored(origin, item.status), response.mutable_errors());
  } else if (item.skipped) {
    response.set_skipped_count(response.skipped_count() + 1);
  } else {
    response.set_imported_count(response.imported_count() + 1);
  }
}

// A repeated import whose text is read in another way than the first time, as after a change of the vocabulary: which
// item had which outcome cannot be told.
absl::Status UnderstoodDifferently(int64_t revision) {
  return OutcomeUnknown(
      MakeError(Reason::kImportRulesChanged,
                absl::StrCat("request_id: an import with it made revision ", revision,
                             " by other rules than those of now; read the log of changes to see what it stored")));
}

}  // namespace

// What an import will write, and what is known of it before.
struct ToolImporter::Parsed {
  // Definitions that become one revision, serialized: decoded, those of one text would take too much memory.
  struct Part {
    std::vector<std::string> tools;
    size_t bytes = 0;
    size_t memory = 0;

    bool HasRoomFor(size_t tool_bytes, size_t tool_memory) const {
      return tools.size() < kMaxRevisionItems && bytes + tool_bytes <= kMaxRevisionBytes &&
             memory + tool_memory <= kMaxRevisionMemory;
    }
    // Frees the serialized definitions.
    std::vector<v1::Tool> Take() {
      std::vector<v1::Tool> decoded(tools.size());
      for (size_t i = 0; i < tools.size(); ++i) decoded[i].ParseFromString(tools[i]);
      tools.clear();
      return decoded;
    }
  };

  // Adds a definition to the last part, or to a new one if that has no room for it.
  void Add(const v1::Tool& tool, Origin origin) {
    std::string serialized = tool.SerializeAsString();
    const size_t memory = tool.SpaceUsedLong();
    if (parts.empty() || !parts.back().HasRoomFor(serialized.size(), memory)) parts.emplace_back();
    parts.back().bytes += serialized.size();
    parts.back().memory += memory;
    parts.back().tools.push_back(std::move(serialized));
    origins.push_back(std::move(origin));
  }

  std::vector<Part> parts;
  // Of the tools of `parts`, in order.
  std::vector<Origin> origins;
  v1::ImportToolsResponse response;
};

ToolImporter::ToolImporter(const DefinitionValidator* validator, WriteQueue* queue, ChangeLog* log)
    : validator_(*validator), queue_(*queue), log_(*log) {}

absl::StatusOr<ToolImporter::Parsed> ToolImporter::Parse(const v1::ImportToolsRequest& request,
                                                         const std::function<bool()>& abandoned) const {
  if (request.yaml_content().empty()) return InvalidArgumentError("yaml_content", kIsRequired);
  if (request.yaml_content().size() > kMaxImportBytes) {
    return InvalidArgumentError("yaml_content", absl::StrCat("must be at most ", kMaxImportBytes, " bytes, got ",
                                                             request.yaml_content().size()));
  }
  Parsed parsed;
  absl::Status status = ReadDefinitions(request.yaml_content(), validator_, [&](ImportItem item) -> absl::Status {
    if (abandoned()) return MakeError(Reason::kCancelled, "cancelled by the caller");
    for (v1::ImportProblem& warning : item.warnings) Report(std::move(warning), parsed.response.mutable_warnings());
    for (v1::ImportProblem& warning : item.advice) Report(std::move(warning), parsed.response.mutable_warnings());
    if (!item.errors.empty()) {
      parsed.response.set_failed_count(parsed.response.failed_count() + 1);
      for (v1::ImportProblem& error : item.errors) Report(std::move(error), parsed.response.mutable_errors());
      return absl::OkStatus();
    }
    parsed.Add(item.tool, {std::move(item.label), item.line});
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (request.atomic() && parsed.parts.size() > 1) {
    return InvalidArgumentError(
        "atomic", absl::StrCat("must not be set for more than ", kMaxRevisionItems, " definitions or ",
                               kMaxRevisionBytes, " bytes of them (", kMaxRevisionMemory, " in memory), got ",
                               parsed.origins.size(), " definitions"));
  }
  return parsed;
}

absl::StatusOr<v1::ImportToolsResponse> ToolImporter::Import(const v1::ImportToolsRequest& request,
                                                             const CallInfo& call, std::function<bool()> abandoned) {
  absl::StatusOr<Parsed> parsed = Parse(request, abandoned);
  if (!parsed.ok()) return parsed.status();
  v1::ImportToolsResponse& response = parsed->response;
  absl::StatusOr<RequestIdentity> identity = IdentifyRequest(request.request_id(), request);
  if (!identity.ok()) return identity.status();
  absl::StatusOr<Mutation> common = MutationBy("", request.reason(), call);
  if (!common.ok()) return common.status();
  if (!identity->id.empty()) common->request_id = identity->id;
  // What cannot be read spoils an atomic import, but what else is wrong is told all the same.
  const bool is_spoilt = request.atomic() && response.failed_count() > 0;
  common->validate_only = request.validate_only() || is_spoilt;
  auto origin = parsed->origins.begin();
  for (size_t part = 0; part < parsed->parts.size(); ++part) {
    ImportMutation import{parsed->parts[part].Take(), request.overwrite(), request.atomic(), ""};
    const size_t count = import.tools.size();
    if (!identity->id.empty()) import.hash = HashOf(import);
    const std::string hash = import.hash;
    Mutation mutation = *common;
    mutation.action = std::move(import);
    mutation.identity = *identity;
    if (!identity->id.empty() && part > 0) absl::StrAppend(&mutation.identity.id, "#", part);
    absl::StatusOr<MutationResult> result = queue_.Apply(std::move(mutation), call.deadline, abandoned);
    if (result.ok() && !hash.empty() && result->items_hash != hash) result = UnderstoodDifferently(result->revision);
    if (!result.ok() && response.revision() == 0) return result.status();
    if (result.ok()) response.set_revision(result->revision);
    // After others were stored, a failed write is an answer, which says of each item what became of it.
    const absl::Status failure(result.status().code(), absl::StrCat(ErrorMetadata(result.status(), kOutcomeKey), ": ",
                                                                    result.status().message()));
    for (size_t i = 0; i < count; ++i, ++origin) {
      Count(result.ok() ? result->items[i] : ImportItemResult{false, failure}, *origin, response);
    }
  }
  if (request.atomic() && response.failed_count() > 0) {
    response.set_imported_count(0);
    v1::ImportProblem warning;
    warning.set_error(kNothingStored);
    Report(std::move(warning), response.mutable_warnings());
  }
  if (response.revision() == 0) {
    absl::StatusOr<Position> current = log_.Current();
    if (!current.ok()) return current.status();
    response.set_revision(current->revision);
  }
  response.set_success(response.failed_count() == 0);
  return std::move(response);
}

}  // namespace toolcatalog
