#ifndef CATALOG_SERVICE_MODEL_MUTATION_RULES_H_
#define CATALOG_SERVICE_MODEL_MUTATION_RULES_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "catalog_service/model/catalog_edit.h"
#include "catalog_service/model/mutation.h"
#include "common/definition/validation/definition_validator.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// What each mutation demands of the catalog and does to it. Every rule checks first and edits afterwards, so one that
// fails has changed nothing. Pure: no clock, no database. Not thread-safe.
class MutationRules {
 public:
  // All must outlive this; `edit` edits `tools`.
  MutationRules(const std::map<std::string, ToolState>* tools, const DefinitionValidator* validator, CatalogEdit* edit)
      : tools_(*tools), validator_(*validator), edit_(*edit) {}

  absl::StatusOr<MutationResult> operator()(const CreateMutation& create);
  absl::StatusOr<MutationResult> operator()(const UpdateMutation& update);
  absl::StatusOr<MutationResult> operator()(const DeleteMutation& deletion);
  absl::StatusOr<MutationResult> operator()(const SetEnabledMutation& set);
  absl::StatusOr<MutationResult> operator()(const PromoteMutation& promotion);
  absl::StatusOr<MutationResult> operator()(const RollbackMutation& rollback);
  absl::StatusOr<MutationResult> operator()(const ImportMutation& import);
  absl::StatusOr<MutationResult> operator()(const RefusedMutation& refused) { return refused.why; }

 private:
  absl::StatusOr<StoredTool> Find(const std::string& name_key, std::string& version_key,
                                  const EtagCondition& condition) const;
  const ToolState* FindTool(const std::string& name_key) const;
  absl::StatusOr<MutationResult> Answer(const std::string& name_key, const std::string& version_key) const;
  absl::Status CheckNew(const std::string& name_key, const std::string& version_key, const v1::Tool& tool) const;
  absl::StatusOr<MutationResult> RollBackVersion(const RollbackMutation& rollback, const ToolState& past);
  absl::StatusOr<MutationResult> RollBackTool(const RollbackMutation& rollback, const ToolState& past);
  void RestoreIfDifferent(const std::string& name_key, const std::string& version_key, const ToolState& past);
  ImportItemResult ImportOne(v1::Tool tool, bool overwrite);

  const std::map<std::string, ToolState>& tools_;
  const DefinitionValidator& validator_;
  CatalogEdit& edit_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_MUTATION_RULES_H_
