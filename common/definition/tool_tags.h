#ifndef COMMON_DEFINITION_TOOL_TAGS_H_
#define COMMON_DEFINITION_TOOL_TAGS_H_

#include <string>
#include <vector>

#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The tags of a tool: the texts in `metadata.tags`, which is a list, or one text with commas between the tags. The tags
// are in lower case, sorted and unique. A tag that is not a short text is left out, and so are all after the first 100.
std::vector<std::string> TagsOf(const v1::Tool& tool);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_TOOL_TAGS_H_
