#ifndef CATALOG_SERVICE_SEARCH_SEARCH_HIGHLIGHT_H_
#define CATALOG_SERVICE_SEARCH_SEARCH_HIGHLIGHT_H_

#include <vector>

#include "catalog_service/search/search_query.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Why `query` found `tool`: of each field that has one of its words, the text that has most of them, cut to about 160
// characters around the first. Plain text: it is for the reader to escape.
std::vector<v1::SearchHighlight> HighlightsOf(const SearchQuery& query, const v1::Tool& tool);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_SEARCH_SEARCH_HIGHLIGHT_H_
