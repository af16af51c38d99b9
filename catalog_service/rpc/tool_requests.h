#ifndef CATALOG_SERVICE_RPC_TOOL_REQUESTS_H_
#define CATALOG_SERVICE_RPC_TOOL_REQUESTS_H_

#include "absl/status/status.h"
#include "catalog_service/read/capability_reader.h"
#include "catalog_service/read/tool_reader.h"
#include "catalog_service/search/tool_search.h"
#include "common/definition/capability_aliases.h"
#include "common/definition/validation/definition_validator.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// Answers the RPCs that list and search tools and capabilities: checks the request, reads, and fills in the response.
// Each method may block, and answers INVALID_ARGUMENT that names what is wrong. Thread-safe.
class ToolRequests {
 public:
  // What the queries work with. All must outlive them.
  struct Parts {
    const Vocabulary* vocabulary;
    const CapabilityAliases* aliases;
    ToolReader* tools;
    ToolSearch* search;
    CapabilityReader* capabilities;
  };
  explicit ToolRequests(const Parts& parts) : parts_(parts) {}

  // The entries of responses are encoded: see `AddEncoded`. `hold` is told how large the list is so far.
  absl::Status ListTools(const v1::ListToolsRequest& request, const HoldBytes& hold,
                         v1::ListToolsResponse* response) const;
  absl::Status ListToolVersions(const v1::ListToolVersionsRequest& request, const HoldBytes& hold,
                                v1::ListToolVersionsResponse* response) const;
  absl::Status SearchTools(const v1::SearchToolsRequest& request, v1::SearchToolsResponse* response) const;
  absl::Status ListCapabilities(const v1::ListCapabilitiesRequest& request,
                                v1::ListCapabilitiesResponse* response) const;
  absl::Status ListCapabilityTools(const v1::ListCapabilityToolsRequest& request,
                                   v1::ListCapabilityToolsResponse* response) const;

 private:
  const Parts parts_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_TOOL_REQUESTS_H_
