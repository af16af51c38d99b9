#include "common/definition/validation/definition_validator.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/definition/definition.h"
#include "common/definition/definition_limits.h"
#include "common/definition/validation/definition_advice.h"
#include "common/definition/validation/expression_checker.h"
#include "common/definition/validation/field_checker.h"
#include "common/definition/validation/regex_checker.h"
#include "common/near_miss.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

void CheckWord(FieldChecker& checker, absl::string_view field, absl::string_view word,
               const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return;
  const auto scope = checker.path().Field(field);
  const std::string list = absl::StrJoin(allowed, ", ");
  const std::string suggestion = NearestWord(word, allowed);
  Violation violation = BrokenByText(checker.path().text(), absl::StrCat("must be one of ", list), word, suggestion);
  violation.message = word.empty() ? kIsRequired : absl::StrCat("unknown ", field, " ", Quoted(word));
  if (!suggestion.empty()) absl::StrAppend(&violation.message, ", did you mean ", Quoted(suggestion), "?");
  absl::StrAppend(&violation.message, "; allowed: ", list);
  checker.Report(std::move(violation));
}

// Reports each entry whose name an earlier one has.
template <typename Entries, typename NameOf>
void CheckUniqueNames(FieldChecker& checker, absl::string_view list, absl::string_view name_field,
                      const Entries& entries, NameOf name_of) {
  absl::flat_hash_map<absl::string_view, int> first;
  const auto scope = checker.path().Field(list);
  for (int i = 0; i < entries.size() && !checker.IsFull(); ++i) {
    const absl::string_view name = name_of(entries[i]);
    if (name.empty()) continue;
    const auto [found, is_new] = first.try_emplace(name, i);
    if (is_new) continue;
    const auto entry = checker.path().Index(i);
    const auto field = checker.path().Field(name_field);
    Violation violation = BrokenByText(checker.path().text(), "must be unique", name, "");
    violation.message = absl::StrCat("must be unique, ", Quoted(name), " is the name of entry ", found->second, " too");
    checker.Report(std::move(violation));
  }
}

void CheckDefaults(FieldChecker& checker, const v1::Defaults& defaults) {
  const auto scope = checker.path().Field("defaults");
  checker.CheckShortText("accuracy_level", defaults.accuracy_level());
  checker.CheckShortText("freshness", defaults.freshness());
  checker.CheckShortText("data_source", defaults.data_source());
  checker.CheckShortText("scope", defaults.scope());
  checker.CheckShortText("completeness", defaults.completeness());
  checker.CheckFreeObject("extra", defaults.extra());
}

void CheckDependency(FieldChecker& checker, const v1::Dependency& dependency) {
  checker.RequireShortText("name", dependency.name());
  checker.RequireShortText("type", dependency.type());
  checker.CheckShortText("version", dependency.version());
  checker.CheckFreeObject("extra", dependency.extra());
}

void CheckPolicy(FieldChecker& checker, const v1::Policy& policy) {
  const auto scope = checker.path().Field("policy");
  checker.CheckNotNegative("max_cost", policy.max_cost());
  checker.CheckNotNegative("max_execution_time", policy.max_execution_time());
  checker.CheckNotNegative("max_N_immediate", policy.max_n_immediate());
  checker.CheckNotNegative("max_execution_time_ms", policy.max_execution_time_ms());
  checker.CheckShortTexts("allowed_environments", policy.allowed_environments());
  checker.CheckFreeObject("extra", policy.extra());
}

void CheckPreferenceMatch(FieldChecker& checker, const v1::PreferenceMatch& match) {
  const auto scope = checker.path().Field("preference_match");
  checker.CheckScore("speed", match.speed());
  checker.CheckScore("accuracy", match.accuracy());
  checker.CheckScore("cost", match.cost());
  checker.CheckScore("complexity", match.complexity());
  checker.CheckScore("completeness", match.completeness());
  checker.CheckFreeObject("extra", match.extra());
}

