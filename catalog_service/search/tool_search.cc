#include "catalog_service/search/tool_search.h"

#include <algorithm>
#include <utility>

#include "catalog_service/model/stored_tool.h"
#include "catalog_service/search/search_highlight.h"
#include "common/near_miss.h"

namespace toolcatalog {
namespace {

constexpr int kChunkRows = 64;
constexpr size_t kPageBytes = 3 << 20;
// About what one statement brings.
constexpr int64_t kChunkBytes = 1 << 20;
// Above this many results the index would read far more than a page shows: a walk along the names completes it sooner.
constexpr int64_t kCommon = 2000;
// Above this share of all tools, in hundredths, to rank each one that matches takes too long.
constexpr int64_t kCommonPercent = 25;
// Tiers of a search in all fields.
constexpr size_t kMaxTiers = 8;
constexpr int kWalkedRows = 1000;
constexpr size_t kMaxKnownWords = 10;
constexpr size_t kMaxBegunWords = 16;
// Words from this length on may have two typos.
constexpr size_t kTwoTypoBytes = 8;

// Counts the matching tools, and all tools, in a sample: a hundredth of the table's pages. A small table has so few
// pages that the sample is mostly empty; every word then counts as rare.
constexpr PgStatement kSample = {
    "search_sample",
    "select count(*) filter (where ts_match_vq(words, $1::tsquery)), count(*) from search_documents "
    "tablesample system (1)"};

// Reads all matching tools once, and puts each in the first tier that has it. $4 to $10 are the queries of the first
// seven of eight tiers; each query also finds what the tiers before it find. So a binary search of three comparisons
// finds the tier. If there are fewer tiers, the query of the last one fills the remaining parameters. The rows come by
// tier and name, after the place ($11, $12), and each carries the count of all.
constexpr PgStatement kRanked = {
    "search_ranked",
    "with tiers as materialized (select $4::tsquery as t1, $5::tsquery as t2, $6::tsquery as t3, $7::tsquery as t4, "
    "$8::tsquery as t5, $9::tsquery as t6, $10::tsquery as t7), "
    "found as materialized (select d.name_key, case when d.name_key = $2 then 0 "
    "when ts_match_vq(d.words, t4) then case when ts_match_vq(d.words, t2) "
    "then case when ts_match_vq(d.words, t1) then 1 else 2 end "
    "else case when ts_match_vq(d.words, t3) then 3 else 4 end end "
    "else case when ts_match_vq(d.words, t6) then case when ts_match_vq(d.words, t5) then 5 else 6 end "
    "else case when ts_match_vq(d.words, t7) then 7 else 8 end end end as tier "
    "from search_documents d, tiers where d.words @@ $1::tsquery) "
    "select c.total, p.tier::bigint, p.name_key from (select count(*) as total from found) c left join "
    "(select tier, name_key from found where tier > $11 or tier = $11 and name_key > $12 "
    "order by tier, name_key limit $3) p on true order by p.tier, p.name_key"};

constexpr PgStatement kCount = {"search_count", "select count(*) from search_documents where words @@ $1::tsquery"};

constexpr PgStatement kFindsAny = {"search_finds_any",
                                   "select exists (select from search_documents where words @@ $1::tsquery)"};

constexpr PgStatement kExact = {"search_exact",
                                "select name_key from search_documents where name_key = $2 and words @@ $1::tsquery"};

// By the full-text index: reads all that match.
constexpr PgStatement kInTier = {
    "search_in_tier",
    "with found as materialized (select name_key from search_documents where words @@ $1::tsquery) "
    "select name_key from found where name_key > $2 and name_key <> $3 order by name_key limit $4"};

// In order of names, $5 of them: a page of what is common is complete after a few. The function, unlike its operator,
// is no reason to take the full-text index.
constexpr PgStatement kWalk = {
    "search_walk",
    "select w.name_key from (select name_key, words from search_documents where name_key > $2 order by name_key "
    "limit $5) w where ts_match_vq(w.words, $1::tsquery) and w.name_key <> $3 order by w.name_key limit $4"};

// The words that each word is the beginning of, $2 at most. No character comes after U+10FFFF.
constexpr PgStatement kBegun = {
    "search_begun",
    "select u.place, s.word from unnest($1::text[]) with ordinality as u(word, place), lateral (select w.word "
    "from search_words w where w.word >= u.word and w.word < u.word || chr(1114111) order by w.word limit $2) s "
    "where s.word <> u.word"};

constexpr PgStatement kKnownWords = {"search_known_words",
                                     "select word from search_words where word = any($1::text[])"};

constexpr PgStatement kSimilarWords = {
    "search_similar_words",
    "select word from search_words where word % $1 order by similarity(word, $1) desc, word limit 50"};

// Cut by the sizes of the rows before, so the first always fits. A size is known without reading the body.
constexpr PgStatement kTools = {
    "search_tools",
    "select place, body, content_hash, revision from (select u.place, d.body, d.content_hash, v.revision, "
    "sum(octet_length(d.body)) over (order by u.place) - octet_length(d.body) as before "
    "from unnest($1::text[]) with ordinality as u(name_key, place) join tools t on t.name_key = u.name_key "
    "join versions v on v.name_key = t.name_key and v.version_key = t.latest_version_key "
    "join definitions d on d.name_key = v.name_key and d.version_key = v.version_key and d.revision = v.revision) s "
    "where before < $2 order by place"};

// Until the end of the round trip. The database takes a search of a common word for cheaper without the full-text
// index, at twice the price.
constexpr PgStatement kUseIndexes = {"search_by_index", "select set_config('enable_seqscan', 'off', true)"};

absl::StatusOr<std::vector<std::string>> FirstColumn(const absl::StatusOr<PgResult>& rows) {
  if (!rows.ok()) return rows.status();
  std::vector<std::string> texts;
  for (int i = 0; i < rows->rows(); ++i) texts.emplace_back(rows->Text(i, 0));
  return texts;
}

// One result, serialized.
std::string EncodeResult(const SearchQuery& query, const StoredTool& stored, double score) {
  v1::SearchResult result;
  result.set_score(score);
  for (v1::SearchHighlight& highlight : HighlightsOf(query, DecodeTool(stored))) {
    *result.add_highlights() = std::move(highlight);
  }
  std::string encoded = result.SerializeAsString();
  AppendField(v1::SearchResult::kToolFieldNumber, EncodeTool(stored), encoded);
  return encoded;
}

}  // namespace

absl::StatusOr<PgResult> ToolSearch::Read(const PgStatement& statement, const std::vector<PgParam>& params) {
  return pool_.Read([&](PgConnection& connection) -> absl::StatusOr<PgResult> {
    absl::StatusOr<std::vector<PgResult>> results = connection.Pipeline({{&kUseIndexes, {}}, {&statement, params}});
    if (!results.ok()) return results.status();
    return std::move(results->back());
  });
}

absl::StatusOr<bool> ToolSearch::IsCommon(const SearchQuery& query) {
  absl::StatusOr<PgResult> rows = Read(kSample, {PgParam::Text(query.All())});
  if (!rows.ok()) return rows.status();
  return rows->Int(0, 0) * 100 > rows->Int(0, 1) * kCommonPercent;
}

absl::Status ToolSearch::Complete(SearchQuery& query) {
  std::vector<std::string> words;
  for (const SearchQuery::Word& word : query.words()) words.push_back(word.word);
  absl::StatusOr<PgResult> rows =
      Read(kBegun, {PgParam::TextArray(words), PgParam::Int(static_cast<int64_t>(kMaxBegunWords) + 1)});
  if (!rows.ok()) return rows.status();
  std::vector<std::vector<std::string>> begun(words.size());
  for (int i = 0; i < rows->rows(); ++i) begun[rows->Int(i, 0) - 1].emplace_back(rows->Text(i, 1));
  for (size_t i = 0; i < words.size(); ++i) {
    if (query.words()[i].prefix && begun[i].size() < kMaxBegunWords) query.Replace(i, begun[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ToolSearch::KnownWordsNear(const std::string& word) {
  absl::StatusOr<std::vector<std::string>> words =
      FirstColumn(Read(kKnownWords, {PgParam::TextArray(WordsOneTypoAway(word))}));
  if (!words.ok()) return words;
  if (words->empty() && word.size() >= kTwoTypoBytes) {
    words = FirstColumn(Read(kSimilarWords, {PgParam::Text(word)}));
    if (!words.ok()) return words;
    words->erase(std::remove_if(words->begin(), words->end(),
                                [&](const std::string& known) { return EditDistance(known, word, 2) > 2; }),
                 words->end());
  }
  // The first letter is seldom wrong.
  std::stable_partition(words->begin(), words->end(), [&](const std::string& known) { return known[0] == word[0]; });
  if (words->size() > kMaxKnownWords) words->resize(kMaxKnownWords);
  return words;
}

absl::StatusOr<bool> ToolSearch::Correct(SearchQuery& query) {
  bool corrected = false;
  for (size_t i = 0; i < query.words().size(); ++i) {
    absl::StatusOr<PgResult> found = Read(kFindsAny, {PgParam::Text(query.Having(i))});
    if (!found.ok()) return found.status();
    if (found->Bool(0, 0)) continue;
    absl::StatusOr<std::vector<std::string>> known = KnownWordsNear(query.words()[i].word);
    if (!known.ok()) return known.status();
    if (known->empty()) return false;
    query.Replace(i, *known);
    corrected = true;
  }
  return corrected;
}

absl::StatusOr<std::vector<std::string>> ToolSearch::NamesInTier(const std::string& tsquery, const std::string& after,
                                                                 const std::string& not_this, bool common, int limit) {
  std::vector<PgParam> params = {PgParam::Text(tsquery), PgParam::Text(after), PgParam::Text(not_this),
                                 PgParam::Int(limit)};
  if (common) {
    std::vector<PgParam> walk = params;
    walk.push_back(PgParam::Int(kWalkedRows + 3 * limit));
    absl::StatusOr<std::vector<std::string>> names = FirstColumn(Read(kWalk, walk));
    if (!names.ok() || static_cast<int>(names->size()) == limit) return names;
  }
  return FirstColumn(Read(kInTier, params));
}

absl::StatusOr<ToolSearch::Found> ToolSearch::FindByTiers(const SearchQuery& query, const Place& after, int limit) {
  absl::StatusOr<PgResult> count = Read(kCount, {PgParam::Text(query.All())});
  if (!count.ok()) return count.status();
  Found found;
  found.total = count->Int(0, 0);
  std::vector<Hit>& hits = found.hits;
  const std::string exact = query.exact_name_key();
  if (after.tier == 0 && after.name_key.empty() && !exact.empty()) {
    absl::StatusOr<PgResult> rows = Read(kExact, {PgParam::Text(query.All()), PgParam::Text(exact)});
    if (!rows.ok()) return rows.status();
    if (rows->rows() > 0) hits.push_back({{0, exact}, SearchQuery::kExactNameScore});
  }
  const std::vector<SearchQuery::Tier> tiers = query.Tiers();
  for (int64_t i = std::max<int64_t>(1, after.tier); i <= static_cast<int64_t>(tiers.size()); ++i) {
    const int missing = limit - static_cast<int>(hits.size());
    if (missing <= 0) break;
    absl::StatusOr<std::vector<std::string>> names =
        NamesInTier(tiers[i - 1].tsquery, i == after.tier ? after.name_key : "", exact, found.total > kCommon, missing);
    if (!names.ok()) return names.status();
    for (std::string& name : *names) hits.push_back({{i, std::move(name)}, tiers[i - 1].score});
    if (after.name_key.empty() && static_cast<int64_t>(hits.size()) >= found.total) break;
  }
  return found;
}

absl::StatusOr<ToolSearch::Found> ToolSearch::FindAmongAll(const SearchQuery& query, const Place& after, int limit) {
  const std::vector<SearchQuery::Tier> tiers = query.Tiers();
  std::vector<PgParam> params = {PgParam::Text(query.All()), PgParam::Text(query.exact_name_key()),
                                 PgParam::Int(limit)};
  for (size_t i = 0; i < kMaxTiers - 1; ++i) {
    params.push_back(PgParam::Text(tiers[std::min(i, tiers.size() - 1)].with_better));
  }
  params.push_back(PgParam::Int(after.tier));
  params.push_back(PgParam::Text(after.name_key));
  absl::StatusOr<PgResult> rows = Read(kRanked, params);
  if (!rows.ok()) return rows.status();
  Found found;
  found.total = rows->Int(0, 0);
  for (int i = 0; i < rows->rows() && !rows->IsNull(i, 1); ++i) {
    const int64_t tier = rows->Int(i, 1);
    const double score = tier == 0 ? SearchQuery::kExactNameScore : tiers[tier - 1].score;
    found.hits.push_back({{tier, std::string(rows->Text(i, 2))}, score});
  }
  return found;
}

absl::StatusOr<ToolSearch::Found> ToolSearch::Find(const SearchQuery& query, const Place& after, int limit) {
  // The index finds a tier of one word fast; of several words it compares nearly as much for each tier as for all.
  if (query.words().size() == 1) return FindByTiers(query, after, limit);
  absl::StatusOr<bool> common = IsCommon(query);
  if (!common.ok()) return common.status();
  return *common ? FindByTiers(query, after, limit) : FindAmongAll(query, after, limit);
}

absl::Status ToolSearch::ReadTools(const SearchQuery& query, const std::vector<Hit>& hits, int limit, Page& page) {
  size_t bytes = 0;
  for (size_t begin = 0; begin < hits.size();) {
    const size_t end = std::min(hits.size(), begin + kChunkRows);
    std::vector<std::string> names;
    for (size_t i = begin; i < end; ++i) names.push_back(hits[i].place.name_key);
    absl::StatusOr<PgResult> rows = Read(kTools, {PgParam::TextArray(names), PgParam::Int(kChunkBytes)});
    if (!rows.ok()) return rows.status();
    size_t next = end;
    for (int row = 0; row < rows->rows(); ++row) {
      const size_t index = begin + static_cast<size_t>(rows->Int(row, 0)) - 1;
      if (static_cast<int>(index) >= limit || bytes >= kPageBytes) return absl::OkStatus();
      const StoredTool stored = {rows->Text(row, 1), rows->Text(row, 2), rows->Int(row, 3), true};
      page.results.push_back(EncodeResult(query, stored, hits[index].score));
      bytes += page.results.back().size();
      page.last = hits[index].place;
      next = index + 1;
    }
    begin = next;
  }
  // A tool that was found may be gone by now.
  if (static_cast<int>(hits.size()) > limit) {
    page.last = hits[limit - 1].place;
  } else {
    page.last.reset();
  }
  return absl::OkStatus();
}

absl::StatusOr<ToolSearch::Page> ToolSearch::Search(SearchQuery query, const Place& after, int limit) {
  Page page;
  if (query.words().empty()) return page;
  if (absl::Status status = Complete(query); !status.ok()) return status;
  // One more than is needed shows whether another page follows.
  absl::StatusOr<Found> found = Find(query, after, limit + 1);
  if (!found.ok()) return found.status();
  if (found->total == 0) {
    absl::StatusOr<bool> corrected = Correct(query);
    if (!corrected.ok()) return corrected.status();
    if (*corrected) found = Find(query, after, limit + 1);
    if (!found.ok()) return found.status();
  }
  page.total = found->total;
  if (absl::Status status = ReadTools(query, found->hits, limit, page); !status.ok()) return status;
  return page;
}

}  // namespace toolcatalog
