#include "tests/support/catalog_calls.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "tests/support/await.h"
#include "tests/support/definitions.h"

namespace toolcatalog {
namespace {

constexpr int kPageSize = 1000;
constexpr size_t kPieceBytes = 1 << 20;
constexpr absl::Duration kPatience = absl::Seconds(30);

template <typename Service, typename Request, typename Response>
using Method = grpc::Status (Service::Stub::*)(grpc::ClientContext*, const Request&, Response*);

template <typename Service, typename Request, typename Response>
absl::StatusOr<Response> Call(typename Service::Stub& stub, Method<Service, Request, Response> method,
                              const Request& request, const std::string& actor = "") {
  grpc::ClientContext context;
  if (!actor.empty()) context.AddMetadata("x-actor", actor);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

using v1::CatalogService;
using v1::ReloadService;

bool Usable(const v1::Tool& tool) {
  return tool.enabled() && (tool.status() == "active" || tool.status() == "testing");
}

}  // namespace

absl::StatusOr<v1::Tool> Create(CatalogService::Stub& catalog, const v1::Tool& tool, const std::string& actor) {
  v1::CreateToolRequest request;
  *request.mutable_tool() = tool;
  return Call<CatalogService>(catalog, &CatalogService::Stub::CreateTool, request, actor);
}

absl::StatusOr<v1::Tool> Update(CatalogService::Stub& catalog, const v1::Tool& fields, const std::string& actor) {
  v1::UpdateToolRequest request;
  *request.mutable_tool() = fields;
  return Call<CatalogService>(catalog, &CatalogService::Stub::UpdateTool, request, actor);
}

absl::StatusOr<v1::Tool> Describe(CatalogService::Stub& catalog, const std::string& name,
                                  const std::string& description, const std::string& actor) {
  v1::Tool fields;
  fields.set_tool_name(name);
  fields.set_description(description);
  return Update(catalog, fields, actor);
}

absl::StatusOr<v1::DeleteToolResponse> Delete(CatalogService::Stub& catalog, const std::string& name,
                                              const std::string& version, const std::string& actor) {
  v1::DeleteToolRequest request;
  request.set_tool_name(name);
  if (!version.empty()) request.set_version(version);
  return Call<CatalogService>(catalog, &CatalogService::Stub::DeleteTool, request, actor);
}

absl::StatusOr<v1::Tool> Disable(CatalogService::Stub& catalog, const std::string& name, const std::string& actor) {
  v1::DisableToolRequest request;
  request.set_tool_name(name);
  return Call<CatalogService>(catalog, &CatalogService::Stub::DisableTool, request, actor);
}

absl::StatusOr<v1::ImportToolsResponse> Import(CatalogService::Stub& catalog, const std::string& yaml, bool overwrite,
                                               const std::string& actor) {
  v1::ImportOptions options;
  options.set_overwrite(overwrite);
  return Import(catalog, options, yaml, actor);
}

absl::StatusOr<v1::ImportToolsResponse> Import(CatalogService::Stub& catalog, const v1::ImportOptions& options,
                                               absl::string_view yaml, const std::string& actor) {
  grpc::ClientContext context;
  if (!actor.empty()) context.AddMetadata("x-actor", actor);
  v1::ImportToolsResponse response;
  const auto stream = catalog.StreamImport(&context, &response);
  v1::StreamImportRequest message;
  *message.mutable_options() = options;
  // A call that the service has ended takes no more; `Finish` has its status.
  bool taken = stream->Write(message);
  for (; taken && !yaml.empty(); yaml.remove_prefix(std::min(yaml.size(), kPieceBytes))) {
    message.set_yaml_content(std::string(yaml.substr(0, kPieceBytes)));
    taken = stream->Write(message);
  }
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

absl::StatusOr<v1::GetToolResponse> Get(CatalogService::Stub& catalog, const std::string& name,
                                        const std::string& version) {
  v1::GetToolRequest request;
  request.set_tool_name(name);
  request.set_version(version);
  return Call<CatalogService>(catalog, &CatalogService::Stub::GetTool, request);
}

absl::StatusOr<v1::ListToolVersionsResponse> ListVersions(CatalogService::Stub& catalog, const std::string& name) {
  v1::ListToolVersionsRequest request;
  request.set_tool_name(name);
  return Call<CatalogService>(catalog, &CatalogService::Stub::ListToolVersions, request);
}

absl::StatusOr<std::map<std::string, v1::Tool>> LatestTools(CatalogService::Stub& catalog) {
  std::map<std::string, v1::Tool> tools;
  v1::ListToolsRequest request;
  request.set_page_size(kPageSize);
  do {
    auto page = Call<CatalogService>(catalog, &CatalogService::Stub::ListTools, request);
    if (!page.ok()) return page.status();
    for (v1::Tool& tool : *page->mutable_tools()) tools[absl::AsciiStrToLower(tool.tool_name())] = std::move(tool);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return tools;
}

absl::StatusOr<std::map<std::string, v1::Profile>> Profiles(ReloadService::Stub& reload) {
  std::map<std::string, v1::Profile> profiles;
  v1::ListProfilesRequest request;
  request.set_page_size(kPageSize);
  do {
    auto page = Call<ReloadService>(reload, &ReloadService::Stub::ListProfiles, request);
    if (!page.ok()) return page.status();
    for (v1::Profile& profile : *page->mutable_profiles()) {
      profiles[absl::AsciiStrToLower(profile.tool().tool_name())] = std::move(profile);
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return profiles;
}

absl::StatusOr<std::vector<v1::Change>> Changes(CatalogService::Stub& catalog) {
  std::vector<v1::Change> changes;
  v1::ListChangesRequest request;
  request.set_page_size(kPageSize);
  do {
    auto page = Call<CatalogService>(catalog, &CatalogService::Stub::ListChanges, request);
    if (!page.ok()) return page.status();
    for (v1::Change& change : *page->mutable_changes()) changes.push_back(std::move(change));
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return changes;
}

absl::StatusOr<int64_t> Revision(CatalogService::Stub& catalog) {
  v1::ListChangesRequest request;
  request.set_page_size(1);
  auto page = Call<CatalogService>(catalog, &CatalogService::Stub::ListChanges, request);
  if (!page.ok()) return page.status();
  return page->revision();
}

std::string CompareProfiles(const std::map<std::string, v1::Tool>& tools,
                            const std::map<std::string, v1::Profile>& profiles) {
  for (const auto& [name, profile] : profiles) {
    auto tool = tools.find(name);
    if (tool == tools.end()) return absl::StrCat("there is a profile of \"", name, "\", which does not exist");
    if (!Usable(tool->second)) return absl::StrCat("there is a profile of \"", name, "\", which is not usable");
    if (Deterministic(profile.tool()) != Deterministic(tool->second)) {
      return absl::StrCat("the profile of \"", name, "\" differs:\n", profile.tool().ShortDebugString(), "\nfrom\n",
                          tool->second.ShortDebugString());
    }
  }
  for (const auto& [name, tool] : tools) {
    if (Usable(tool) && profiles.count(name) == 0) return absl::StrCat("there is no profile of \"", name, "\"");
  }
  return "";
}

std::string AwaitEqualProfiles(CatalogService::Stub& catalog, ReloadService::Stub& reload) {
  const absl::StatusOr<int64_t> revision = Revision(catalog);
  if (!revision.ok()) return Explain(revision.status());
  v1::ListProfilesRequest request;
  request.set_page_size(1);
  absl::StatusOr<v1::ListProfilesResponse> page;
  const bool reached = Await(
      [&] {
        page = Call<ReloadService>(reload, &ReloadService::Stub::ListProfiles, request);
        return page.ok() && page->revision() >= *revision;
      },
      kPatience);
  if (!reached) {
    return page.ok() ? absl::StrCat("the profiles are at revision ", page->revision(), ", the catalog at ", *revision)
                     : Explain(page.status());
  }
  absl::StatusOr<std::map<std::string, v1::Tool>> tools = LatestTools(catalog);
  absl::StatusOr<std::map<std::string, v1::Profile>> profiles = Profiles(reload);
  if (!tools.ok()) return Explain(tools.status());
  if (!profiles.ok()) return Explain(profiles.status());
  return CompareProfiles(*tools, *profiles);
}

std::string Explain(const absl::Status& status) {
  return absl::StrCat(status.ToString(), ", reason \"", ErrorReason(status), "\", outcome \"",
                      ErrorMetadata(status, kOutcomeKey), "\"");
}

}  // namespace toolcatalog