void CheckParameter(FieldChecker& checker, RegexChecker& regexes, const v1::Parameter& parameter) {
  checker.RequireShortText("name", parameter.name());
  checker.CheckShortText("type", parameter.type());
  checker.CheckDescription("description", parameter.description());
  checker.CheckText("validation", parameter.validation(), kMaxRegexCharacters);
  regexes.Check(parameter);
  if (parameter.has_default_()) checker.CheckFreeValue("default", parameter.default_());
  checker.CheckFreeValues("examples", parameter.examples());
  checker.CheckFreeValues("allowed_values", parameter.allowed_values());
  checker.CheckFreeObject("extra", parameter.extra());
}

void CheckParameters(FieldChecker& checker, RegexChecker& regexes, absl::string_view field,
                     const google::protobuf::RepeatedPtrField<v1::Parameter>& parameters) {
  checker.CheckEntries(field, parameters, kMaxEntries,
                       [&](const v1::Parameter& parameter) { CheckParameter(checker, regexes, parameter); });
  CheckUniqueNames(checker, field, "name", parameters,
                   [](const v1::Parameter& p) -> const std::string& { return p.name(); });
}

void CheckPattern(FieldChecker& checker, RegexChecker& regexes, const v1::Pattern& pattern) {
  checker.RequireShortText("pattern_name", pattern.pattern_name());
  checker.CheckDescription("description", pattern.description());
  checker.CheckPhrases("typical_use_cases", pattern.typical_use_cases());
  const ConstantEstimates estimates = CheckExpressions(checker, pattern);
  checker.CheckScore("complexity_score", pattern.complexity_score());
  checker.CheckShortText("scope", pattern.scope());
  checker.CheckShortText("completeness", pattern.completeness());
  checker.CheckPhrases("limitations", pattern.limitations());
  CheckPolicy(checker, pattern.policy());
  CheckPreferenceMatch(checker, pattern.preference_match());
  CheckParameters(checker, regexes, "required_inputs", pattern.required_inputs());
  CheckParameters(checker, regexes, "optional_inputs", pattern.optional_inputs());
  CheckParameters(checker, regexes, "expected_outputs", pattern.expected_outputs());
  checker.CheckFreeValues("examples", pattern.examples());
  checker.CheckDescription("example_request", pattern.example_request());
  checker.CheckFreeObject("api_parameters", pattern.api_parameters());
  if (pattern.has_output()) checker.CheckFreeValue("output", pattern.output());
  checker.CheckFreeObject("extra", pattern.extra());
  AdviseOnPattern(checker, pattern, estimates);
}

void CheckCapability(FieldChecker& checker, RegexChecker& regexes, const v1::Capability& capability) {
  checker.RequireShortText("capability_name", capability.capability_name());
  checker.CheckDescription("description", capability.description());
  checker.CheckEntries("patterns", capability.patterns(), kMaxPatterns,
                       [&](const v1::Pattern& pattern) { CheckPattern(checker, regexes, pattern); });
  CheckUniqueNames(checker, "patterns", "pattern_name", capability.patterns(),
                   [](const v1::Pattern& p) -> const std::string& { return p.pattern_name(); });
  checker.CheckFreeObject("extra", capability.extra());
}

void CheckExample(FieldChecker& checker, const v1::ToolExample& example) {
  checker.CheckShortText("name", example.name());
  checker.CheckDescription("description", example.description());
  checker.CheckFreeObject("inputs", example.inputs());
  checker.CheckNotNegative("expected_time_ms", example.expected_time_ms());
  checker.CheckNotNegative("expected_cost", example.expected_cost());
  checker.CheckFreeObject("extra", example.extra());
}

// Seconds since 1970 at the beginning of the years 2000 and 10000.
constexpr int64_t kFirstSunset = 946684800, kEndOfSunsets = 253402300800;

