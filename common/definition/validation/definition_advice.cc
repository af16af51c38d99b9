#include "common/definition/validation/definition_advice.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/near_miss.h"
#include "common/text.h"
#include "google/protobuf/descriptor.h"

namespace toolcatalog {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::Struct;

constexpr char kDeprecated[] = "deprecated";
constexpr char kDisabled[] = "disabled";

// What definitions say in place of a field.
struct OldWord {
  absl::string_view word;
  absl::string_view field;
};
constexpr OldWord kOldWords[] = {{"approval_required", "requires_approval"}, {"timeout_seconds", "max_execution_time"}};

std::vector<std::string> FieldNames(const Descriptor& descriptor) {
  std::vector<std::string> names;
  for (int i = 0; i < descriptor.field_count(); ++i) names.push_back(descriptor.field(i)->name());
  return names;
}

// The field of the message that a key of its `extra` stands for; "" if none.
std::string FieldMeantBy(NearMissSearch& near_misses, const std::string& key, const std::vector<std::string>& fields) {
  for (const OldWord& old : kOldWords) {
    if (key == old.word && absl::c_linear_search(fields, old.field)) return std::string(old.field);
  }
  return near_misses.NearestWord(key, fields);
}

// `message` has the field `extra`.
void AdviseOnExtra(FieldChecker& checker, const Message& message, const Struct& extra) {
  if (extra.fields().empty() || checker.HasAllWarnings()) return;
  const std::vector<std::string> fields = FieldNames(*message.GetDescriptor());
  const auto scope = checker.path().Field("extra");
  std::vector<std::string> keys;
  for (const auto& entry : extra.fields()) keys.push_back(entry.first);
  std::sort(keys.begin(), keys.end());
  for (const std::string& key : keys) {
    if (checker.HasAllWarnings()) return;
    const std::string field = FieldMeantBy(checker.near_misses(), key, fields);
    if (field.empty()) continue;
    const auto entry = checker.path().Key(key);
    checker.WarnText("should be a field: as an unknown key it has no effect", key, field);
  }
}

bool IsProduction(absl::string_view environment) {
  return absl::EqualsIgnoreCase(environment, "production") || absl::EqualsIgnoreCase(environment, "prod");
}

void AdviseOnLimit(FieldChecker& checker, absl::string_view field, double limit, absl::string_view estimated,
                   double estimate) {
  if (limit >= estimate) return;
  const auto scope = checker.path().Field(field);
  checker.Warn(absl::StrCat("should be at least the ", estimated, " of ", FormatNumber(estimate),
                            ", or the pattern can never be chosen"),
               FormatNumber(limit));
}

void AdviseOnReach(FieldChecker& checker, const v1::Policy& policy, const ConstantEstimates& estimates) {
  if (policy.has_max_cost() && estimates.cost.has_value()) {
    AdviseOnLimit(checker, "max_cost", policy.max_cost(), "cost", *estimates.cost);
  }
  if (policy.has_max_execution_time() && estimates.time_ms.has_value()) {
    AdviseOnLimit(checker, "max_execution_time", policy.max_execution_time(), "seconds", *estimates.time_ms / 1000);
  }
  if (policy.has_max_execution_time_ms() && estimates.time_ms.has_value()) {
    AdviseOnLimit(checker, "max_execution_time_ms", policy.max_execution_time_ms(), "milliseconds", *estimates.time_ms);
  }
  const auto& environments = policy.allowed_environments();
  const bool production_alone =
      !environments.empty() && std::all_of(environments.begin(), environments.end(), IsProduction);
  if (production_alone && !policy.production_safe()) {
    const auto scope = checker.path().Field("allowed_environments");
    checker.WarnText("should name an environment other than production, for which the pattern is not safe",
                     environments[0], "");
  }
}

void AdviseOnCapability(FieldChecker& checker, const v1::Capability& capability) {
  if (capability.patterns().empty()) {
    const auto scope = checker.path().Field("patterns");
    checker.Warn("should have a pattern, or nothing can choose the capability");
  }
  AdviseOnExtra(checker, capability, capability.extra());
}

void AdviseOnLifecycle(FieldChecker& checker, const v1::Tool& tool) {
  if (tool.status() == kDisabled) {
    const auto scope = checker.path().Field("status");
    checker.WarnText("should be a state of the life cycle, with enabled: false beside it", tool.status(),
                     "enabled: false");
  }
  if (tool.status() == kDeprecated) return;
  if (!tool.replacement().empty()) {
    const auto scope = checker.path().Field("replacement");
    checker.WarnText("should be of a tool whose status is deprecated, or it has no effect", tool.replacement(), "");
  }
  if (tool.has_sunset_at()) {
    const auto scope = checker.path().Field("sunset_at");
    checker.Warn("should be of a tool whose status is deprecated, or it has no effect");
  }
}

}  // namespace

void AdviseOnTool(FieldChecker& checker, const v1::Tool& tool) {
  if (checker.HasAllWarnings()) return;
  AdviseOnLifecycle(checker, tool);
  AdviseOnExtra(checker, tool, tool.extra());
  const auto scope = checker.path().Field("capabilities");
  if (tool.capabilities().empty()) checker.Warn("should have a capability, or nothing can choose the tool");
  for (int i = 0; i < tool.capabilities_size() && i < kMaxCapabilities && !checker.HasAllWarnings(); ++i) {
    const auto entry = checker.path().Index(i);
    AdviseOnCapability(checker, tool.capabilities(i));
  }
}

void AdviseOnPattern(FieldChecker& checker, const v1::Pattern& pattern, const ConstantEstimates& estimates) {
  if (checker.HasAllWarnings()) return;
  AdviseOnExtra(checker, pattern, pattern.extra());
  const v1::Policy& policy = pattern.policy();
  const auto scope = checker.path().Field("policy");
  AdviseOnExtra(checker, policy, policy.extra());
  AdviseOnReach(checker, policy, estimates);
  if (policy.has_max_execution_time() && policy.has_max_execution_time_ms()) {
    const auto field = checker.path().Field("max_execution_time_ms");
    checker.Warn("should not stand beside max_execution_time, which says the same in seconds",
                 FormatNumber(policy.max_execution_time_ms()));
  }
}

}  // namespace toolcatalog
