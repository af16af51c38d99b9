#ifndef CATALOG_SERVICE_RPC_TOOL_VALIDATION_H_
#define CATALOG_SERVICE_RPC_TOOL_VALIDATION_H_

#include "absl/status/status.h"
#include "catalog_service/read/tool_reader.h"
#include "common/definition/validation/definition_validator.h"
#include "toolcatalog/v1/validation.pb.h"

namespace toolcatalog {

// Answers ValidateTool: gives the errors that a write of the definition would give, and the validator's warnings, and
// evaluates the definition's expressions. Thread-safe.
class ToolValidation {
 public:
  // Both must outlive this.
  ToolValidation(const DefinitionValidator* validator, ToolReader* reader) : validator_(*validator), reader_(*reader) {}

  // INVALID_ARGUMENT for a request that breaks a rule of its own; a stored tool is read as `ToolReader::Get` does.
  absl::Status Validate(const v1::ValidateToolRequest& request, v1::ValidateToolResponse* response);

 private:
  const DefinitionValidator& validator_;
  ToolReader& reader_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_TOOL_VALIDATION_H_