void CheckLifecycle(FieldChecker& checker, const v1::Tool& tool) {
  checker.CheckDescription("status_reason", tool.status_reason());
  if (!tool.replacement().empty()) {
    auto violation = CheckToolName("replacement", tool.replacement());
    if (!violation.has_value() && NameKey(tool.replacement()) == NameKey(tool.tool_name())) {
      violation = BrokenByText("replacement", "must be another tool than this one", tool.replacement(), "");
    }
    if (violation.has_value()) checker.Report(*std::move(violation));
  }
  if (!tool.has_sunset_at()) return;
  const auto& sunset = tool.sunset_at();
  const auto scope = checker.path().Field("sunset_at");
  if (sunset.seconds() < kFirstSunset || sunset.seconds() >= kEndOfSunsets) {
    checker.Report("must be from year 2000 to 9999", absl::StrCat(sunset.seconds(), " seconds since 1970"));
  } else if (sunset.nanos() < 0 || sunset.nanos() > 999999999) {
    checker.Report("must have nanos from 0 to 999999999", absl::StrCat(sunset.nanos()));
  }
}

void CheckLists(FieldChecker& checker, const v1::Tool& tool) {
  RegexChecker regexes(&checker);
  checker.CheckEntries("dependencies", tool.dependencies(), kMaxEntries,
                       [&](const v1::Dependency& dependency) { CheckDependency(checker, dependency); });
  checker.CheckEntries("capabilities", tool.capabilities(), kMaxCapabilities,
                       [&](const v1::Capability& capability) { CheckCapability(checker, regexes, capability); });
  CheckUniqueNames(checker, "capabilities", "capability_name", tool.capabilities(),
                   [](const v1::Capability& c) -> const std::string& { return c.capability_name(); });
  checker.CheckEntries("examples", tool.examples(), kMaxEntries,
                       [&](const v1::ToolExample& example) { CheckExample(checker, example); });
}

void CheckSize(FieldChecker& checker, size_t bytes) {
  if (bytes <= kMaxDefinitionBytes) return;
  checker.Report(absl::StrCat("definition must have at most ", kMaxDefinitionBytes, " bytes"), absl::StrCat(bytes));
}

}  // namespace

Vocabulary DefaultVocabulary() {
  return {{"linux", "windows", "network", "scheduler", "custom", "multi-platform", "database", "cloud", "container",
           "kubernetes", "monitoring"},
          {"system", "network", "automation", "monitoring", "security", "database", "cloud", "container", "asset",
           "communication", "filesystem", "storage", "text-processing", "logging", "process-management"},
          {"active", "deprecated", "disabled", "testing", "draft"}};
}

DefinitionValidator::DefinitionValidator(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}

void DefinitionValidator::CheckAll(FieldChecker& checker, const v1::Tool& tool) const {
  const size_t bytes = tool.ByteSizeLong();
  // The work of a warning is bounded for what a definition has room for.
  if (bytes > kMaxDefinitionBytes) checker.DropWarnings();
  if (auto violation = CheckToolName("tool_name", tool.tool_name())) checker.Report(*std::move(violation));
  if (auto violation = CheckVersion("version", tool.version())) checker.Report(*std::move(violation));
  checker.RequireDescription("description", tool.description());
  CheckWord(checker, "platform", tool.platform(), vocabulary_.platforms);
  CheckWord(checker, "category", tool.category(), vocabulary_.categories);
  CheckWord(checker, "status", tool.status(), vocabulary_.statuses);
  CheckLifecycle(checker, tool);
  CheckDefaults(checker, tool.defaults());
  CheckLists(checker, tool);
  checker.CheckFreeObject("metadata", tool.metadata());
  checker.CheckShortText("execution_location", tool.execution_location());
  checker.CheckShortText("created_by", tool.created_by());
  checker.CheckShortText("updated_by", tool.updated_by());
  checker.CheckFreeObject("extra", tool.extra());
  CheckSize(checker, bytes);
  AdviseOnTool(checker, tool);
}

Findings DefinitionValidator::Check(const v1::Tool& tool) const {
  FieldChecker checker;
  CheckAll(checker, tool);
  return checker.TakeFindings();
}

std::vector<Violation> DefinitionValidator::Validate(const v1::Tool& tool) const {
  FieldChecker checker;
  checker.DropWarnings();
  CheckAll(checker, tool);
  return checker.TakeFindings().errors;
}

std::vector<Violation> DefinitionValidator::ValidateMerged(const v1::Tool& tool) const {
  FieldChecker checker;
  CheckSize(checker, tool.ByteSizeLong());
  return checker.TakeFindings().errors;
}

}  // namespace toolcatalog
