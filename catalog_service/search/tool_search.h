#ifndef CATALOG_SERVICE_SEARCH_TOOL_SEARCH_H_
#define CATALOG_SERVICE_SEARCH_TOOL_SEARCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "catalog_service/search/search_query.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// Finds tools by words in PostgreSQL's full-text index. Results rank by tier (see `SearchQuery`), and by name within a
// tier. This order needs no score of each result, so a search for a common word stops once its page is full. Every
// method may block, and answers UNAVAILABLE when the database cannot be reached. Thread-safe.
class ToolSearch {
 public:
  // `pool` must outlive this.
  explicit ToolSearch(PgPool* pool) : pool_(*pool) {}

  // A result's place among all results. Tier 0 is the tool whose name was typed; tier N is the Nth of
  // `SearchQuery::Tiers`.
  struct Place {
    int64_t tier = 0;
    std::string name_key;
  };
  struct Page {
    // Each a serialized v1.SearchResult.
    std::vector<std::string> results;
    // Place of the last result when more follow.
    std::optional<Place> last;
    int64_t total = 0;
  };
  // At most `limit` results and about 3 MiB, after a place. If the words find nothing, the search is repeated with
  // similar words in place of those that no tool has.
  absl::StatusOr<Page> Search(SearchQuery query, const Place& after, int limit);

 private:
  struct Hit {
    Place place;
    double score;
  };
  struct Found {
    int64_t total = 0;
    std::vector<Hit> hits;
  };
  // The first `limit` hits after a place, and how many there are in all.
  absl::StatusOr<Found> Find(const SearchQuery& query, const Place& after, int limit);
  // Whether so many tools match, as a sample tells, that ranking each of them would take too long.
  absl::StatusOr<bool> IsCommon(const SearchQuery& query);
  // Counts the matching tools, then reads tier after tier until the page is full.
  absl::StatusOr<Found> FindByTiers(const SearchQuery& query, const Place& after, int limit);
  // Reads all matching tools once, and puts each in its tier.
  absl::StatusOr<Found> FindAmongAll(const SearchQuery& query, const Place& after, int limit);
  // Replaces each word that few known words begin with by these known words.
  absl::Status Complete(SearchQuery& query);
  // Replaces the words that no tool has by similar known words; true if it has replaced any.
  absl::StatusOr<bool> Correct(SearchQuery& query);
  absl::StatusOr<std::vector<std::string>> KnownWordsNear(const std::string& word);
  absl::StatusOr<std::vector<std::string>> NamesInTier(const std::string& tsquery, const std::string& after,
                                                       const std::string& not_this, bool common, int limit);
  absl::Status ReadTools(const SearchQuery& query, const std::vector<Hit>& hits, int limit, Page& page);
  // Runs a statement with the settings of searches, which do not stay with the connection.
  absl::StatusOr<PgResult> Read(const PgStatement& statement, const std::vector<PgParam>& params);

  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_SEARCH_TOOL_SEARCH_H_
