#ifndef CATALOG_SERVICE_RPC_VERSION_CALLS_H_
#define CATALOG_SERVICE_RPC_VERSION_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>

#include "absl/status/status.h"
#include "catalog_service/changes/tool_history.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/rpc/mutation_calls.h"
#include "catalog_service/rpc/mutation_requests.h"
#include "catalog_service/rpc/tool_requests.h"
#include "common/hold_bytes.h"
#include "common/rpc/executor.h"
#include "common/rpc/unary_call.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {

// Serves the calls about the versions of a tool: which there are, which is the latest, and what they were before.
// Thread-safe; no gRPC thread is blocked.
class VersionCalls {
 public:
  // What the calls work with. All must outlive them.
  struct Parts {
    MutationCalls* writes;
    const MutationRequests* mutations;
    ToolHistory* history;
    ToolRequests* requests;
    Executor* reads;
  };
  explicit VersionCalls(const Parts& parts) : parts_(parts) {}

  void ListToolVersions(UnaryCall& call, const v1::ListToolVersionsRequest& request,
                        v1::ListToolVersionsResponse& response);
  void PromoteToolVersion(UnaryCall& call, const v1::PromoteToolVersionRequest& request, v1::Tool& response);
  void RollbackTool(UnaryCall& call, const v1::RollbackToolRequest& request, v1::Tool& response);

 private:
  // Completes a rollback by the tool as it was at `revision`; other mutations stay as they are.
  absl::Status ReadTarget(int64_t revision, const HoldBytes& hold, Mutation& mutation) const;

  const Parts parts_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_VERSION_CALLS_H_
