#ifndef CATALOG_SERVICE_MODEL_CATALOG_STATE_FIXTURE_H_
#define CATALOG_SERVICE_MODEL_CATALOG_STATE_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "catalog_service/model/catalog_state.h"
#include "common/definition/definition.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

inline v1::Tool Definition(const std::string& name, const std::string& version = "1.0") {
  v1::Tool tool;
  tool.set_tool_name(name);
  tool.set_version(version);
  tool.set_description("does something");
  tool.set_platform("linux");
  tool.set_category("system");
  NormalizeDefinition(tool);
  return tool;
}

inline Mutation By(const std::string& actor, Mutation::Action action) {
  Mutation mutation;
  mutation.action = std::move(action);
  mutation.actor = actor;
  return mutation;
}

inline UpdateMutation Describe(const std::string& name, const std::string& text) {
  UpdateMutation update;
  update.name_key = name;
  update.paths = {"description"};
  update.values.set_description(text);
  return update;
}

// A catalog without tools at revision 41, changed by "ann".
class CatalogStateFixture : public testing::Test {
 protected:
  absl::StatusOr<MutationResult> Apply(Mutation::Action action) {
    return state_.Apply(By("ann", std::move(action)), &write_);
  }

  // The state hash computed from nothing but the tools.
  StateHash HashFromScratch() const {
    StateHash hash;
    for (const auto& [name_key, tool] : state_.tools()) {
      for (const auto& [version_key, version] : tool.versions) {
        hash.Add(name_key, version_key, version_key == tool.latest_version_key, version.content_hash);
      }
    }
    return hash;
  }

  std::vector<std::string> KindsOfLastWrite() const {
    std::vector<std::string> kinds;
    for (const AppliedChange& change : state_.writes().back().changes) kinds.push_back(change.kind);
    return kinds;
  }

  void TearDown() override { EXPECT_TRUE(state_.state_hash() == HashFromScratch()); }

  const DefinitionValidator validator_{DefaultVocabulary()};
  CatalogState state_{&validator_, 41, StateHash(), absl::FromUnixSeconds(1700000000)};
  int write_ = -2;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_CATALOG_STATE_FIXTURE_H_
