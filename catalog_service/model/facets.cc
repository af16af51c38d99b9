#include "catalog_service/model/facets.h"

#include "absl/strings/str_cat.h"

namespace toolcatalog {

std::string FacetsOf(const v1::Tool& tool) {
  std::string facets = absl::StrCat(tool.platform(), "\n", tool.category());
  for (const v1::Capability& capability : tool.capabilities()) {
    absl::StrAppend(&facets, "\n", capability.capability_name());
  }
  return facets;
}

std::string FacetsOfBody(absl::string_view body) {
  v1::Tool tool;
  tool.ParseFromArray(body.data(), static_cast<int>(body.size()));
  return FacetsOf(tool);
}

}  // namespace toolcatalog
