#include "catalog_service/changes/watch_filter.h"

#include <algorithm>
#include <utility>

#include "common/definition/definition.h"

namespace toolcatalog {
namespace {

bool Contains(const std::vector<std::string>& words, absl::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Removes the first line of `text` and answers it.
absl::string_view TakeLine(absl::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

WatchFilter::WatchFilter(const v1::WatchToolsRequest& request, std::vector<std::string> capability_names)
    : platform_(request.platform()),
      category_(request.category()),
      capability_names_(std::move(capability_names)),
      kinds_(request.kinds().begin(), request.kinds().end()) {
  for (const std::string& name : request.tool_names()) name_keys_.insert(NameKey(name));
  passes_all_ =
      name_keys_.empty() && platform_.empty() && category_.empty() && capability_names_.empty() && kinds_.empty();
}

bool WatchFilter::Passes(const ChangeFacts& change) const {
  return (kinds_.empty() || Contains(kinds_, change.kind)) && PassesName(change.name_key) &&
         std::any_of(change.states.begin(), change.states.end(),
                     [this](const std::string& facets) { return PassesFacets(facets); });
}

bool WatchFilter::PassesVersion(absl::string_view name_key, absl::string_view facets) const {
  return PassesName(name_key) && PassesFacets(facets);
}

bool WatchFilter::PassesName(absl::string_view name_key) const {
  return name_keys_.empty() || name_keys_.contains(name_key);
}

bool WatchFilter::PassesFacets(absl::string_view facets) const {
  if (facets.empty()) return true;
  const absl::string_view platform = TakeLine(facets), category = TakeLine(facets);
  if (!platform_.empty() && platform != platform_) return false;
  if (!category_.empty() && category != category_) return false;
  if (capability_names_.empty()) return true;
  while (!facets.empty()) {
    if (Contains(capability_names_, TakeLine(facets))) return true;
  }
  return false;
}

}  // namespace toolcatalog
