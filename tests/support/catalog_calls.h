#ifndef TESTS_SUPPORT_CATALOG_CALLS_H_
#define TESTS_SUPPORT_CATALOG_CALLS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {

// Calls as tests make them. Errors keep the details that the service sent. `actor`, where there is one, travels as
// metadata; empty = none.
absl::StatusOr<v1::Tool> Create(v1::CatalogService::Stub& catalog, const v1::Tool& tool, const std::string& actor = "");
absl::StatusOr<v1::Tool> Update(v1::CatalogService::Stub& catalog, const v1::Tool& fields,
                                const std::string& actor = "");
absl::StatusOr<v1::Tool> Describe(v1::CatalogService::Stub& catalog, const std::string& name,
                                  const std::string& description, const std::string& actor = "");
absl::StatusOr<v1::DeleteToolResponse> Delete(v1::CatalogService::Stub& catalog, const std::string& name,
                                              const std::string& version, const std::string& actor = "");
absl::StatusOr<v1::Tool> Disable(v1::CatalogService::Stub& catalog, const std::string& name,
                                 const std::string& actor = "");
// By `StreamImport`: the text may be large.
absl::StatusOr<v1::ImportToolsResponse> Import(v1::CatalogService::Stub& catalog, const std::string& yaml,
                                               bool overwrite, const std::string& actor = "");
absl::StatusOr<v1::ImportToolsResponse> Import(v1::CatalogService::Stub& catalog, const v1::ImportOptions& options,
                                               absl::string_view yaml, const std::string& actor = "");
absl::StatusOr<v1::GetToolResponse> Get(v1::CatalogService::Stub& catalog, const std::string& name,
                                        const std::string& version = "");
absl::StatusOr<v1::ListToolVersionsResponse> ListVersions(v1::CatalogService::Stub& catalog, const std::string& name);

// All pages, by name in lower case.
absl::StatusOr<std::map<std::string, v1::Tool>> LatestTools(v1::CatalogService::Stub& catalog);
absl::StatusOr<std::map<std::string, v1::Profile>> Profiles(v1::ReloadService::Stub& reload);
// The whole log, oldest first.
absl::StatusOr<std::vector<v1::Change>> Changes(v1::CatalogService::Stub& catalog);
absl::StatusOr<int64_t> Revision(v1::CatalogService::Stub& catalog);

// What is wrong with the profiles, "" if nothing: they must be exactly the usable tools among `tools`, each equal to it
// in deterministic serialization.
std::string CompareProfiles(const std::map<std::string, v1::Tool>& tools,
                            const std::map<std::string, v1::Profile>& profiles);
// Waits until the profiles are at least at the catalog's revision, and compares them.
std::string AwaitEqualProfiles(v1::CatalogService::Stub& catalog, v1::ReloadService::Stub& reload);

// A problem of a call, in one line for failed assertions: code, message, details.
std::string Explain(const absl::Status& status);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_CATALOG_CALLS_H_
