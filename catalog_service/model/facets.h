#ifndef CATALOG_SERVICE_MODEL_FACETS_H_
#define CATALOG_SERVICE_MODEL_FACETS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// What filters judge a definition by, in a form that is stored beside it and costs little to compare: platform,
// category and the name of each capability, one a line (none of them holds line breaks). Never empty.
std::string FacetsOf(const v1::Tool& tool);
// The same of a serialized Tool.
std::string FacetsOfBody(absl::string_view body);

// What filters judge a change by.
struct ChangeFacts {
  std::string kind;
  std::string name_key;
  // Facets of the version after the write and before it, as far as it existed; and, if it took its place as the tool's
  // latest version, of the one that was the latest before: that one changes with it, and has no change of its own for
  // that. Each only once; "" = it is not known any more.
  std::vector<std::string> states;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_FACETS_H_
