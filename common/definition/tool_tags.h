#ifndef COMMON_DEFINITION_TOOL_TAGS_H_
#define COMMON_DEFINITION_TOOL_TAGS_H_

#include <string>
#include <vector>

#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The strings of `metadata.tags`, a list or one comma-separated text, in lower case, sorted; those that are no short
// text are left out, and so are those past the first 100.
std::vector<std::string> TagsOf(const v1::Tool& tool);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_TOOL_TAGS_H_
