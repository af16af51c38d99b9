#ifndef CATALOG_SERVICE_MODEL_FACETS_H_
#define CATALOG_SERVICE_MODEL_FACETS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The facets of a definition: its platform, its category and the names of its capabilities, one a line. None of these
// holds a line break. The facets are stored beside the definition, and the filters of watch streams read them instead
// of the definition. Never empty.
std::string FacetsOf(const v1::Tool& tool);
// The facets of a serialized Tool.
std::string FacetsOfBody(absl::string_view body);

// What the filters of a watch stream read of a change.
struct ChangeFacts {
  std::string kind;
  std::string name_key;
  // The facets of all states that the change concerns, each once: of the version after the write, and of the version
  // before it, as far as the version existed. If the write made the version the tool's latest, also those of the
  // version that was the latest before: losing the place is a change too, but the log has no entry of its own for it.
  // "" stands for facets that are no longer known.
  std::vector<std::string> states;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_FACETS_H_
