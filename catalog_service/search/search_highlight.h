#ifndef CATALOG_SERVICE_SEARCH_SEARCH_HIGHLIGHT_H_
#define CATALOG_SERVICE_SEARCH_SEARCH_HIGHLIGHT_H_

#include <vector>

#include "catalog_service/search/search_query.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Shows why `query` found `tool`. For each field that has a word of the query, it gives the text with the most words,
// cut to about 160 characters around the first of them. The texts are plain; who shows them in HTML must escape them.
std::vector<v1::SearchHighlight> HighlightsOf(const SearchQuery& query, const v1::Tool& tool);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_SEARCH_SEARCH_HIGHLIGHT_H_
