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

// Calls of the catalog, as tests make them. An error keeps the details that the service sent. `actor` is sent as
// metadata, unless it is empty.
absl::StatusOr<v1::Tool> Create(v1::CatalogService::Stub& catalog, const v1::Tool& tool, const std::string& actor = "");
// Updates those fields of the latest version that are set in `fields`, which also has the name.
absl::StatusOr<v1::Tool> Update(v1::CatalogService::Stub& catalog, const v1::Tool& fields,
                                const std::string& actor = "");
// Changes the description of the latest version.
absl::StatusOr<v1::Tool> Describe(v1::CatalogService::Stub& catalog, const std::string& name,
                                  const std::string& description, const std::string& actor = "");
// Deletes one version, or with "" all versions.
absl::StatusOr<v1::DeleteToolResponse> Delete(v1::CatalogService::Stub& catalog, const std::string& name,
                                              const std::string& version, const std::string& actor = "");
absl::StatusOr<v1::Tool> Disable(v1::CatalogService::Stub& catalog, const std::string& name,
                                 const std::string& actor = "");
// Both import over StreamImport, so the text may be large.
absl::StatusOr<v1::ImportToolsResponse> Import(v1::CatalogService::Stub& catalog, const std::string& yaml,
                                               bool overwrite, const std::string& actor = "");
absl::StatusOr<v1::ImportToolsResponse> Import(v1::CatalogService::Stub& catalog, const v1::ImportOptions& options,
                                               absl::string_view yaml, const std::string& actor = "");
// Reads one version, or with "" the latest one.
absl::StatusOr<v1::GetToolResponse> Get(v1::CatalogService::Stub& catalog, const std::string& name,
                                        const std::string& version = "");
absl::StatusOr<v1::ListToolVersionsResponse> ListVersions(v1::CatalogService::Stub& catalog, const std::string& name);

// All tools and all profiles, whatever the number of pages, by name in lower case.
absl::StatusOr<std::map<std::string, v1::Tool>> LatestTools(v1::CatalogService::Stub& catalog);
absl::StatusOr<std::map<std::string, v1::Profile>> Profiles(v1::ReloadService::Stub& reload);
// The whole log, oldest first.
absl::StatusOr<std::vector<v1::Change>> Changes(v1::CatalogService::Stub& catalog);
absl::StatusOr<int64_t> Revision(v1::CatalogService::Stub& catalog);

// What is wrong with the profiles; "" if nothing is. There must be one profile for each usable tool among `tools`, with
// an equal definition, and no other.
std::string CompareProfiles(const std::map<std::string, v1::Tool>& tools,
                            const std::map<std::string, v1::Profile>& profiles);
// Waits until the profiles are at the catalog's revision or a later one, and returns what `CompareProfiles` says of
// them.
std::string AwaitEqualProfiles(v1::CatalogService::Stub& catalog, v1::ReloadService::Stub& reload);

// The error of a call in one line, for messages of failed assertions: code, message and details.
std::string Explain(const absl::Status& status);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_CATALOG_CALLS_H_
