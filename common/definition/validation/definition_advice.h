#ifndef COMMON_DEFINITION_VALIDATION_DEFINITION_ADVICE_H_
#define COMMON_DEFINITION_VALIDATION_DEFINITION_ADVICE_H_

#include "common/definition/validation/expression_checker.h"
#include "common/definition/validation/field_checker.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Warns of what a tool may say and probably does not mean, apart from its patterns:
// - no capabilities, or a capability without patterns: nothing can choose the tool;
// - the status "disabled", which `enabled: false` says in a way that keeps the state of the life cycle;
// - a replacement or sunset date of a tool that is not deprecated: nobody is told;
// - a key in `extra`, at any level, that looks like a misspelled field, or is the old word for one.
void AdviseOnTool(FieldChecker& checker, const v1::Tool& tool);

// Warns of what a pattern may say and probably does not mean; expects the checker's path at the pattern:
// - a pattern that can never be chosen, because its policy forbids every call: `max_cost` below a constant cost,
//   the longest allowed duration below a constant duration, or production alone allowed though it is not safe there;
// - the longest allowed duration in both units;
// - keys in `extra` as above.
void AdviseOnPattern(FieldChecker& checker, const v1::Pattern& pattern, const ConstantEstimates& estimates);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_DEFINITION_ADVICE_H_
