#ifndef COMMON_DEFINITION_VALIDATION_DEFINITION_ADVICE_H_
#define COMMON_DEFINITION_VALIDATION_DEFINITION_ADVICE_H_

#include "common/definition/validation/expression_checker.h"
#include "common/definition/validation/field_checker.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Warns of what a tool is allowed to say but probably does not mean, apart from its patterns:
// - no capabilities, or a capability without patterns: nothing can choose the tool;
// - the status "disabled": `enabled: false` disables a tool too, and leaves its status free to say more;
// - a replacement or sunset date of a tool that is not deprecated: nobody is told;
// - a key in `extra`, at any level, that looks like a misspelled field, or is the old word for one.
void AdviseOnTool(FieldChecker& checker, const v1::Tool& tool);

// Does the same for a pattern. The checker's path must be at the pattern. Warns of
// - a policy that forbids every call, so that the pattern can never be chosen: `max_cost` is below a constant cost, or
//   the longest allowed duration is below a constant duration, or only production is allowed, where the pattern is not
//   safe;
// - a longest allowed duration that is given in both units;
// - keys in `extra`, as above.
void AdviseOnPattern(FieldChecker& checker, const v1::Pattern& pattern, const ConstantEstimates& estimates);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_DEFINITION_ADVICE_H_
