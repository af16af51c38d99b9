#ifndef CATALOG_SERVICE_RPC_TOOL_CALLS_H_
#define CATALOG_SERVICE_RPC_TOOL_CALLS_H_

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "catalog_service/changes/tool_history.h"
#include "catalog_service/read/tool_reader.h"
#include "catalog_service/rpc/mutation_calls.h"
#include "catalog_service/rpc/mutation_requests.h"
#include "catalog_service/rpc/tool_requests.h"
#include "catalog_service/rpc/tool_validation.h"
#include "common/rpc/executor.h"
#include "common/rpc/unary_call.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/validation.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {

// Serves the calls about one tool or a list of tools: reads on an executor, writes in the queue. Thread-safe; nothing
// blocks a gRPC thread.
class ToolCalls {
 public:
  // What the calls work with. All must outlive them.
  struct Parts {
    MutationCalls* writes;
    const MutationRequests* mutations;
    ToolReader* reader;
    ToolHistory* history;
    ToolRequests* requests;
    ToolValidation* validation;
    Executor* reads;
  };
  explicit ToolCalls(const Parts& parts) : parts_(parts) {}

  void CreateTool(UnaryCall& call, const v1::CreateToolRequest& request, v1::Tool& response);
  void GetTool(UnaryCall& call, const v1::GetToolRequest& request, v1::GetToolResponse& response);
  void ListTools(UnaryCall& call, const v1::ListToolsRequest& request, v1::ListToolsResponse& response);
  void UpdateTool(UnaryCall& call, const v1::UpdateToolRequest& request, v1::Tool& response);
  void DeleteTool(UnaryCall& call, const v1::DeleteToolRequest& request, v1::DeleteToolResponse& response);
  void EnableTool(UnaryCall& call, const v1::EnableToolRequest& request, v1::Tool& response);
  void DisableTool(UnaryCall& call, const v1::DisableToolRequest& request, v1::Tool& response);
  void ValidateTool(UnaryCall& call, const v1::ValidateToolRequest& request, v1::ValidateToolResponse& response);

 private:
  absl::Status Get(const v1::GetToolRequest& request, v1::GetToolResponse* response) const;

  const Parts parts_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_TOOL_CALLS_H_
